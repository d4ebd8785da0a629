"""`labchat deploy init`: what an account and region need once."""

from collections.abc import Mapping
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from deploy import checkout, parameters
from deploy.aws import Client, Place, missing, run
from deploy.commands.terminal import console, place, place_options, told
from deploy.stack import Stack, Update
from deploy.template import parse


ENOUGH_CONCURRENCY = 100
"""Events handled at the same time; a burst of a hundred people is half of that."""


@click.command("init")
@place_options
@click.option(
    "--repository",
    metavar="OWNER/NAME",
    help="Repository on GitHub whose workflow may deploy, without keys.",
)
@click.option(
    "--parameter", "options", multiple=True, metavar="NAME=VALUE", help="Of account.yaml."
)
def init(repository: str | None, options: tuple[str, ...], **where: Any) -> None:
    """Prepare the account and region, and say what stands in the way. May be repeated."""
    run(_init(place(where), repository, options))


async def _init(where: Place, repository: str | None, options: tuple[str, ...]) -> None:
    async with where.client("sts") as sts:
        identity = await sts.get_caller_identity()
    console.print(f"Account {identity['Account']}, as {identity['Arn']}.")
    template = checkout.template("account")
    document = parse(template)
    given = parameters.given(options, document)
    if repository:
        given["Repository"] = repository
    async with where.client("cloudformation") as client, where.client("apigateway") as gateway:
        stack = Stack(client, where.account_stack)
        current = await stack.parameters()
        own = {"StackName": where.stack}
        if not current:
            own["LogRole"] = "false" if await _logs_already(gateway) else "true"
        values = parameters.merged(document, current, own, given)
        change_set = await stack.propose(Update(template, values))
        if change_set is not None:
            await stack.execute(change_set, told)
        outputs = await stack.outputs()
    console.print(f"Builds and records go to {outputs['ArtifactBucketName']}.")
    if role := outputs.get("WorkflowRoleArn"):
        console.print(f"The workflow assumes {role}, and passes {outputs['StackRoleArn']}.")
    await _advise(where)
    console.print("Next: labchat deploy plan")


async def _logs_already(gateway: Client) -> bool:
    """Whether somebody has given API Gateway its role: there is one for an account and region."""
    return bool((await gateway.get_account()).get("cloudwatchRoleArn"))


async def _advise(where: Place) -> None:
    """Say what AWS lets nobody do by template; nothing of it keeps the chat from running."""
    for advice in (await _concurrency(where), await _billing(where), await _mail(where)):
        if advice:
            console.print(f"[yellow]Note:[/] {advice}")


async def _concurrency(where: Place) -> str:
    async with where.client("lambda") as client:
        settings: Mapping[str, Any] = await client.get_account_settings()
    limit = settings["AccountLimit"]["ConcurrentExecutions"]
    if limit >= ENOUGH_CONCURRENCY:
        return ""
    return (
        f"Lambda handles {limit} events at the same time in this account, which is enough for about "
        f"{limit * 3} people. For more: aws service-quotas request-service-quota-increase "
        "--service-code lambda --quota-code L-B99A9384 --desired-value 1000"
    )


async def _billing(where: Place) -> str:
    """Charges are measured in us-east-1 only, and only after a switch that has no API."""
    try:
        async with where.client("cloudwatch", "us-east-1") as client:
            answer = await client.list_metrics(
                Namespace="AWS/Billing", MetricName="EstimatedCharges"
            )
    except (BotoCoreError, ClientError) as error:
        return f"Whether charges are measured cannot be seen ({error})."
    if answer["Metrics"]:
        return ""
    return (
        "AWS does not measure charges in this account yet: switch on 'Receive CloudWatch billing "
        "alerts' in the console under Billing and Cost Management, Billing preferences; else the "
        "billing alarm never rings."
    )


async def _mail(where: Place) -> str:
    try:
        async with where.client("sesv2") as client:
            account = await client.get_account()
    except ClientError as error:
        if missing(error):
            return ""
        return f"Whether SES sends mail cannot be seen ({error.response['Error']['Code']})."
    if account.get("ProductionAccessEnabled"):
        return ""
    return (
        "Cognito mails 50 codes a day by itself. For more, have SES moved out of its sandbox and give "
        "--parameter MailFrom=chat@your.domain to `labchat deploy apply`."
    )
