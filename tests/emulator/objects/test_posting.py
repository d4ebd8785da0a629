"""Uploads by form: what boto3's generate_presigned_post signs, and what is not let through."""

import base64
import hashlib
import io
import json
from typing import Any

import aiohttp
import pytest
from hypothesis import given, strategies as st

from emulator.objects import call as call_module
from emulator.objects.errors import S3Error
from emulator.objects.form import Form
from emulator.objects.post_policy import check
from tests.emulator.objects.running import Objects, code_of, role_keys


Fields = dict[str, str]

HELLO = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
"""The SHA-256 of `hello` in base64."""


def signed(objects: Objects, keys: Any = None, **options: Any) -> Fields:
    """The fields of a form for the key `k`, five bytes of text at most, and what it adds."""
    client = objects.client(keys) if keys else objects.client()
    fields = {"Content-Type": "text/plain", **options.pop("fields", {})}
    conditions = [{name: value} for name, value in fields.items()]
    conditions += options.pop("conditions", [["content-length-range", 1, 5]])
    key = options.pop("key", "k")
    form = client.generate_presigned_post("files", key, fields, conditions, **options)
    assert form["url"] == f"{objects.base}/files"
    found: Fields = form["fields"]
    return found


async def post(objects: Objects, fields: Fields, content: bytes = b"hello") -> tuple[int, str, Any]:
    """Post it as a browser does; status, S3's code if it was refused, headers."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("file", io.BytesIO(content), filename="a b.txt", content_type="text/html")
    url = f"{objects.base}/files"
    async with objects.http.post(url, data=form, allow_redirects=False) as answer:
        text = await answer.text()
        code = text.partition("<Code>")[2].partition("</Code>")[0]
        return answer.status, code, answer.headers


async def test_a_form_is_posted(objects: Objects) -> None:
    """The object has the type that was signed, whatever the browser said of the file."""
    fields = signed(objects, fields={"Content-Disposition": "attachment"})
    status, code, headers = await post(objects, fields)
    assert (status, code) == (204, "")
    assert headers["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    found = await objects.call("get_object")
    assert (found["Body"], found["ContentType"]) == (b"hello", "text/plain")
    assert found["ContentDisposition"] == "attachment"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"key": "other"}, 403, "AccessDenied"),
        ({"Content-Type": "text/html"}, 403, "AccessDenied"),
        ({"x-amz-meta-more": "1"}, 403, "AccessDenied"),
        ({"policy": base64.b64encode(b'{"conditions":[]}').decode()}, 403, "SignatureDoesNotMatch"),
        ({"x-amz-signature": "0" * 64}, 403, "SignatureDoesNotMatch"),
        (
            {"x-amz-credential": "AKIAX/20270101/us-east-1/s3/aws4_request"},
            403,
            "InvalidAccessKeyId",
        ),
        ({"x-amz-credential": "x"}, 400, "AuthorizationHeaderMalformed"),
        ({"policy": None}, 403, "AccessDenied"),
        ({"x-amz-signature": None}, 403, "AccessDenied"),
        ({"x-ignore-me": "1"}, 204, ""),
    ],
)
async def test_a_form_that_was_changed(
    objects: Objects, change: dict[str, str | None], status: int, code: str
) -> None:
    """Every field is held to the policy, and the policy to its signature."""
    fields = {
        name: value for name, value in (signed(objects) | change).items() if value is not None
    }
    assert (await post(objects, fields))[:2] == (status, code)
    assert len(objects.files()) == (status == 204)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "EntityTooSmall"),
        (b"x", 204, ""),
        (b"x" * 5, 204, ""),
        (b"x" * 6, 400, "EntityTooLarge"),
        (b"x" * 3_000_000, 400, "EntityTooLarge"),
    ],
)
async def test_sizes(objects: Objects, content: bytes, status: int, code: str) -> None:
    """content-length-range counts the file alone; nothing of what is too much stays."""
    assert (await post(objects, signed(objects), content))[:2] == (status, code)
    assert len(objects.files()) == (status == 204)


async def test_a_form_ends(objects: Objects) -> None:
    """When its policy says so."""
    fields = signed(objects, ExpiresIn=60)
    objects.clock.moved = 61
    assert (await post(objects, fields))[:2] == (403, "AccessDenied")
    objects.clock.moved = 50
    assert (await post(objects, fields))[0] == 204


async def test_a_form_is_worth_what_its_signer_is(objects: Objects) -> None:
    """A function's role may sign for one folder; its form for another is refused."""
    keys = role_keys("poster", "s3:PutObject", resource="arn:aws:s3:::files/new/*")
    assert (await post(objects, signed(objects, keys, key="new/k")))[0] == 204
    assert (await post(objects, signed(objects, keys)))[:2] == (403, "AccessDenied")
    without = signed(objects, keys, key="new/k")
    del without["x-amz-security-token"]
    assert (await post(objects, without))[0] in {400, 403}
    stolen = signed(objects, keys, key="new/k") | {"x-amz-security-token": "x"}
    assert (await post(objects, stolen))[0] in {400, 403}


async def test_a_digest_binds_the_content(objects: Objects) -> None:
    """With a checksum in the policy no other file is taken."""
    fields = signed(objects, fields={"x-amz-checksum-sha256": HELLO})
    assert (await post(objects, fields, b"evil!"))[:2] == (400, "BadDigest")
    assert (await post(objects, fields))[0] == 204


