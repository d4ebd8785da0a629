"""S3's XML: documents out, and the two kinds of document that come in."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from starlette.responses import Response

from emulator.objects.errors import malformed_xml


NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

Nodes = Iterable[tuple[str, "Value"]]
Value = str | int | bool | Nodes
"""What an element holds; elements inside it are pairs of name and value."""


def answer(root: str, nodes: Nodes, status: int = 200) -> Response:
    """A document of S3's as a response."""
    inner = _elements(nodes)
    text = f'{_HEAD}<{root} xmlns="{NAMESPACE}">{inner}</{root}>'
    return Response(text, status, media_type="application/xml")


def error(nodes: Nodes, status: int) -> Response:
    """An error document, which has no namespace."""
    text = f"{_HEAD}<Error>{_elements(nodes)}</Error>"
    return Response(text, status, media_type="application/xml")


def time(seconds: float) -> str:
    """A time as S3's documents write it."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def parse(body: bytes, root: str) -> ET.Element:
    """A document that a client sends, its names without namespace; raises `S3Error`."""
    # No document of S3's has a DTD, and entities can be made to grow without end.
    if b"<!" in body:
        raise malformed_xml()
    try:
        document = ET.fromstring(body)
    except ET.ParseError:
        raise malformed_xml() from None
    for element in document.iter():
        element.tag = element.tag.rpartition("}")[2]
    if document.tag != root:
        raise malformed_xml()
    return document


def _elements(nodes: Nodes) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in nodes)


def _value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int():
            return escape(str(value))
        case _:
            return _elements(value)
