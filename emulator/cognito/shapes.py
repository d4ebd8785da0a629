"""The operations of AWS's own service model, compiled to what the endpoint needs of them.

The model (botocore's `service-2.json`) says which operations exist, which are signed, which have
no output, and the type and constraints of every member. Taking these from it means that no table
of ours can disagree with what SDKs send (reference sections 1.2, 1.3 and 1.6).
"""

import re
import string
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.loaders import Loader


@dataclass(frozen=True, slots=True)
class Shape:
    """The type of one member and the constraints on its value."""

    kind: str
    sensitive: bool = False
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    matches: Callable[[str], object] | None = None
    options: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    members: Mapping[str, "Shape"] = field(default_factory=dict)
    """Of a structure."""
    item: "Shape | None" = None
    """Of a list, or of a map's values."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the service."""

    name: str
    input: Shape
    signed: bool
    """Needs SigV4; the public, session and access-token classes do not (section 1.2)."""
    has_output: bool


ADDED = {
    "AdminCreateUser": {
        "Sub": {
            "type": "string",
            "pattern": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        }
    }
}
"""Members of our own. AWS drops members that it does not know, so nothing else depends on them."""


def load(supported: frozenset[str]) -> tuple[Mapping[str, Operation], frozenset[str]]:
    """The supported operations, compiled, and the names of all that the service has."""
    model = Loader().load_service_model("cognito-idp", "service-2")
    shapes: Mapping[str, Any] = model["shapes"]
    compiled = {
        name: Operation(
            name=name,
            input=_input(shapes, name, operation["input"]["shape"]),
            signed=operation.get("authtype") != "none",
            has_output="output" in operation,
        )
        for name, operation in model["operations"].items()
        if name in supported
    }
    return compiled, frozenset(model["operations"])


def _input(shapes: Mapping[str, Any], operation: str, name: str) -> Shape:
    added = ADDED.get(operation)
    shape = compile_shape(shapes, name)
    if added is None:
        return shape
    own = {member: compile_shape(added, member) for member in added}
    return replace(shape, members={**shape.members, **own})


def compile_shape(shapes: Mapping[str, Any], name: str) -> Shape:
    """`name` and everything below it. The inputs of this service are trees, never cycles."""
    raw = shapes[name]
    pattern = OVERRIDDEN_PATTERNS.get(name, raw.get("pattern"))
    item = raw.get("member") or raw.get("value")
    return Shape(
        kind=raw["type"],
        sensitive=raw.get("sensitive", False),
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        pattern=pattern,
        matches=None if pattern is None else matcher(pattern),
        options=tuple(raw.get("enum", ())),
        required=tuple(raw.get("required", ())),
        members={
            member: compile_shape(shapes, target["shape"])
            for member, target in raw.get("members", {}).items()
        },
        item=compile_shape(shapes, item["shape"]) if item else None,
    )


OVERRIDDEN_PATTERNS = {"PasswordType": r"\S(.*\S)?"}
"""The guide allows inner spaces in passwords, the model's pattern does not (section 7.1)."""

VISIBLE = r"\p{L}\p{M}\p{S}\p{N}\p{P}"
"""Letters, marks, symbols, numbers, punctuation: Python's `re` has no `\\p`."""


def matcher(pattern: str) -> Callable[[str], object]:
    """A test for one of the model's Java patterns, which must match the whole value."""
    # Java's \w, \s and \S mean ASCII unless told otherwise.
    simpler = pattern.replace(VISIBLE, r"\S").replace(r"\p{Z}", " ")
    matches = re.compile(simpler, re.ASCII | re.DOTALL).fullmatch
    if VISIBLE not in pattern:
        return matches
    return lambda value: matches(value) is not None and all(map(_visible, value))


def _visible(character: str) -> bool:
    """Visible, or a space of ASCII, of which the pattern itself has judged."""
    return unicodedata.category(character)[0] in "LMSNP" or character in string.whitespace
