"""Ranges (RFC 9110, section 14), and large objects, which nobody holds in memory."""

import pytest
from hypothesis import given, strategies as st

from emulator.objects.errors import S3Error
from emulator.objects.ranges import span
from tests.emulator.objects.running import Objects


@pytest.mark.parametrize(
    ("header", "status", "body", "content_range"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-30", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=8-100", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=-0", 416, None, "bytes */10"),
        ("bytes=4-2", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
    ],
)
async def test_ranges(
    objects: Objects, header: str, status: int, body: bytes | None, content_range: str | None
) -> None:
    """Parts of an object can be asked for, as media players do; what is no range is passed over."""
    await objects.call("put_object", Body=b"0123456789")
    async with objects.http.get(objects.url("get_object"), headers={"Range": header}) as answer:
        assert answer.status == status
        assert answer.headers.get("Content-Range") == content_range
        text = await answer.read()
        if body is None:
            assert b"<Code>InvalidRange</Code>" in text
        else:
            assert text == body
            assert answer.headers["Content-Length"] == str(len(body))


async def test_a_range_of_another_object(objects: Objects) -> None:
    """If-Range: of an object that has changed meanwhile all is sent."""
    etag = (await objects.call("put_object", Body=b"0123456789"))["ETag"]
    url = objects.url("get_object")
    for condition, status in ((etag, 206), ('"other"', 200)):
        headers = {"Range": "bytes=0-1", "If-Range": condition}
        async with objects.http.get(url, headers=headers) as answer:
            assert answer.status == status


async def test_head_has_the_headers_of_get(objects: Objects) -> None:
    """Its length and type, and no body."""
    await objects.call("put_object", Body=b"0123456789", ContentType="text/plain")
    async with objects.http.head(objects.url("head_object")) as answer:
        assert (answer.headers["Content-Length"], await answer.read()) == ("10", b"")


@given(st.text(max_size=12), st.integers(0, 20))
def test_any_header(header: str, size: int) -> None:
    """Whatever is asked for, the answer lies within the object or is an error of S3's."""
    try:
        found = span("bytes=" + header, size)
    except S3Error as error:
        assert error.status == 416  # noqa: PT017 - the other outcome is no failure
    else:
        assert found is None or 0 <= found[0] <= found[1] < size


async def test_a_reader_keeps_what_it_reads(objects: Objects) -> None:
    """An object that is replaced and deleted while somebody reads it is read to its end."""
    body = bytes(range(256)) * 40_000
    await objects.call("put_object", Body=body)
    async with objects.http.get(objects.url("get_object")) as answer:
        start = await answer.content.readexactly(1000)
        await objects.call("put_object", Body=b"other")
        await objects.call("delete_object")
        assert start + await answer.read() == body
