"""The Parameters section: defaults, given values and AWS's checks on them."""

import re
from collections.abc import Mapping
from typing import Any

from emulator.errors import UsageError


def parameter_values(
    declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, str]
) -> dict[str, str | list[str]]:
    """Each parameter's value; list types become lists.

    Raises `UsageError` for an unknown name, a missing value, or one that breaks a constraint.
    """
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise UsageError(
            f"The template has no parameter {', '.join(unknown)}; "
            f"it has {', '.join(sorted(declared)) or 'none'}."
        )
    values: dict[str, str | list[str]] = {}
    for name, declaration in declared.items():
        if name in given:
            text = given[name]
        elif "Default" in declaration:
            text = _text(declaration["Default"])
        else:
            raise UsageError(
                f"Parameter {name} has no default; give it with --parameter {name}=VALUE."
            )
        kind = str(declaration.get("Type", "String"))
        if kind.startswith("AWS::SSM::"):
            raise UsageError(f"Parameter {name}: type {kind} is not supported by the emulator.")
        is_list = kind == "CommaDelimitedList" or kind.startswith("List<")
        items = [item.strip() for item in text.split(",")] if is_list else [text]
        for item in items:
            _check(name, declaration, item)
        values[name] = items if is_list else text
    return values


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check(name: str, declaration: Mapping[str, Any], value: str) -> None:
    try:
        problem = (
            _not_allowed(declaration, value)
            or _wrong_pattern(declaration, value)
            or _wrong_size(declaration, value)
        )
    except (TypeError, ValueError, re.error) as error:
        raise UsageError(f"Parameter {name}: a constraint cannot be read ({error}).") from error
    if problem:
        described = declaration.get("ConstraintDescription", problem)
        raise UsageError(f"Parameter {name}={value!r}: {described}")


def _not_allowed(declaration: Mapping[str, Any], value: str) -> str:
    allowed = [_text(choice) for choice in declaration.get("AllowedValues", [])]
    return f"must be one of {', '.join(allowed)}" if allowed and value not in allowed else ""


def _wrong_pattern(declaration: Mapping[str, Any], value: str) -> str:
    pattern = declaration.get("AllowedPattern")
    return f"must match {pattern}" if pattern and not re.fullmatch(pattern, value) else ""


def _wrong_size(declaration: Mapping[str, Any], value: str) -> str:
    if declaration.get("Type") == "Number":
        try:
            size, unit = float(value), "Value"
        except ValueError:
            return "must be a number"
    else:
        size, unit = float(len(value)), "Length"
    if size < float(declaration.get(f"Min{unit}", size)):
        return f"{unit.lower()} must be at least {declaration[f'Min{unit}']}"
    if size > float(declaration.get(f"Max{unit}", size)):
        return f"{unit.lower()} must be at most {declaration[f'Max{unit}']}"
    return ""
