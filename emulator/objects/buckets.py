"""ListBuckets, HeadBucket, GetBucketLocation, ListObjects and ListObjectsV2."""

import base64
import binascii
from collections.abc import Iterable
from urllib.parse import quote

from starlette.responses import Response

from emulator.objects import xml
from emulator.objects.call import Call
from emulator.objects.errors import invalid_argument
from emulator.objects.index import Stored
from emulator.objects.listing import MOST, Page, Query
from emulator.objects.store import ObjectStore
from emulator.template.model import Bucket


_EPOCH = 0.0
"""When the buckets were made: nobody has noted it."""


def names(buckets: Iterable[Bucket]) -> Response:
    """All buckets of the template."""
    nodes = [
        ("Bucket", [("Name", each.name), ("CreationDate", xml.time(_EPOCH))]) for each in buckets
    ]
    return xml.answer("ListAllMyBucketsResult", [("Buckets", nodes)])


async def head(_store: ObjectStore, _call: Call) -> Response:
    """That it is there."""
    return Response()


async def location(_store: ObjectStore, _call: Call) -> Response:
    """Empty, which stands for us-east-1."""
    return xml.answer("LocationConstraint", [])


async def list_v2(store: ObjectStore, call: Call) -> Response:
    """A page of keys."""
    token = call.query.get("continuation-token")
    after = call.query.get("start-after", "")
    query = _query(call, after if token is None else _decoded(token))
    page = await store.page(call.bucket.name, query)
    shown = _Shown(call)
    nodes: list[tuple[str, xml.Value]] = [*shown.common(query, page), ("KeyCount", page.count)]
    if token is not None:
        nodes.append(("ContinuationToken", token))
    if page.more:
        nodes.append(("NextContinuationToken", _encoded(page.last)))
    if after:
        nodes.append(("StartAfter", shown.text(after)))
    return xml.answer("ListBucketResult", nodes + shown.found(page))


async def list_v1(store: ObjectStore, call: Call) -> Response:
    """A page of keys, in the older form."""
    marker = call.query.get("marker", "")
    query = _query(call, marker)
    page = await store.page(call.bucket.name, query)
    shown = _Shown(call)
    nodes = [*shown.common(query, page), ("Marker", shown.text(marker))]
    if page.more and query.delimiter:
        nodes.append(("NextMarker", shown.text(page.last)))
    return xml.answer("ListBucketResult", nodes + shown.found(page))


def _query(call: Call, after: str) -> Query:
    limit = call.number("max-keys", MOST, 0, 2**31)
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    return Query(prefix, delimiter, after, min(limit, MOST))


class _Shown:
    """How this client wants names written."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._encoding = call.query.get("encoding-type")
        if self._encoding not in {None, "url"}:
            raise invalid_argument("Invalid Encoding Method specified in Request")

    def text(self, name: str) -> str:
        """XML cannot hold every character that a key can."""
        return quote(name, safe="/") if self._encoding else name

    def common(self, query: Query, page: Page) -> list[tuple[str, xml.Value]]:
        """What both forms say first."""
        return [
            ("Name", self._call.bucket.name),
            ("Prefix", self.text(query.prefix)),
            ("MaxKeys", query.limit),
            *([("Delimiter", self.text(query.delimiter))] if query.delimiter else []),
            *([("EncodingType", self._encoding)] if self._encoding else []),
            ("IsTruncated", page.more),
        ]

    def found(self, page: Page) -> list[tuple[str, xml.Value]]:
        """The keys, and what was rolled up."""
        return [
            *(("Contents", self._object(stored)) for stored in page.objects),
            *(("CommonPrefixes", [("Prefix", self.text(each))]) for each in page.prefixes),
        ]

    def _object(self, stored: Stored) -> list[tuple[str, xml.Value]]:
        return [
            ("Key", self.text(stored.key)),
            ("LastModified", xml.time(stored.modified)),
            ("ETag", f'"{stored.etag}"'),
            ("Size", stored.size),
            ("StorageClass", "STANDARD"),
        ]


def _encoded(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid_argument("The continuation token provided is incorrect") from None