async def test_the_name_of_the_file(objects: Objects) -> None:
    """`${filename}` in a key that may begin in some way is what the browser calls the file."""
    fields = signed(objects, key="dir/${filename}")
    assert (await post(objects, fields))[0] == 204
    assert (await objects.call("get_object", Key="dir/a b.txt"))["Body"] == b"hello"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"success_action_status": "200"}, 200),
        ({"success_action_status": "201"}, 201),
        ({"success_action_status": "500"}, 204),
        ({"success_action_redirect": "https://app.example/done?a=1"}, 303),
        ({"success_action_redirect": "javascript:alert(1)"}, 204),
    ],
)
async def test_answers(objects: Objects, fields: Fields, status: int) -> None:
    """The status that the form asks for, or the page to go on to."""
    found = await post(objects, signed(objects, fields=fields))
    assert found[0] == status
    if status == 303:
        wanted = "https://app.example/done?a=1&bucket=files&key=k&etag=%22"
        assert found[2]["Location"].startswith(wanted)


async def test_what_is_no_form(objects: Objects) -> None:
    """In S3's words."""
    url = f"{objects.base}/files"
    async with objects.http.post(url, data=b"{}", headers={"Content-Type": "a/b"}) as answer:
        assert (answer.status, "PreconditionFailed" in await answer.text()) == (412, True)
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    async with objects.http.post(url, data=b"nonsense", headers=kind) as answer:
        assert (answer.status, "MalformedPOSTRequest" in await answer.text()) == (400, True)
    fields = signed(objects) | {"x-ignore-much": "x" * 20_001}
    assert (await post(objects, fields))[:2] == (400, "MaxPostPreDataLengthExceeded")
    body = aiohttp.FormData(signed(objects), default_to_multipart=True)
    async with objects.http.post(url, data=body) as answer:
        assert (answer.status, "InvalidArgument" in await answer.text()) == (400, True)


def policy(*conditions: Any, expiration: str = "2100-01-01T00:00:00Z") -> str:
    """A policy in base64."""
    document = {"expiration": expiration, "conditions": list(conditions)}
    return base64.b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize(
    ("condition", "fields", "holds"),
    [
        (["eq", "$key", "a"], {"key": "a"}, True),
        (["EQ", "$Key", "a"], {"key": "a"}, True),
        (["eq", "$key", "a"], {"key": "b"}, False),
        (["eq", "$acl", "a"], {"key": "a"}, False),
        ({"key": "a"}, {"key": "a"}, True),
        ({"bucket": "files"}, {}, True),
        ({"bucket": "other"}, {}, False),
        (["starts-with", "$key", "u/"], {"key": "u/1"}, True),
        (["starts-with", "$key", "u/"], {"key": "v/1"}, False),
        (["starts-with", "$key", ""], {"key": "anything"}, True),
        (["starts-with", "$Content-Type", "image/"], {"content-type": "image/a,image/b"}, True),
        (["starts-with", "$Content-Type", "image/"], {"content-type": "image/a,text/b"}, False),
    ],
)
def test_conditions(condition: Any, fields: Fields, holds: bool) -> None:
    """As the user guide has them, names in any case."""
    try:
        check(policy(condition), fields, "files", 0)
    except S3Error as error:
        assert not holds
        assert error.code == "AccessDenied"  # noqa: PT017 - the other outcome is no failure
    else:
        assert holds


@pytest.mark.parametrize(
    "text",
    [
        "%%",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b"{").decode(),
        base64.b64encode(b'{"expiration":"soon","conditions":[]}').decode(),
        policy(["like", "$key", "a"]),
        policy(["eq", "key", "a"]),
        policy(["content-length-range", "a", 5]),
        policy({"a": "1", "b": "2"}),
        policy(5),
    ],
)
def test_policies_that_are_none(text: str) -> None:
    """Refused as such, never passed over."""
    with pytest.raises(S3Error) as caught:
        check(text, {}, "files", 0)
    assert caught.value.code == "InvalidPolicyDocument"


@given(st.binary(max_size=3000), st.lists(st.integers(1, 400), min_size=1))
async def test_a_form_in_any_pieces(content: bytes, sizes: list[int]) -> None:
    """However the network cuts it, fields and file are what they were."""
    boundary = hashlib.sha256(content).hexdigest()
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="Key"\r\n\r\nä\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    ).encode()
    body += content + f"\r\n--{boundary}--\r\n".encode()

    async def pieces() -> Any:
        start, number = 0, 0
        while start < len(body):
            size = sizes[number % len(sizes)]
            yield body[start : start + size]
            start, number = start + size, number + 1

    form = Form(f"multipart/form-data; boundary={boundary}", pieces())
    assert await form.fields() == {"key": "ä"}
    assert b"".join([piece async for piece in form.content()]) == content


async def test_too_large(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than S3 takes in one piece is refused while it comes, and nothing is stored."""
    monkeypatch.setattr(call_module, "LARGEST", 10)
    await objects.call("put_object", Body=b"x" * 10)
    call = objects.call("put_object", Key="l", Body=b"x" * 11)
    assert await code_of(call) == ("EntityTooLarge", 400)
    assert (await code_of(objects.call("get_object", Key="l")))[0] == "NoSuchKey"
