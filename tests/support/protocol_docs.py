"""docs/protocol.md and docs/protocol.schema.json, as far as they are made from the types.

    python -m tests.support.protocol_docs

The page keeps its prose; what stands between two markers is written anew.
"""

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

import msgspec
from chat import ids
from chat.protocol import entries, fields, pushed, replies, requests
from msgspec import Struct

from tests.support.costs import COSTS
from tests.support.server import ROOT


PAGE = ROOT / "docs" / "protocol.md"
SCHEMA = ROOT / "docs" / "protocol.schema.json"
HANDLERS = ROOT / "handlers"


def pattern_of(given: Any) -> str | None:
    """The pattern of an annotated string."""
    info = msgspec.inspect.type_info(given)
    assert isinstance(info, msgspec.inspect.StrType)
    return info.pattern


LISTS = (
    *(entries.Summary, entries.Listed, entries.Person, entries.User, entries.Act),
    *(entries.File, entries.RoomFile, requests.Draft, requests.Thumb),
    *(replies.Sent, replies.Form, replies.Limits),
)

FORMS: dict[str | None, str] = {
    ids.ULID_PATTERN: "ULID",
    ids.REV_PATTERN: "rev",
    ids.POS_PATTERN: "pos",
    pattern_of(fields.Start): "rev or empty",
    pattern_of(fields.Place): "pos or ULID",
}
"""Strings of a form, and what the docs call it."""


def page(text: str) -> str:
    """The page with its made parts renewed."""
    parts = {
        "actions": _actions(),
        "entries": _table(get_args(entries.AnyItem), "k"),
        "shapes": _table(LISTS, ""),
        "costs": _costs(),
        "pushes": _table(get_args(pushed.AnyPush), "t"),
    }
    return renewed(text, parts)


def renewed(text: str, parts: Mapping[str, str]) -> str:
    """A page with what stands between its markers written anew."""
    for name, made in parts.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = text.partition(start)
        _, ended, after = rest.partition(end)
        if not (found and ended):
            raise ValueError(f"the page has no place for {name}")
        text = f"{before}{start}\n\n{made}\n{end}{after}"
    return text


def schema() -> str:
    """A JSON Schema of each request and reply by action, of each push and each entry of a log."""
    shapes: dict[str, Any] = {}
    for request in get_args(requests.AnyRequest):
        shapes[f"request:{_tag(request)}"] = request
        if reply := replies.OF[request]:
            shapes[f"reply:{_tag(request)}"] = reply
    shapes["reply:failure"] = replies.Failure
    shapes |= {f"push:{_tag(push)}": push for push in get_args(pushed.AnyPush)}
    shapes |= {f"entry:{_tag(item)}": item for item in get_args(entries.AnyItem)}
    every, components = msgspec.json.schema_components(
        shapes.values(), ref_template="#/$defs/{name}"
    )
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The chat protocol, version 1",
        "properties": dict(zip(shapes, every, strict=True)),
        "$defs": components,
    }
    return json.dumps(_portable(document), indent=1, ensure_ascii=False) + "\n"


def _portable(value: Any) -> Any:
    """Regular expressions of JSON Schema know no `\\Z`; its `$` is no other thing there."""
    match value:
        case dict():
            return {
                key: each.replace("\\Z", "$") if key == "pattern" else _portable(each)
                for key, each in value.items()
            }
        case list():
            return [_portable(each) for each in value]
        case _:
            return value


def _actions() -> str:
    lines = ["| action | fields | reply | |", "|---|---|---|---|"]
    for request in get_args(requests.AnyRequest):
        reply = replies.OF[request]
        answer = "none" if reply is None else ", ".join(_fields(reply, without=("r", "ok"))) or "—"
        about = " ".join(filter(None, [_words(request), _extra(reply)]))
        asked = ", ".join(_fields(request, without=("r",))) or "—"
        lines.append(f"| `{_tag(request)}` | {asked} | {answer} | {about} |")
    return "\n".join(lines)


def _costs() -> str:
    lines = [
        "| action | requests | read units | write units | posts | gateway messages |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{action}` | {cost.requests} | {cost.reads:g} | {cost.writes:g} | {cost.posts} "
        f"| {1 + cost.posts} |"
        for action, cost in COSTS.items()
    ]
    return "\n".join(lines)


def _table(shapes: Iterable[type[Struct]], tag: str) -> str:
    lines = [f"| {'`' + tag + '`' if tag else 'shape'} | fields | |", "|---|---|---|"]
    for shape in shapes:
        name = f"`{_tag(shape)}`" if tag else shape.__name__
        lines.append(f"| {name} | {', '.join(_fields(shape))} | {_words(shape)} |")
    return "\n".join(lines)


def _fields(shape: type[Struct], without: tuple[str, ...] = ()) -> Iterator[str]:
    for field in msgspec.structs.fields(shape):
        if field.encode_name not in without:
            optional = "" if field.required else "?"
            yield f"`{field.encode_name}{optional}`: {_type(field.type)}"


def _type(given: Any) -> str:
    """A type in few words."""
    info = msgspec.inspect.type_info(given)
    return _named(info)


def _named(info: msgspec.inspect.Type) -> str:
    match info:
        case msgspec.inspect.UnionType():
            kinds = [each for each in info.types if not _is_nothing(each)]
            return " or ".join(dict.fromkeys(map(_named, kinds)))
        case msgspec.inspect.StructType():
            return info.cls.__name__
        case msgspec.inspect.ListType():
            return f"[{_named(info.item_type)}]{_bounds(info.min_length, info.max_length)}"
        case msgspec.inspect.DictType():
            return f"{{{_named(info.key_type)}: {_named(info.value_type)}}}"
        case msgspec.inspect.LiteralType():
            return " or ".join(json.dumps(value) for value in info.values)
        case msgspec.inspect.IntType():
            return f"integer{_bounds(info.ge, info.le)}"
        case msgspec.inspect.StrType():
            if info.pattern in FORMS:
                return FORMS[info.pattern]
            return f"string{_bounds(info.min_length, info.max_length)}"
        case msgspec.inspect.BoolType():
            return "boolean"
        case _:
            raise TypeError(f"no words for {info}")


def _is_nothing(info: msgspec.inspect.Type) -> bool:
    return isinstance(info, msgspec.inspect.NoneType | msgspec.inspect.CustomType)


def _bounds(low: int | None, high: int | None) -> str:
    if high is None or high > 2**40:
        return ""
    return f" {low or 0}–{high}"


def _tag(shape: type[Struct]) -> str:
    return str(shape.__struct_config__.tag)


def _words(shape: type[Struct]) -> str:
    return " ".join((inspect.getdoc(shape) or "").split())


def _extra(reply: type[replies.Reply] | None) -> str:
    if reply is None or reply is replies.Reply:
        return ""
    return f"Reply: {_words(reply)}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
    SCHEMA.write_text(schema())
