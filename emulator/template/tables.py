"""AWS::DynamoDB::Table as the request that creates it."""

from typing import Any

from emulator.template.model import Table
from emulator.template.physical import Physical
from emulator.template.reader import Reader


NO_EFFECT = {
    "ContributorInsightsSpecification",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "TableClass",
    "Tags",
}

_COPIED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")


def table(reader: Reader, known: Physical) -> Table:
    """Build the table; CloudFormation's spelling is DynamoDB's own."""
    reader.get("TableName")
    create: dict[str, Any] = {"TableName": known.ref}
    for name in _COPIED:
        value = reader.get(name)
        if value:
            create[name] = value
    create["BillingMode"] = reader.text("BillingMode", "PROVISIONED")
    throughput = reader.section("ProvisionedThroughput")
    if create["BillingMode"] == "PROVISIONED":
        create["ProvisionedThroughput"] = {name: int(value) for name, value in throughput.items()}
    if reader.flag("DeletionProtectionEnabled"):
        create["DeletionProtectionEnabled"] = True
    stream = reader.section("StreamSpecification")
    if stream:
        create["StreamSpecification"] = {"StreamEnabled": True, **stream}
    ttl = reader.section("TimeToLiveSpecification")
    enabled = str(ttl.get("Enabled", "false")).lower() == "true"
    reader.finish(NO_EFFECT)
    return Table(
        logical_id=reader.resource.logical_id,
        name=known.ref,
        arn=known.attributes["Arn"],
        create=create,
        ttl_attribute=str(ttl["AttributeName"]) if enabled else None,
    )
