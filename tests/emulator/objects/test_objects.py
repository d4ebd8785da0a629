"""The S3 subset with a real boto3 client and with presigned URLs, as a browser uses them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, strategies as st
from starlette.applications import Starlette

from emulator.clock import Clock, Entropy
from emulator.iam.credentials import KeyRing
from emulator.iam.sigv4 import Verifier
from emulator.listeners import bind, port_of, serving
from emulator.objects import endpoint as endpoint_module
from emulator.objects.endpoint import ObjectsEndpoint, _lets_in
from emulator.objects.store import ObjectStore
from emulator.template.model import Bucket
from tests.fakes import FakeEntropy


ROLES: dict[str, tuple[dict[str, Any], ...]] = {}
KEYS = KeyRing(b"secret", "000000000000", ROLES)


@dataclass
class Objects:
    """A running endpoint with one bucket."""

    port: int
    folder: Path
    http: aiohttp.ClientSession

    def client(self, keys: Any = KEYS.operator) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token or None,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                retries={"total_max_attempts": 1},
            ),
        )

    async def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        run = getattr(self.client(), operation)
        answer: dict[str, Any] = await asyncio.to_thread(
            run, **{"Bucket": "files", "Key": "k", **parameters}
        )
        if "Body" in answer:
            answer["Body"] = await asyncio.to_thread(answer["Body"].read)
        return answer

    def url(self, operation: str, expires: int = 60, **parameters: Any) -> str:
        url: str = self.client().generate_presigned_url(
            operation, Params={"Bucket": "files", "Key": "k", **parameters}, ExpiresIn=expires
        )
        return url


@pytest.fixture
async def objects(tmp_path: Path) -> AsyncIterator[Objects]:
    clock, entropy = Clock(), Entropy()
    store = ObjectStore(tmp_path / "objects", entropy)
    buckets = (Bucket("Files", "files", ("https://app.example", "http://localhost:*")),)
    endpoint = ObjectsEndpoint(buckets, store, Verifier(KEYS, clock), clock, entropy)
    with contextlib.ExitStack() as unused:
        sockets = bind("127.0.0.1", 0)
        for each in (sockets.edge, sockets.aws):
            unused.callback(each.close)
        async with (
            serving(Starlette(routes=[endpoint.route()]), sockets.objects),
            aiohttp.ClientSession() as http,
        ):
            yield Objects(port_of(sockets.objects), tmp_path, http)


async def code_of(call: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        await call
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


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
        for path in objects.folder.rglob("*")
        if path.is_file() and objects.folder / "objects" / "files" not in path.parents
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
    for call in (
        objects.call("put_object_tagging", Tagging=tags),
        objects.call("put_object_acl", ACL="private"),
        objects.call("get_object_tagging"),
        objects.call("delete_object_tagging"),
        objects.call("copy_object", CopySource="files/none"),
        objects.call("upload_part", UploadId="1", PartNumber=1, Body=b"part"),
    ):
        assert await code_of(call) == ("NotImplemented", 501)
    assert (await objects.call("get_object"))["Body"] == b"precious"


async def test_too_large(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than is kept here is refused, and nothing is stored."""
    monkeypatch.setattr(endpoint_module, "MAX_OBJECT", 10)
    await objects.call("put_object", Body=b"x" * 10)
    assert await code_of(objects.call("put_object", Key="l", Body=b"x" * 11)) == (
        "EntityTooLarge",
        400,
    )
    assert (await code_of(objects.call("get_object", Key="l")))[0] == "NoSuchKey"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://app.example", True),
        ("http://localhost:8080", True),
        ("http://localhost:5173", True),
        ("https://evil.example", False),
        ("http://localhost.evil.example", False),
        ("https://app.example.evil.example", False),
        ("null", False),
    ],
)
async def test_cors(objects: Objects, origin: str, allowed: bool) -> None:
    """Pages of the template's origins may read answers, errors too; no others."""
    url = objects.url("get_object")
    for request in (
        objects.http.options(url, headers={"Origin": origin}),
        objects.http.get(url, headers={"Origin": origin}),
    ):
        async with request as answer:
            allow = answer.headers.get("Access-Control-Allow-Origin")
            assert allow == (origin if allowed else None)


@pytest.mark.parametrize(
    ("rule", "origin", "allowed"),
    [
        ("*", "https://any", True),
        ("https://*.example", "https://a.example", True),
        ("https://*.example", "https://a.example.org", False),
        ("https://a*", "https://a", True),
        ("https://ab*bc", "https://abc", False),
        ("https://a", "https://a.b", False),
    ],
)
def test_origins_with_a_wildcard(rule: str, origin: str, allowed: bool) -> None:
    """One star stands for any run of characters, and its two sides do not overlap."""
    assert _lets_in(rule, origin) is allowed


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.binary(max_size=100))
def test_the_store_keeps_what_it_was_given(
    tmp_path_factory: pytest.TempPathFactory, key: str, body: bytes
) -> None:
    """Bytes, type, size and time come back for any key."""
    store = ObjectStore(tmp_path_factory.mktemp("store"), FakeEntropy())
    info = store.put("b", key, body, "a/b", 12.5)
    assert store.info("b", key) == info
    assert (info.key, info.size, info.content_type, info.modified) == (key, len(body), "a/b", 12.5)
    assert store.file("b", key).read_bytes() == body
    assert store.info("b", f"{key}x") is None
    assert store.info("c", key) is None
    store.delete("b", key)
    assert store.info("b", key) is None


@pytest.mark.parametrize(
    ("operation", "allowed"), [("put_object", True), ("get_object", False), ("head_object", False)]
)
async def test_a_role_may_do_what_its_policies_allow(
    objects: Objects, operation: str, allowed: bool
) -> None:
    """A presigned URL is worth no more than the role that signed it."""
    policy = {
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::files/k",
        }
    }
    ROLES[role := "arn:aws:iam::000000000000:role/writer"] = (policy,)
    keys = KEYS.add_role(role, "f")
    await objects.call("put_object", Body=b"x")
    url = objects.client(keys).generate_presigned_url(
        operation, Params={"Bucket": "files", "Key": "k"}
    )
    method = operation.partition("_")[0]
    async with objects.http.request(method, url) as answer:
        assert (answer.status == 200) is allowed
        if not allowed and method != "head":
            assert "<Code>AccessDenied</Code>" in await answer.text()
