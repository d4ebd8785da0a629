"""Uploads in parts: CreateMultipartUpload, UploadPart, CompleteMultipartUpload, and so on.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

import asyncio
import hashlib
from collections.abc import Sequence

from starlette.responses import Response

from emulator.objects import xml
from emulator.objects.call import Call, document, kept, receive
from emulator.objects.errors import S3Error, malformed_xml, no_such_upload, unsupported
from emulator.objects.index import Part, Stored
from emulator.objects.preconditions import check_write
from emulator.objects.store import ObjectStore


_MOST_PARTS = 10_000
_LEAST_SIZE = 5 * 1024 * 1024
"""Bytes of each part but the last."""


async def create(store: ObjectStore, call: Call) -> Response:
    """Begin an upload."""
    upload = await store.begin(call.bucket.name, call.key, kept(call.headers))
    nodes = [("Bucket", call.bucket.name), ("Key", call.key), ("UploadId", upload.id)]
    return xml.answer("InitiateMultipartUploadResult", nodes)


async def put_part(store: ObjectStore, call: Call) -> Response:
    """Store a part; a later one of the same number takes its place."""
    if "x-amz-copy-source" in call.headers:
        raise unsupported("UploadPartCopy")
    number = call.number("partNumber", 0, 1, _MOST_PARTS)
    id_ = call.query["uploadId"]
    await store.upload(call.bucket.name, call.key, id_)  # Known before the body comes.
    async with store.sink(call.headers) as sink:
        await receive(call.request, sink)
        content = await sink.finish()
    part = await store.put_part(id_, number, content)
    return Response(headers={"etag": f'"{part.etag}"'})


async def list_parts(store: ObjectStore, call: Call) -> Response:
    """The parts that have come."""
    upload, parts = await store.upload(call.bucket.name, call.key, call.query["uploadId"])
    after = call.number("part-number-marker", 0, 0, _MOST_PARTS)
    limit = call.number("max-parts", 1000, 0, 2**31)
    later = [part for part in parts if part.number > after]
    page = later[: min(limit, 1000)]
    nodes: list[tuple[str, xml.Value]] = [
        ("Bucket", upload.bucket),
        ("Key", upload.key),
        ("UploadId", upload.id),
        ("PartNumberMarker", after),
        ("NextPartNumberMarker", page[-1].number if page else 0),
        ("MaxParts", limit),
        ("IsTruncated", len(page) < len(later)),
    ]
    nodes += [("Part", _part(part)) for part in page]
    return xml.answer("ListPartsResult", nodes)


async def complete(store: ObjectStore, call: Call) -> Response:
    """Make one object of the parts that the client lists."""
    listed = _listed(await document(call.request))
    id_ = call.query["uploadId"]
    upload, parts = await store.upload(call.bucket.name, call.key, id_)
    chosen = _chosen(listed, {part.number: part for part in parts})

    def check(stood: Stored | None) -> None:
        check_write(call.headers, call.key, stood.etag if stood else None)

    async with store.sink({}) as sink:
        try:
            await asyncio.to_thread(sink.copy, [part.content for part in chosen])
        except FileNotFoundError:
            raise no_such_upload(id_) from None  # Aborted meanwhile.
        content = await sink.finish()
    stored = await store.complete(upload, content, _etag(chosen), check)
    nodes = [
        ("Location", str(call.request.url.replace(query=""))),
        ("Bucket", call.bucket.name),
        ("Key", call.key),
        ("ETag", f'"{stored.etag}"'),
    ]
    return xml.answer("CompleteMultipartUploadResult", nodes)


async def abort(store: ObjectStore, call: Call) -> Response:
    """End an upload with nothing."""
    upload, _ = await store.upload(call.bucket.name, call.key, call.query["uploadId"])
    await store.abort(upload.id)
    return Response(status_code=204)


async def list_uploads(store: ObjectStore, call: Call) -> Response:
    """The uploads of a bucket that are under way."""
    prefix = call.query.get("prefix", "")
    uploads = await store.uploads(call.bucket.name)
    nodes: list[tuple[str, xml.Value]] = [
        ("Bucket", call.bucket.name),
        ("Prefix", prefix),
        ("IsTruncated", False),
    ]
    nodes += [
        (
            "Upload",
            [("Key", each.key), ("UploadId", each.id), ("Initiated", xml.time(each.initiated))],
        )
        for each in uploads
        if each.key.startswith(prefix)
    ]
    return xml.answer("ListMultipartUploadsResult", nodes)


def _part(part: Part) -> list[tuple[str, xml.Value]]:
    return [
        ("PartNumber", part.number),
        ("LastModified", xml.time(part.modified)),
        ("ETag", f'"{part.etag}"'),
        ("Size", part.size),
    ]


def _listed(body: bytes) -> list[tuple[int, str]]:
    """The numbers and ETags that the client names, in order."""
    found = []
    for each in xml.parse(body, "CompleteMultipartUpload").iter("Part"):
        number, etag = each.findtext("PartNumber", ""), each.findtext("ETag", "")
        if not (number.isascii() and number.isdecimal()):
            raise malformed_xml()
        found.append((int(number), etag.strip().strip('"')))
    if not found:
        raise malformed_xml()
    numbers = [number for number, _ in found]
    if numbers != sorted(set(numbers)):
        message = (
            "The list of parts was not in ascending order. The parts list must be specified in "
            "order by part number."
        )
        raise S3Error(400, "InvalidPartOrder", message)
    return found


def _chosen(listed: Sequence[tuple[int, str]], there: dict[int, Part]) -> list[Part]:
    chosen = [there[number] for number, etag in listed if _is(there.get(number), etag)]
    if len(chosen) < len(listed):
        message = (
            "One or more of the specified parts could not be found.  The part may not have been "
            "uploaded, or the specified entity tag may not match the part's entity tag."
        )
        raise S3Error(400, "InvalidPart", message)
    for part in chosen[:-1]:
        if part.size < _LEAST_SIZE:
            raise S3Error(
                400,
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                ProposedSize=str(part.size),
                MinSizeAllowed=str(_LEAST_SIZE),
                PartNumber=str(part.number),
            )
    return chosen


def _is(part: Part | None, etag: str) -> bool:
    return part is not None and part.etag == etag


def _etag(parts: Sequence[Part]) -> str:
    """The MD5 of the parts' MD5s, and how many there were.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    """
    joined = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(parts)}"
