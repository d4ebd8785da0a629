"""What a change set does, and what of it must not be done unasked (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


GUARDED = {
    "AWS::DynamoDB::Table": "messages",
    "AWS::Cognito::UserPool": "accounts",
    "AWS::S3::Bucket": "files",
    "AWS::ApiGatewayV2::Api": "the address, and with it every open socket",
    "AWS::Backup::BackupVault": "backups",
}
"""Types whose replacement or removal loses what people would miss."""

VERSION = "AWS::Lambda::Version"
"""Replaced by each build; that is its purpose, and the old one stays."""


@dataclass(frozen=True, slots=True)
class Change:
    """One resource of a change set."""

    action: str
    """`Add`, `Modify`, `Remove`, `Import` or `Dynamic`."""
    logical_id: str
    type: str
    replacement: str
    """`True`, `False`, `Conditional`, or empty where nothing was there before."""
    because: tuple[str, ...] = ()
    """What changes of it: names of properties, or `Tags`, `Metadata`, …"""

    @property
    def replaces(self) -> bool:
        """Whether another resource may take its place."""
        return self.replacement in ("True", "Conditional") and self.type != VERSION

    @property
    def loses(self) -> str:
        """What people would miss after it; empty for most."""
        if self.action == "Remove" or self.replaces:
            return GUARDED.get(self.type, "")
        return ""


def read(described: Iterable[Mapping[str, Any]]) -> list[Change]:
    """The changes of DescribeChangeSet, in the order of their names."""
    found = []
    for each in described:
        change = each["ResourceChange"]
        details = (detail.get("Target", {}) for detail in change.get("Details", ()))
        because = {str(d.get("Name") or d.get("Attribute") or "") for d in details} - {""}
        found.append(
            Change(
                action=change["Action"],
                logical_id=change["LogicalResourceId"],
                type=change["ResourceType"],
                replacement=change.get("Replacement", ""),
                because=tuple(sorted(because)),
            )
        )
    return sorted(found, key=lambda change: (change.logical_id, change.action))


def forbidden(changes: Iterable[Change], allowed: Iterable[str]) -> list[Change]:
    """The changes that lose something and that nobody has named as wanted."""
    named = set(allowed)
    return [each for each in changes if each.loses and each.logical_id not in named]


STACK_POLICY: dict[str, Any] = {
    "Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": ["Update:Replace", "Update:Delete"],
            "Principal": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"ResourceType": sorted(GUARDED)}},
        },
    ]
}
"""The same for whoever updates the stack by other ways.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html"""
