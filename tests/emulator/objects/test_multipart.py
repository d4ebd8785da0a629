"""Uploads in parts, by boto3's own transfer manager and step by step."""

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

from tests.emulator.objects.running import Objects, code_of, role_keys


MB = 1024 * 1024
PART = 5 * MB


async def begin(objects: Objects, *parts: bytes) -> tuple[str, list[dict[str, Any]]]:
    """An upload with these parts; its id, and the parts as they are named to complete it."""
    id_ = (await objects.call("create_multipart_upload", ContentType="a/b"))["UploadId"]
    listed = []
    for number, body in enumerate(parts, 1):
        answer = await objects.call("upload_part", UploadId=id_, PartNumber=number, Body=body)
        listed.append({"PartNumber": number, "ETag": answer["ETag"]})
    return id_, listed


async def complete(objects: Objects, id_: str, listed: list[dict[str, Any]]) -> dict[str, Any]:
    return await objects.call(
        "complete_multipart_upload", UploadId=id_, MultipartUpload={"Parts": listed}
    )


async def test_files_of_boto3(objects: Objects, tmp_path: Path) -> None:
    """upload_file in parts, download_file in ranges: what comes back is what went."""
    there, back = tmp_path / "there", tmp_path / "back"
    there.write_bytes(os.urandom(12 * MB + 7))
    config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=3)
    client = objects.client()
    await asyncio.to_thread(client.upload_file, str(there), "files", "big", Config=config)
    await asyncio.to_thread(client.download_file, "files", "big", str(back), Config=config)
    assert back.read_bytes() == there.read_bytes()
    head = await objects.call("head_object", Key="big")
    assert head["ETag"].endswith('-3"')
    assert len(objects.files()) == 1


async def test_the_whole_way(objects: Objects) -> None:
    """Parts are listed, replaced, and put together in their order; the ETag is S3's."""
    first, last = b"1" * PART, b"2" * 10
    id_, listed = await begin(objects, b"0" * PART, last)
    answer = await objects.call("upload_part", UploadId=id_, PartNumber=1, Body=first)
    listed[0]["ETag"] = answer["ETag"]
    parts = (await objects.call("list_parts", UploadId=id_))["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(1, PART), (2, 10)]
    (upload,) = (await objects.call("list_multipart_uploads"))["Uploads"]
    assert (upload["Key"], upload["UploadId"]) == ("k", id_)
    assert (await code_of(objects.call("get_object")))[0] == "NoSuchKey"
    done = await complete(objects, id_, listed)
    sums = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in (first, last))
    assert done["ETag"] == f'"{hashlib.md5(sums, usedforsecurity=False).hexdigest()}-2"'
    found = await objects.call("get_object")
    assert (found["Body"], found["ContentType"]) == (first + last, "a/b")
    assert (await code_of(complete(objects, id_, listed)))[0] == "NoSuchUpload"
    assert "Uploads" not in await objects.call("list_multipart_uploads")
    assert len(objects.files()) == 1


async def test_parts_in_pages(objects: Objects) -> None:
    """boto3's paginator gets them all."""
    id_, listed = await begin(objects, *[b"x"] * 5)
    paginator = objects.client().get_paginator("list_parts")
    pages = paginator.paginate(
        Bucket="files", Key="k", UploadId=id_, PaginationConfig={"PageSize": 2}
    )
    found = await asyncio.to_thread(
        lambda: [part["PartNumber"] for page in pages for part in page["Parts"]]
    )
    assert found == [part["PartNumber"] for part in listed]


async def test_what_cannot_be_completed(objects: Objects) -> None:
    """Parts out of order, unknown, of another content, or too small: S3's code, nothing stored."""
    id_, listed = await begin(objects, b"1" * PART, b"2")
    one, two = listed
    for wrong, code in (
        ([two, one], "InvalidPartOrder"),
        ([one, one], "InvalidPartOrder"),
        ([one, {"PartNumber": 3, "ETag": two["ETag"]}], "InvalidPart"),
        ([one, {"PartNumber": 2, "ETag": one["ETag"]}], "InvalidPart"),
        ([], "MalformedXML"),
    ):
        assert await code_of(complete(objects, id_, wrong)) == (code, 400)
    small, parts = await begin(objects, b"1", b"2")
    assert (await code_of(complete(objects, small, parts)))[0] == "EntityTooSmall"
    assert (await code_of(objects.call("get_object")))[0] == "NoSuchKey"
    await complete(objects, id_, listed)


async def test_an_upload_that_is_given_up(objects: Objects) -> None:
    """Its parts are gone, and it takes no more of them."""
    id_, listed = await begin(objects, b"1")
    await objects.call("abort_multipart_upload", UploadId=id_)
    assert objects.files() == []
    gone = ("NoSuchUpload", 404)
    part = {"UploadId": id_, "PartNumber": 1}
    assert await code_of(objects.call("upload_part", Body=b"x", **part)) == gone
    assert await code_of(objects.call("abort_multipart_upload", UploadId=id_)) == gone
    assert await code_of(complete(objects, id_, listed)) == gone
    other = objects.call("upload_part", Key="other", Body=b"x", **part)
    assert await code_of(other) == gone


@pytest.mark.parametrize("number", [0, 10_001])
async def test_numbers_of_parts(objects: Objects, number: int) -> None:
    """From 1 to 10,000."""
    id_, _ = await begin(objects)
    call = objects.call("upload_part", UploadId=id_, PartNumber=number, Body=b"x")
    assert await code_of(call) == ("InvalidArgument", 400)


async def test_a_document_that_means_harm(objects: Objects) -> None:
    """Entities are not expanded."""
    id_, _ = await begin(objects, b"1")
    bomb = (
        b'<!DOCTYPE a [<!ENTITY b "bbbb">]><CompleteMultipartUpload>&b;</CompleteMultipartUpload>'
    )
    url = objects.url("complete_multipart_upload", UploadId=id_)
    async with objects.http.post(url, data=bomb) as answer:
        assert answer.status == 400
        assert "<Code>MalformedXML</Code>" in await answer.text()


async def test_permissions(objects: Objects) -> None:
    """Who may put objects may upload in parts, and needs one more to give up."""
    client = objects.client(role_keys("uploader", "s3:PutObject"))
    id_ = (await objects.call("create_multipart_upload", client))["UploadId"]
    part = {"UploadId": id_, "PartNumber": 1, "Body": b"x"}
    await objects.call("upload_part", client, **part)
    for call in ("abort_multipart_upload", "list_parts"):
        assert (await code_of(objects.call(call, client, UploadId=id_)))[0] == "AccessDenied"
