"""Bringing the chat's stack to a build, and back."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from botocore.exceptions import ClientError

from deploy import aliases, changes, checkout, health, parameters
from deploy.aws import Client, Place, explain
from deploy.errors import DeployError
from deploy.packaging.build import Build
from deploy.releases import Deployment, Releases, now, target_of
from deploy.stack import ChangeSet, Stack, Told, Update
from deploy.template import parse


@dataclass(frozen=True, slots=True)
class Session:
    """The clients of one command, and what the account's stack says."""

    place: Place
    stack: Stack
    releases: Releases
    aws_lambda: Client
    cognito: Client
    ssm: Client
    caller: str
    """ARN of who runs the command."""
    boundary: str
    """ARN of the boundary for roles; empty without deployments by a CI."""
    role: str
    """ARN of the role for CloudFormation, if the caller is to pass it."""


@asynccontextmanager
async def session(place: Place, role: str = "") -> AsyncIterator[Session]:
    """Open everything. Raises `DeployError` where `labchat deploy init` has not been."""
    async with AsyncExitStack() as stack:
        names = ("cloudformation", "s3", "lambda", "cognito-idp", "ssm", "sts")
        opened = [await stack.enter_async_context(place.client(name)) for name in names]
        cloudformation, s3, aws_lambda, cognito, ssm, sts = opened
        account = await Stack(cloudformation, place.account_stack).describe()
        if account is None:
            raise DeployError(
                f"This account and region are not prepared: there is no stack {place.account_stack}. "
                "Run `labchat deploy init`."
            )
        outputs = {o["OutputKey"]: o["OutputValue"] for o in account["Outputs"]}
        yield Session(
            place=place,
            stack=Stack(cloudformation, place.stack),
            releases=Releases(s3, outputs["ArtifactBucketName"], place.stack),
            aws_lambda=aws_lambda,
            cognito=cognito,
            ssm=ssm,
            caller=(await sts.get_caller_identity())["Arn"],
            boundary=outputs.get("BoundaryArn", ""),
            role=role,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A build, and what deploying it would change."""

    build: str
    template: str
    parameters: Mapping[str, str]
    before: Mapping[str, str]
    """The parameters of the release that runs now; none before the first."""
    change_set: ChangeSet | None
    """`None`: nothing changes."""

    @property
    def previous(self) -> str:
        """The release that runs now; empty before the first."""
        return self.before.get("ReleaseId", "")


async def plan(
    session: Session, build: Build, folder: Path, options: Mapping[str, str], watch: int = 0
) -> Plan:
    """Store a build and have CloudFormation say what it would change."""
    await session.releases.upload(build, folder)
    template = await session.releases.template(build.id)
    current = await session.stack.parameters()
    values = _values(session, template, build.id, current, options)
    update = await _update(session, template, values, watch if current else 0)
    change_set = await session.stack.propose(update)
    return Plan(build.id, template, values, current, change_set)


def check(change_set: ChangeSet, allowed: tuple[str, ...]) -> None:
    """Raises `DeployError` if something would be lost that nobody has named as wanted."""
    for change in changes.forbidden(change_set.changes, allowed):
        verb = "removes" if change.action == "Remove" else "replaces"
        raise DeployError(
            f"This {verb} {change.logical_id} and loses {change.loses} "
            f"({', '.join(change.because) or 'it is not in the template any more'}). Change the "
            f"template back, or, if that is wanted, say --replace {change.logical_id}."
        )


async def apply(
    session: Session, plan: Plan, told: Told, *, smoke: bool, replaces: bool = False
) -> Deployment:
    """Carry a plan out, see whether the chat is well, and write it down.

    `replaces` opens the stack's own guard of its data meanwhile.

    Where it is not, the aliases go back at once, and then the rest of the stack. Raises `DeployError`
    then, and if CloudFormation fails, which puts everything back by itself.
    """
    record = Deployment(
        at=now(),
        build=plan.build,
        kind="deploy",
        outcome="good",
        by=session.caller,
        previous=plan.previous,
        commit=checkout.commit(),
        parameters=parameters.recorded(parse(plan.template), plan.parameters),
    )
    before = await aliases.read(session.aws_lambda, session.stack) if plan.previous else []
    try:
        if replaces and plan.before:
            await session.stack.open()
        if plan.change_set is not None:
            await session.stack.execute(plan.change_set, told)
        after = await aliases.read(session.aws_lambda, session.stack)
        # CloudFormation compares templates: it does not see that a rollback has moved an alias.
        record = replace(record, versions=await _published(session, after))
        await aliases.move(session.aws_lambda, after, record.versions)
        await session.stack.protect()
    except DeployError as error:
        if replaces and plan.before:
            await session.stack.protect()
        await session.releases.record(replace(record, outcome=error.message))
        raise
    try:
        if smoke:
            await _well(session)
    except DeployError as error:
        await session.releases.record(replace(record, outcome=error.message))
        await _undo(session, plan, before, told)
        raise
    await session.releases.record(record)
    return record


async def rollback(session: Session, to: str | None, told: Told, *, smoke: bool) -> Deployment:
    """Go back to an earlier build: aliases first, which takes seconds, then all the rest.

    Tables, accounts and files stay as they are. Raises `DeployError`, with the aliases where they
    were, if the chat is not well then.
    """
    current = await session.stack.parameters()
    history = await session.releases.history(200)
    live = aliases.versions(await aliases.read(session.aws_lambda, session.stack))
    running = next((d.release for d in history if d.versions and d.versions == live), "")
    target = target_of(history, running or current.get("ReleaseId", ""), to)
    template = await session.releases.template(target.build)
    before = await aliases.read(session.aws_lambda, session.stack)
    await aliases.move(session.aws_lambda, before, target.versions)
    record = replace(
        target,
        at=now(),
        kind="rollback",
        by=session.caller,
        previous=running,
        outcome="good",
    )
    try:
        if smoke:
            await _well(session)
        # Without this the next failed deployment would go back to the build that was left.
        values = _values(session, template, target.build, target.parameters, {})
        change_set = await session.stack.propose(await _update(session, template, values, 0))
        if change_set is not None:
            check(change_set, ())
            await session.stack.execute(change_set, told)
    except DeployError as error:
        await _back(session, before)
        await session.releases.record(replace(record, outcome=error.message))
        raise
    after = await aliases.read(session.aws_lambda, session.stack)
    record = replace(record, versions=aliases.versions(after))
    await session.releases.record(record)
    return record


async def _published(session: Session, after: list[aliases.Alias]) -> dict[str, str]:
    """The versions that the stack has made for its functions, by name."""
    resources = (await session.stack.resources()).values()
    arns = [
        resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Version"
    ]
    # arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME:VERSION
    made = {arn.split(":")[-2]: arn.split(":")[-1] for arn in arns}
    return {**aliases.versions(after), **made}


async def _well(session: Session) -> dict[str, int]:
    """Raises `DeployError` if the chat is not well, or if that cannot be found out."""
    outputs = await session.stack.outputs()
    try:
        await health.ensure_account(session.cognito, session.ssm, outputs)
        return await health.check(session.aws_lambda, outputs["HealthFunctionName"])
    except ClientError as error:
        raise DeployError(f"The health check cannot be run: {explain(error)}") from error


async def _undo(session: Session, plan: Plan, before: list[aliases.Alias], told: Told) -> None:
    """Go back to the release that ran before a plan, if one did."""
    if not plan.before:
        return
    await _back(session, before)
    template = await session.releases.template(plan.before["BuildId"])
    change_set = await session.stack.propose(await _update(session, template, plan.before, 0))
    if change_set is not None:
        await session.stack.execute(change_set, told)
    after = await aliases.read(session.aws_lambda, session.stack)
    await session.releases.record(
        Deployment(
            at=now(),
            build=plan.before["BuildId"],
            kind="undo",
            outcome="good",
            by=session.caller,
            previous=plan.parameters["ReleaseId"],
            parameters=plan.before,
            versions=aliases.versions(after),
        )
    )


async def _back(session: Session, before: list[aliases.Alias]) -> None:
    """Put the aliases where they were, if there were any."""
    if before:
        present = await aliases.read(session.aws_lambda, session.stack)
        await aliases.move(session.aws_lambda, present, aliases.versions(before))


def _values(
    session: Session,
    template: str,
    build: str,
    current: Mapping[str, str],
    options: Mapping[str, str],
) -> dict[str, str]:
    """The parameters of a release."""
    own = {
        "ArtifactBucket": session.releases.bucket,
        "BuildId": build,
        "BoundaryArn": session.boundary,
    }
    return parameters.released(parameters.merged(parse(template), current, options, own))


async def _update(session: Session, template: str, values: Mapping[str, str], watch: int) -> Update:
    """An update under the eyes of the stack's alarms, if it has any yet."""
    alarms: tuple[str, ...] = ()
    if watch:
        outputs = await session.stack.outputs()
        alarms = tuple(each for each in outputs.get("RollbackAlarms", "").split(",") if each)
    return Update(template, values, role=session.role, alarms=alarms, watch=watch)


async def reconfigure(session: Session, options: Mapping[str, str], told: Told) -> Deployment:
    """Give the running build other parameters, as a release of its own."""
    current = await session.stack.parameters()
    build = current["BuildId"]
    template = await session.releases.template(build)
    values = _values(session, template, build, current, options)
    change_set = await session.stack.propose(await _update(session, template, values, 0))
    made = Plan(build, template, values, current, change_set)
    return await apply(session, made, told, smoke=False)
