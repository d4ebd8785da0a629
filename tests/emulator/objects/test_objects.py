"""Objects one by one, with a real boto3 client and with presigned URLs, as a browser uses them."""

import asyncio
import base64
import hashlib

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator.iam.credentials import KeyRing
from tests.emulator.objects.running import KEYS, Objects, code_of, role_keys
from tests.fakes import until


async def test_an_object_s_life(objects: Objects) -> None:
    """Put, head, get, replace, delete; then it is gone."""
    etag = '"5d41402abc4b2a76b9719d911017c592"'
    put = await objects.call("put_object", Body=b"hello", ContentType="text/plain")
    assert put["ETag"] == etag
    head = await objects.call("head_object")
    assert (head["ContentLength"], head["ContentType"], head["ETag"]) == (5, "text/plain", etag)
    assert (await objects.call("get_object"))["Body"] == b"hello"
    await objects.call("put_object", Body=b"other")
    again = await objects.call("get_object")
    assert (again["Body"], again["ContentType"]) == (b"other", "binary/octet-stream")
    deleted = await objects.call("delete_object")
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    await objects.call("delete_object")
    assert await code_of(objects.call("get_object")) == ("NoSuchKey", 404)
    assert await code_of(objects.call("head_object")) == ("404", 404)


async def test_ranges(objects: Objects) -> None:
    """Parts of an object can be asked for, as media players do."""
    await objects.call("put_object", Body=b"0123456789")
    answer = await objects.call("get_object", Range="bytes=2-4")
    assert answer["Body"] == b"234"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206


@pytest.mark.parametrize(
    "key",
    ["a/b/c.txt", "../../etc/passwd", "..", "a b+c=d&e?f#g", "grüße 🎉", "%2e%2e/x", "a//b", "/a"],
)
async def test_keys(objects: Objects, key: str) -> None:
    """Any key holds its object; none leads out of the folder."""
    await objects.call("put_object", Key=key, Body=key.encode())
    assert (await objects.call("get_object", Key=key))["Body"] == key.encode()
    outside = [
        path
        for path in objects.folder.parent.rglob("*")
        if path.is_file() and objects.folder not in path.parents
    ]
    assert not outside


async def test_presigned_uploads_and_downloads(objects: Objects) -> None:
    """A browser needs no keys: the URL is the permission, for this operation only."""
    put, get = objects.url("put_object"), objects.url("get_object")
    async with objects.http.put(put, data=b"up") as answer:
        assert answer.status == 200
    async with objects.http.get(get) as answer:
        assert (answer.status, await answer.read()) == (200, b"up")
    async with objects.http.get(put) as answer:
        assert answer.status == 403
    async with objects.http.put(get, data=b"x") as answer:
        assert answer.status == 403
    async with objects.http.get(get.replace("/k?", "/other?")) as answer:
        assert answer.status == 403
        assert "<Code>SignatureDoesNotMatch</Code>" in await answer.text()


async def test_presigned_response_headers(objects: Objects) -> None:
    """Who signs the URL says how the browser shall take the file."""
    await objects.call("put_object", Body=b"x", ContentType="text/html")
    url = objects.url(
        "get_object",
        ResponseContentDisposition='attachment; filename="a.txt"',
        ResponseContentType="text/plain",
    )
    async with objects.http.get(url) as answer:
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a.txt"'
        assert answer.headers["Content-Type"].startswith("text/plain")


async def test_stored_pages_cannot_act(objects: Objects) -> None:
    """An uploaded page is served so that no script in it runs and no type is guessed."""
    await objects.call("put_object", Body=b"<script>", ContentType="text/html")
    async with objects.http.get(objects.url("get_object")) as answer:
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_strangers(objects: Objects) -> None:
    """Unsigned requests and unknown keys are refused in S3's own words."""
    await objects.call("put_object", Body=b"x")
    async with objects.http.get(f"http://127.0.0.1:{objects.port}/files/k") as answer:
        assert answer.status == 403
        assert "<Code>AccessDenied</Code>" in await answer.text()
    stranger = objects.client(KeyRing(b"another", "1").operator)
    get = asyncio.to_thread(stranger.get_object, Bucket="files", Key="k")
    assert (await code_of(get))[1] == 403


