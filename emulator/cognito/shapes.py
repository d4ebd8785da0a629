"""The operations of AWS's own service model, compiled to what the endpoint needs of them.

The model (botocore's `service-2.json`) says which operations exist, which are signed, which have
no output, and the type and constraints of every member. Taking these from it means that no table
of ours can disagree with what SDKs send (reference sections 1.2, 1.3 and 1.6).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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


def load(supported: frozenset[str]) -> tuple[Mapping[str, Operation], frozenset[str]]:
    """The supported operations, compiled, and the names of all that the service has."""
    model = Loader().load_service_model("cognito-idp", "service-2")
    shapes: Mapping[str, Any] = model["shapes"]
    compiled = {
        name: Operation(
            name=name,
            input=compile_shape(shapes, operation["input"]["shape"]),
            signed=operation.get("authtype") != "none",
            has_output="output" in operation,
        )
        for name, operation in model["operations"].items()
        if name in supported
    }
    return compiled, frozenset(model["operations"])


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

VISIBLE = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"


def matcher(pattern: str) -> Callable[[str], object]:
    """A test for one of the model's Java patterns, which must match the whole value."""
    if pattern == VISIBLE:
        return _visible
    # Java's \w, \s and \S mean ASCII unless told otherwise.
    return re.compile(pattern, re.ASCII | re.DOTALL).fullmatch


def _visible(value: str) -> bool:
    """Python's `re` has no `\\p{…}`: letters, marks, symbols, numbers, punctuation; no spaces."""
    return value != "" and all(unicodedata.category(c)[0] in "LMSNP" for c in value)
