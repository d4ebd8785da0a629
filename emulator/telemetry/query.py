"""The AWS query protocol: form fields in, XML out. Pure.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape


NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"
MAX_FIELDS = 20_000

_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse_form(body: bytes) -> dict[str, Any]:
    """`A.member.1.B=x` as `{"A": [{"B": "x"}]}`. Raises `ValueError`."""
    root: dict[str, Any] = {}
    fields = parse_qsl(
        body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MAX_FIELDS
    )
    for key, value in fields:
        *path, last = key.split(".")
        node = root
        for part in path:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise ValueError(f"{key} is given twice")
        node[last] = value
    return {name: _lists(value) for name, value in root.items()}


def response(operation: str, document: Mapping[str, Any] | None, request_id: str) -> str:
    """What a call came to."""
    name = f"{operation}Result"
    result = "" if document is None else f"<{name}>{_members(document)}</{name}>"
    return (
        f'<{operation}Response xmlns="{NAMESPACE}">{result}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        f"</{operation}Response>"
    )


def failure(kind: str, code: str, message: str, request_id: str) -> str:
    """An error; `kind` is `Sender` or `Receiver`."""
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{kind}</Type><Code>{code}</Code>'
        f"<Message>{_text(message)}</Message></Error><RequestId>{request_id}</RequestId>"
        "</ErrorResponse>"
    )


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node.keys() == {"member"} and isinstance(node["member"], dict):
        members = node["member"]
        return [_lists(members[index]) for index in sorted(members, key=int)]
    return {name: _lists(value) for name, value in node.items()}


def _members(document: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in document.items())


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "".join(f"<member>{_value(item)}</member>" for item in value)
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, Mapping):
        return _members(value)
    return _text(value.isoformat() if isinstance(value, date) else str(value))


def _text(text: str) -> str:
    return escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", text))