async def test_an_unknown_bucket(objects: Objects) -> None:
    """A bucket that the template does not have."""
    assert await code_of(objects.call("get_object", Bucket="other")) == ("NoSuchBucket", 404)


async def test_other_operations_do_no_harm(objects: Objects) -> None:
    """What is not supported says so, and never overwrites the object."""
    await objects.call("put_object", Body=b"precious")
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    copy = {"CopySource": "files/k", "UploadId": "1", "PartNumber": 1}
    for call in (
        objects.call("put_object_tagging", Tagging=tags),
        objects.call("put_object_acl", ACL="private"),
        objects.call("get_object_tagging"),
        objects.call("delete_object_tagging"),
        objects.call("upload_part_copy", **copy),
    ):
        assert await code_of(call) == ("NotImplemented", 501)
    assert (await objects.call("get_object"))["Body"] == b"precious"


async def test_headers_come_back(objects: Objects) -> None:
    """What was said of an object at the upload is said with it, in any language."""
    await objects.call(
        "put_object",
        Body=b"x",
        CacheControl="max-age=5",
        ContentDisposition="inline",
        ContentLanguage="de",
        ContentEncoding="gzip",
        Metadata={"who": "ada"},
    )
    head = await objects.call("head_object")
    assert head["Metadata"] == {"who": "ada"}
    kept = ("CacheControl", "ContentDisposition", "ContentLanguage", "ContentEncoding")
    assert [head[name] for name in kept] == ["max-age=5", "inline", "de", "gzip"]
    assert head["AcceptRanges"] == "bytes"
    url = objects.url("get_object", ResponseContentDisposition='attachment; filename="ä.txt"')
    async with objects.http.get(url) as answer:
        raw = dict(answer.raw_headers)[b"content-disposition"]
        assert raw == 'attachment; filename="ä.txt"'.encode()


async def test_a_header_cannot_be_ended(objects: Objects) -> None:
    """A line's end in an override is refused, and makes no header of its own."""
    await objects.call("put_object", Body=b"x")
    url = objects.url("get_object", ResponseContentType="a\r\nSet-Cookie: b")
    async with objects.http.get(url) as answer:
        assert answer.status == 400
        assert "<Code>InvalidArgument</Code>" in await answer.text()


@pytest.mark.parametrize(
    ("header", "wrong", "code"),
    [
        ("ContentMD5", base64.b64encode(b"0" * 16).decode(), "BadDigest"),
        ("ChecksumCRC32", base64.b64encode(b"0" * 4).decode(), "BadDigest"),
        ("ChecksumSHA1", base64.b64encode(b"0" * 20).decode(), "BadDigest"),
        ("ChecksumSHA256", base64.b64encode(b"0" * 32).decode(), "BadDigest"),
    ],
)
async def test_damage_on_the_way(objects: Objects, header: str, wrong: str, code: str) -> None:
    """A checksum that does not fit keeps the object as it was."""
    await objects.call("put_object", Body=b"before")
    assert await code_of(objects.call("put_object", Body=b"after", **{header: wrong})) == (
        code,
        400,
    )
    assert (await objects.call("get_object"))["Body"] == b"before"
    assert len(objects.files()) == 1


async def test_right_checksums(objects: Objects) -> None:
    """Each that fits is taken."""
    sums = {
        "ContentMD5": base64.b64encode(hashlib.md5(b"x", usedforsecurity=False).digest()),
        "ChecksumSHA1": base64.b64encode(hashlib.sha1(b"x", usedforsecurity=False).digest()),
        "ChecksumSHA256": base64.b64encode(hashlib.sha256(b"x").digest()),
    }
    for header, value in sums.items():
        await objects.call("put_object", Body=b"x", **{header: value.decode()})


