"""One CloudFormation stack: its change sets, and how they come about."""

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from deploy import changes, parameters
from deploy.aws import Client, missing
from deploy.changes import Change
from deploy.errors import DeployError


FIRST_LOOK, LONGEST_PAUSE = 0.2, 5.0
"""Seconds between two looks; the pause grows."""

WORTHLESS = {"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}
"""States of a stack that was never made whole."""

CAPABILITIES = ["CAPABILITY_IAM"]

Told = Callable[[Mapping[str, Any]], None]
"""Takes events as DescribeStackEvents gives them."""


@dataclass(frozen=True, slots=True)
class Update:
    """What a stack is to become."""

    template: str
    parameters: Mapping[str, str]
    role: str = ""
    """ARN of the role that CloudFormation acts as; empty: the caller."""
    alarms: tuple[str, ...] = ()
    """ARNs of alarms that undo the update."""
    watch: int = 0
    """Minutes for which they are watched after the update."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What an update would change."""

    arn: str
    creates: bool
    changes: list[Change] = field(default_factory=list)


class Stack:
    """A stack by its name."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.name = name

    async def describe(self) -> dict[str, Any] | None:
        """As DescribeStacks has it; `None` if it was never made."""
        try:
            answer = await self._client.describe_stacks(StackName=self.name)
        except ClientError as error:
            if missing(error):
                return None
            raise
        (found,) = answer["Stacks"]
        return None if found["StackStatus"] in WORTHLESS else found

    async def outputs(self) -> dict[str, str]:
        """Raises `DeployError` if there is no such stack."""
        found = await self.describe()
        if found is None:
            raise DeployError(
                f"There is no stack {self.name} here; make it with `labchat deploy apply`, or name another "
                "with --stack and --region."
            )
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}

    async def parameters(self) -> dict[str, str]:
        """The values that the stack has now; none before it is made."""
        found = await self.describe() or {}
        return {p["ParameterKey"]: p["ParameterValue"] for p in found.get("Parameters", [])}

    async def resources(self) -> dict[str, dict[str, Any]]:
        """All resources by logical id, as DescribeStackResources has them."""
        answer = await self._client.describe_stack_resources(StackName=self.name)
        return {each["LogicalResourceId"]: each for each in answer["StackResources"]}

    async def propose(self, update: Update) -> ChangeSet | None:
        """A change set for an update; `None` if nothing would change."""
        creates = await self._ready()
        answer = await self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"labchat-{await self._next_number()}",
            ChangeSetType="CREATE" if creates else "UPDATE",
            TemplateBody=update.template,
            Parameters=parameters.sent(update.parameters),
            Capabilities=CAPABILITIES,
            RollbackConfiguration={
                "RollbackTriggers": [
                    {"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in update.alarms
                ],
                "MonitoringTimeInMinutes": update.watch,
            },
            **({"RoleARN": update.role} if update.role else {}),
        )
        described = await self._settled(answer["Id"])
        if described["Status"] == "FAILED":
            await self.discard(ChangeSet(answer["Id"], creates))
            reason = described.get("StatusReason", "")
            if "didn't contain changes" in reason or "No updates" in reason:
                return None
            raise DeployError(
                f"CloudFormation does not take the template: {reason} Mend it and try again."
            )
        return ChangeSet(answer["Id"], creates, await self._changes(answer["Id"]))

    async def discard(self, change_set: ChangeSet) -> None:
        """Forget a change set, and the empty stack that a first one makes."""
        await self._client.delete_change_set(ChangeSetName=change_set.arn)
        if change_set.creates:
            await self._client.delete_stack(StackName=self.name)

    async def execute(self, change_set: ChangeSet, told: Told) -> None:
        """Carry a change set out. Raises `DeployError` with the first reason if it fails."""
        seen = {event["EventId"] for event in await self._events()}
        await self._client.execute_change_set(ChangeSetName=change_set.arn)
        status, reason = await self._follow(seen, told)
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise DeployError(
                f"{self.name} is {status}: all is as it was before. {reason} Mend that and deploy "
                "again."
            )

    async def protect(self) -> None:
        """Guard the stack from deletion, and its data from replacement by any way."""
        await self._client.update_termination_protection(
            StackName=self.name, EnableTerminationProtection=True
        )
        await self._client.set_stack_policy(
            StackName=self.name, StackPolicyBody=json.dumps(changes.STACK_POLICY)
        )

    async def open(self) -> None:
        """Let an update replace data, until `protect` is called again."""
        await self._client.set_stack_policy(
            StackName=self.name, StackPolicyBody=json.dumps(changes.OPEN_POLICY)
        )

    async def delete(self, told: Told) -> None:
        """Remove the stack and all resources that are not to be retained."""
        found = await self.describe()
        if found is None:
            return
        seen = {event["EventId"] for event in await self._events()}
        await self._client.update_termination_protection(
            StackName=self.name, EnableTerminationProtection=False
        )
        await self._client.delete_stack(StackName=self.name)
        # By its id: a stack that is gone has no name any more.
        gone = Stack(self._client, found["StackId"])
        status, reason = await gone._follow(seen, told)
        if status != "DELETE_COMPLETE":
            raise DeployError(f"{self.name} is {status}. {reason} Mend that and destroy again.")

    async def _ready(self) -> bool:
        """Whether the stack has yet to be made. Raises `DeployError` while it is being changed."""
        try:
            answer = await self._client.describe_stacks(StackName=self.name)
        except ClientError as error:
            if missing(error):
                return True
            raise
        status = answer["Stacks"][0]["StackStatus"]
        if status == "ROLLBACK_COMPLETE":
            # Nothing came of the first creation; a stack in this state cannot be updated.
            await self._client.delete_stack(StackName=self.name)
            await _waited(self._client.get_waiter("stack_delete_complete"), self.name)
        elif status.endswith("_IN_PROGRESS") and status not in WORTHLESS:
            raise DeployError(
                f"{self.name} is {status}: somebody else is deploying; wait for the end, which "
                "`labchat deploy status` shows."
            )
        elif status.endswith("_FAILED"):
            raise DeployError(
                f"{self.name} is {status}: CloudFormation could not put it back; look at its events "
                "in the console, and choose 'Continue update rollback' there."
            )
        return status in WORTHLESS

    async def _next_number(self) -> str:
        """Names of change sets must differ while they exist."""
        try:
            answer = await self._client.list_change_sets(StackName=self.name)
        except ClientError as error:
            if not missing(error):
                raise
            return "1"
        taken = {each["ChangeSetName"] for each in answer.get("Summaries", [])}
        return next(str(n) for n in itertools.count(1) if f"labchat-{n}" not in taken)

    async def _settled(self, arn: str) -> dict[str, Any]:
        pause = FIRST_LOOK
        while True:
            answer: dict[str, Any] = await self._client.describe_change_set(ChangeSetName=arn)
            if answer["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                return answer
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _changes(self, arn: str) -> list[Change]:
        found: list[Mapping[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            answer = await self._client.describe_change_set(ChangeSetName=arn, **more)
            found += answer["Changes"]
            if not answer.get("NextToken"):
                return changes.read(found)
            more = {"NextToken": answer["NextToken"]}

    async def _events(self) -> list[dict[str, Any]]:
        """The newest events, oldest first."""
        answer = await self._client.describe_stack_events(StackName=self.name)
        return list(reversed(answer["StackEvents"]))

    async def _follow(self, seen: set[str], told: Told) -> tuple[str, str]:
        """The state that the stack comes to, and the first reason if it is a failure."""
        first = ""
        pause = FIRST_LOOK
        while True:
            # Asked before the events, so that the last of them are told too.
            answer = await self._client.describe_stacks(StackName=self.name)
            status = str(answer["Stacks"][0]["StackStatus"])
            for event in await self._events():
                if event["EventId"] not in seen:
                    seen.add(event["EventId"])
                    told(event)
                    if event["ResourceStatus"].endswith("_FAILED") and not first:
                        reason = event.get("ResourceStatusReason", "no reason given").rstrip(".")
                        first = f"{event['LogicalResourceId']}: {reason}."
            if not status.endswith("_IN_PROGRESS"):
                return status, first
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, LONGEST_PAUSE)


async def _waited(waiter: Any, name: str) -> None:
    try:
        await waiter.wait(StackName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 300})
    except WaiterError as error:
        raise DeployError(
            f"What was left of a failed creation of {name} cannot be deleted ({error}); delete the "
            "stack in the console."
        ) from error
