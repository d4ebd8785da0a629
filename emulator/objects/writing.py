"""PutObject, CopyObject, DeleteObject and DeleteObjects."""

from urllib.parse import unquote

from starlette.responses import Response

from emulator.objects import xml
from emulator.objects.call import Call, document, kept, receive
from emulator.objects.errors import (
    access_denied,
    invalid_argument,
    malformed_xml,
    no_such_key,
    precondition_failed,
)
from emulator.objects.index import Stored
from emulator.objects.preconditions import PREFIX, check_write, is_unchanged
from emulator.objects.store import ObjectStore


_MOST_DELETED = 1000


async def put(store: ObjectStore, call: Call) -> Response:
    """Store the body."""

    def check(stood: Stored | None) -> None:
        check_write(call.headers, call.key, stood.etag if stood else None)

    # Known before the body comes, and checked again in the transaction.
    check(await store.find(call.bucket.name, call.key))
    headers = kept(call.headers)
    async with store.sink(call.headers) as sink:
        await receive(call.request, sink)
        content = await sink.finish()
    stored = await store.put(call.bucket.name, call.key, content, headers, check)
    return Response(headers={"etag": f'"{stored.etag}"'})


async def copy(store: ObjectStore, call: Call) -> Response:
    """Store what lies at `x-amz-copy-source` here too."""
    source = unquote(call.headers["x-amz-copy-source"]).removeprefix("/")
    bucket, _, key = source.partition("/")
    if not key:
        raise invalid_argument("Copy Source must mention the source bucket and key: bucket/key")
    call.require("s3:GetObject", f"arn:aws:s3:::{source}")
    replaced = call.headers.get("x-amz-metadata-directive", "COPY").upper() == "REPLACE"
    if (bucket, key) == (call.bucket.name, call.key) and not replaced:
        raise invalid_argument(
            "This copy request is illegal because it is trying to copy an object to itself without "
            "changing the object's metadata, storage class, website redirect location or "
            "encryption attributes."
        )

    def choose(found: Stored | None) -> Stored:
        if found is None:
            raise no_such_key(key) if call.may_know else access_denied()
        if is_unchanged(call.headers, found.etag, found.modified, PREFIX):
            raise precondition_failed("x-amz-copy-source-If-None-Match")
        return found

    target = (call.bucket.name, call.key)
    headers = kept(call.headers) if replaced else None
    stored = await store.copy((bucket, key), target, choose, headers)
    nodes = [("LastModified", xml.time(stored.modified)), ("ETag", f'"{stored.etag}"')]
    return xml.answer("CopyObjectResult", nodes)


async def delete(store: ObjectStore, call: Call) -> Response:
    """Remove the object."""
    await store.delete(call.bucket.name, [call.key])
    return Response(status_code=204)


async def delete_many(store: ObjectStore, call: Call) -> Response:
    """Remove up to a thousand objects, each if the role may."""
    listed = xml.parse(await document(call.request), "Delete")
    keys = [each.findtext("Key") or "" for each in listed.iter("Object")]
    if not 0 < len(keys) <= _MOST_DELETED or not all(keys):
        raise malformed_xml()
    arns = {key: f"arn:aws:s3:::{call.bucket.name}/{key}" for key in keys}
    allowed = [key for key in keys if call.principal.may("s3:DeleteObject", arns[key])]
    await store.delete(call.bucket.name, allowed)
    quiet = listed.findtext("Quiet") == "true"
    done: list[tuple[str, xml.Value]] = [
        ("Deleted", [("Key", key)]) for key in allowed if not quiet
    ]
    refused: list[tuple[str, xml.Value]] = [
        ("Error", [("Key", key), ("Code", "AccessDenied"), ("Message", "Access Denied")])
        for key in keys
        if key not in allowed
    ]
    return xml.answer("DeleteResult", [*done, *refused])