async def test_another_body_than_was_signed(objects: Objects) -> None:
    """Somebody between client and server cannot change what is uploaded."""
    keys = Credentials(KEYS.operator.access_key_id, KEYS.operator.secret_access_key)
    url = f"{objects.base}/files/k"
    request = AWSRequest("PUT", url, data=b"mine")
    S3SigV4Auth(keys, "s3", "us-east-1").add_auth(request)
    async with objects.http.put(url, data=b"evil", headers=dict(request.headers)) as answer:
        assert answer.status == 400
        assert "<Code>XAmzContentSHA256Mismatch</Code>" in await answer.text()
    assert await code_of(objects.call("get_object")) == ("NoSuchKey", 404)


async def test_conditional_requests(objects: Objects) -> None:
    """Caches ask whether theirs is good still; writers whether nobody was before them."""
    etag = (await objects.call("put_object", Body=b"x"))["ETag"]
    assert await code_of(objects.call("get_object", IfNoneMatch=etag)) == ("304", 304)
    assert await code_of(objects.call("get_object", IfMatch='"other"')) == (
        "PreconditionFailed",
        412,
    )
    assert (await objects.call("get_object", IfMatch=etag))["Body"] == b"x"
    assert (await objects.call("get_object", IfNoneMatch='"other"'))["Body"] == b"x"
    modified = (await objects.call("head_object"))["LastModified"]
    assert await code_of(objects.call("get_object", IfModifiedSince=modified)) == ("304", 304)
    assert (await objects.call("get_object", IfUnmodifiedSince=modified))["Body"] == b"x"
    refused = ("PreconditionFailed", 412)
    assert await code_of(objects.call("put_object", Body=b"y", IfNoneMatch="*")) == refused
    assert await code_of(objects.call("put_object", Body=b"y", IfMatch='"other"')) == refused
    await objects.call("put_object", Body=b"y", IfMatch=etag)
    await objects.call("put_object", Key="new", Body=b"y", IfNoneMatch="*")
    assert await code_of(objects.call("put_object", Key="none", Body=b"y", IfMatch=etag)) == (
        "NoSuchKey",
        404,
    )


async def test_of_many_writers_one_is_first(objects: Objects) -> None:
    """If-None-Match lets one of them through, whoever began first."""
    url = objects.url("put_object")

    async def put(number: int) -> int:
        body, headers = bytes([number]) * 100_000, {"If-None-Match": "*"}
        async with objects.http.put(url, data=body, headers=headers) as answer:
            return answer.status

    assert sorted(await asyncio.gather(*map(put, range(8)))) == [200] + [412] * 7
    assert len(objects.files()) == 1


