"""ListObjectsV2, ListObjects and what a bucket says of itself."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, strategies as st

from emulator.objects.index import Stored
from emulator.objects.listing import Query, page
from tests.emulator.objects.running import Objects, code_of, role_keys


KEYS = ["a", "a/1", "a/2", "a/b/3", "b c&d<", "z", "ü"]


async def fill(objects: Objects) -> None:
    for key in KEYS:
        await objects.call("put_object", Key=key, Body=key.encode())


async def every(objects: Objects, **parameters: Any) -> tuple[list[str], list[str]]:
    """All pages of boto3's paginator: keys and prefixes."""
    paginator = objects.client().get_paginator("list_objects_v2")
    size = {"PageSize": parameters.pop("page", 1000)}
    pages = paginator.paginate(Bucket="files", PaginationConfig=size, **parameters)
    found = await asyncio.to_thread(lambda: list(pages))
    keys = [each["Key"] for answer in found for each in answer.get("Contents", [])]
    prefixes = [each["Prefix"] for answer in found for each in answer.get("CommonPrefixes", [])]
    return keys, prefixes


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
async def test_pages(objects: Objects, size: int) -> None:
    """In the order of UTF-8, however small the pages; folders are rolled up once."""
    await fill(objects)
    assert await every(objects, page=size) == (KEYS, [])
    assert await every(objects, page=size, Prefix="a/") == (["a/1", "a/2", "a/b/3"], [])
    assert await every(objects, page=size, Delimiter="/") == (["a", "b c&d<", "z", "ü"], ["a/"])
    assert await every(objects, page=size, Prefix="a/", Delimiter="/") == (
        ["a/1", "a/2"],
        ["a/b/"],
    )
    assert await every(objects, page=size, StartAfter="a/2") == (KEYS[3:], [])
    assert await every(objects, page=size, Prefix="none") == ([], [])


async def test_what_is_said_of_each(objects: Objects) -> None:
    """Size, ETag and time; the counts of the page."""
    await fill(objects)
    answer = await objects.call("list_objects_v2", Prefix="a/", MaxKeys=1)
    assert (answer["KeyCount"], answer["MaxKeys"], answer["IsTruncated"]) == (1, 1, True)
    head = await objects.call("head_object", Key="a/1")
    (listed,) = answer["Contents"]
    assert (listed["Size"], listed["ETag"]) == (3, head["ETag"])
    assert abs((listed["LastModified"] - head["LastModified"]).total_seconds()) < 1


async def test_the_older_form(objects: Objects) -> None:
    """Goes on by a marker."""
    await fill(objects)
    paginator = objects.client().get_paginator("list_objects")
    pages = paginator.paginate(Bucket="files", PaginationConfig={"PageSize": 2}, Delimiter="/")
    found = await asyncio.to_thread(lambda: list(pages))
    keys = [each["Key"] for answer in found for each in answer.get("Contents", [])]
    assert keys == ["a", "b c&d<", "z", "ü"]


async def test_bad_input(objects: Objects) -> None:
    """In S3's words."""
    for parameters in ({"MaxKeys": -1}, {"ContinuationToken": "%%"}):
        call = objects.call("list_objects_v2", **parameters)
        assert await code_of(call) == ("InvalidArgument", 400)
    reader = objects.client(role_keys("no-lister", "s3:GetObject"))
    assert (await code_of(objects.call("list_objects_v2", reader)))[0] == "AccessDenied"


async def test_the_bucket_itself(objects: Objects) -> None:
    """It is there, where, and beside which others."""
    await objects.call("head_bucket")
    assert (await code_of(objects.call("head_bucket", Bucket="none")))[1] == 404
    assert (await objects.call("get_bucket_location"))["LocationConstraint"] is None
    listed = await asyncio.to_thread(objects.client().list_buckets)
    assert [bucket["Name"] for bucket in listed["Buckets"]] == ["files", "plain"]


@given(
    st.sets(st.text(alphabet="a/b\U0010ffff", min_size=1, max_size=5), max_size=15),
    st.text(alphabet="a/", max_size=2),
    st.sampled_from(["", "/", "a"]),
    st.integers(1, 4),
)
def test_pages_join(keys: set[str], prefix: str, delimiter: str, limit: int) -> None:
    """Whatever the keys are: what the pages hold is what one page would, each once, in order."""
    there = [Stored(key, "", 0, "", 0, {}) for key in sorted(keys) if key.startswith(prefix)]

    def after(key: str) -> list[Stored]:
        return [stored for stored in there if stored.key > key]

    found, last, more = list[str](), "", True
    while more:
        part = page(after, Query(prefix, delimiter, last, limit))
        assert part.count <= limit
        found += sorted([stored.key for stored in part.objects] + part.prefixes)
        last, more = part.last, part.more
    expected = {
        prefix + head + delimiter
        if delimiter
        and delimiter in (rest := stored.key[len(prefix) :])
        and (head := rest.partition(delimiter)[0]) is not None
        else stored.key
        for stored in there
    }
    assert found == sorted(expected)
