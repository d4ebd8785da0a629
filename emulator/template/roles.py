"""AWS::IAM::Role and the policies that other resources attach to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.template.managed_policies import MANAGED_POLICIES
from emulator.template.physical import Physical
from emulator.template.reader import Reader


NO_EFFECT = {"AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Path", "Tags"}

Policy = Mapping[str, Any]
"""A policy document."""


@dataclass(slots=True)
class RoleParts:
    """The IAM resources of a template, collected before they are put together."""

    arns: dict[str, str] = field(default_factory=dict)
    """Each role's ARN by its name."""
    inline: dict[str, list[Policy]] = field(default_factory=dict)
    """By the name of the role."""
    managed: dict[str, Policy] = field(default_factory=lambda: dict(MANAGED_POLICIES))
    """By the policy's ARN."""
    attached: list[tuple[str, str, Reader]] = field(default_factory=list)
    """The name of a role, the ARN of a managed policy, and where that is said."""

    def assemble(self) -> dict[str, tuple[Policy, ...]]:
        """The policies of each role, by the role's ARN."""
        for role, arn, reader in self.attached:
            # Managed policies of AWS have the same text in every partition.
            known = self.managed.get(arn) or self.managed.get(arn.rpartition(":aws:policy/")[2])
            if known is None:
                reader.warn(f"the policy {arn} is not known to the emulator; it grants nothing")
            else:
                self.inline.setdefault(role, []).append(known)
        return {arn: tuple(self.inline.get(name, ())) for name, arn in self.arns.items()}


def add_role(parts: RoleParts, reader: Reader, known: Physical) -> None:
    """AWS::IAM::Role."""
    reader.get("RoleName")
    parts.arns[known.ref] = known.attributes["Arn"]
    parts.inline.setdefault(known.ref, []).extend(
        _document(policy["PolicyDocument"]) for policy in reader.get("Policies", [])
    )
    parts.attached += [(known.ref, arn, reader) for arn in reader.texts("ManagedPolicyArns")]
    reader.finish(NO_EFFECT)


def add_managed_policy(parts: RoleParts, reader: Reader, known: Physical) -> None:
    """AWS::IAM::ManagedPolicy."""
    parts.managed[known.ref] = reader.section("PolicyDocument")
    parts.attached += [(role, known.ref, reader) for role in reader.texts("Roles")]
    reader.finish({"Description", "ManagedPolicyName", "Path"})


def add_policy(parts: RoleParts, reader: Reader) -> None:
    """AWS::IAM::Policy: an inline policy of several roles."""
    document = reader.section("PolicyDocument")
    for role in reader.texts("Roles"):
        parts.inline.setdefault(role, []).append(document)
    reader.finish({"PolicyName"})


def add_role_policy(parts: RoleParts, reader: Reader) -> None:
    """AWS::IAM::RolePolicy: an inline policy of one role."""
    document = reader.section("PolicyDocument")
    parts.inline.setdefault(reader.text("RoleName"), []).append(document)
    reader.finish({"PolicyName"})


def _document(value: Any) -> Policy:
    if not isinstance(value, dict):
        raise TypeError("a PolicyDocument must be a mapping")
    return value