async def test_copies(objects: Objects) -> None:
    """Bytes, type and ETag are the source's; each lives on without the other."""
    put = await objects.call("put_object", Body=b"x", ContentType="text/plain")
    source = {"Bucket": "files", "Key": "k"}
    copied = await objects.call("copy_object", Key="b ü", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    await objects.call("delete_object")
    found = await objects.call("get_object", Key="b ü")
    assert (found["Body"], found["ContentType"]) == (b"x", "text/plain")
    assert (await code_of(objects.call("copy_object", Key="c", CopySource=source)))[
        0
    ] == "NoSuchKey"
    itself = {"Bucket": "files", "Key": "b ü"}
    assert (await code_of(objects.call("copy_object", Key="b ü", CopySource=itself)))[0] == (
        "InvalidArgument"
    )
    await objects.call(
        "copy_object",
        Key="b ü",
        CopySource=itself,
        MetadataDirective="REPLACE",
        ContentType="a/b",
    )
    assert (await objects.call("head_object", Key="b ü"))["ContentType"] == "a/b"
    await objects.call("copy_object", Bucket="plain", Key="d", CopySource=itself)
    assert (await objects.call("get_object", Bucket="plain", Key="d"))["Body"] == b"x"


async def test_many_are_deleted_at_once(objects: Objects) -> None:
    """Those that the role may; the others are named with the reason."""
    for key in ("a/1", "a/2", "b/1"):
        await objects.call("put_object", Key=key, Body=b"x")
    client = objects.client(
        role_keys("deleter", "s3:DeleteObject", resource="arn:aws:s3:::files/a/*")
    )
    listed = {"Objects": [{"Key": key} for key in ("a/1", "a/none", "b/1")]}
    answer = await objects.call("delete_objects", client, Delete=listed)
    assert [each["Key"] for each in answer["Deleted"]] == ["a/1", "a/none"]
    assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [("b/1", "AccessDenied")]
    left = await objects.call("list_objects_v2")
    assert [each["Key"] for each in left["Contents"]] == ["a/2", "b/1"]


async def test_expired_and_unknown(objects: Objects) -> None:
    """S3's own codes: for a URL that has had its day, a clock that is wrong, a stranger's key."""
    await objects.call("put_object", Body=b"x")
    url = objects.url("get_object", expires=30)
    objects.clock.moved = 31
    async with objects.http.get(url) as answer:
        assert answer.status == 403
        text = await answer.text()
        assert "<Code>AccessDenied</Code><Message>Request has expired</Message>" in text
    objects.clock.moved = 3600
    assert await code_of(objects.call("get_object")) == ("RequestTimeTooSkewed", 403)
    objects.clock.moved = 0
    stranger = objects.client(KeyRing(b"another", "1").operator)
    assert await code_of(objects.call("get_object", stranger)) == ("InvalidAccessKeyId", 403)
    broken = url.replace("X-Amz-Expires=30", "X-Amz-Expires=x")
    async with objects.http.get(broken) as answer:
        assert "<Code>AuthorizationQueryParametersError</Code>" in await answer.text()


async def test_who_may_not_list_does_not_learn_what_is_missing(objects: Objects) -> None:
    """403 for 404, as on AWS; who may list the bucket hears the truth."""
    reader = objects.client(role_keys("reader", "s3:GetObject"))
    assert (await code_of(objects.call("get_object", reader)))[0] == "AccessDenied"
    assert (await code_of(objects.call("get_object")))[0] == "NoSuchKey"


async def test_an_upload_that_breaks_off_leaves_nothing(objects: Objects) -> None:
    """Neither an object nor a file."""
    url = objects.url("put_object")
    _, writer = await asyncio.open_connection("127.0.0.1", objects.port)
    path = url.removeprefix(objects.base)
    head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{objects.port}\r\nContent-Length: 9000000"
    writer.write(head.encode() + b"\r\n\r\n" + b"x" * 3_000_000)
    await writer.drain()
    await until(lambda: len(objects.files()) == 1)
    writer.close()
    await until(lambda: objects.files() == [])
    assert (await code_of(objects.call("get_object")))[0] == "NoSuchKey"


@pytest.mark.parametrize(
    ("operation", "allowed"), [("put_object", True), ("get_object", False), ("head_object", False)]
)
async def test_a_role_may_do_what_its_policies_allow(
    objects: Objects, operation: str, allowed: bool
) -> None:
    """A presigned URL is worth no more than the role that signed it."""
    keys = role_keys("writer", "s3:PutObject", resource="arn:aws:s3:::files/k")
    await objects.call("put_object", Body=b"x")
    url = objects.client(keys).generate_presigned_url(
        operation, Params={"Bucket": "files", "Key": "k"}
    )
    method = operation.partition("_")[0]
    async with objects.http.request(method, url) as answer:
        assert (answer.status == 200) is allowed
        if not allowed and method != "head":
            assert "<Code>AccessDenied</Code>" in await answer.text()
