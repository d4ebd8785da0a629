"""One request of S3's API, and the parts of it that several operations need."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from emulator.iam.credentials import Principal
from emulator.iam.sigv4 import UNSIGNED_CHUNKS
from emulator.objects.checksums import Checksums
from emulator.objects.chunked import Chunks
from emulator.objects.content import Sink
from emulator.objects.errors import (
    S3Error,
    access_denied,
    incomplete_body,
    invalid_argument,
    too_large,
)
from emulator.template.model import Bucket


LARGEST = 5 * 1024**3
"""Bytes of one upload; https://docs.aws.amazon.com/general/latest/gr/s3.html"""

LARGEST_DOCUMENT = 1024 * 1024

_PATIENCE = 20.0
"""Seconds that S3 waits for the next bytes of a body (RequestTimeout)."""

_KEPT = frozenset(
    {
        *("cache-control", "content-disposition", "content-encoding", "content-language"),
        *("content-type", "expires"),
    }
)
_META = "x-amz-meta-"


@dataclass(frozen=True, slots=True)
class Call:
    """A request on a bucket, or on a key of it, and who signed it."""

    request: Request
    bucket: Bucket
    key: str
    principal: Principal

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name."""
        return self.request.headers

    @property
    def query(self) -> Mapping[str, str]:
        """By name."""
        return self.request.query_params

    @property
    def arn(self) -> str:
        """The object, or the bucket if no key is named."""
        return f"arn:aws:s3:::{self.bucket.name}" + (f"/{self.key}" if self.key else "")

    def require(self, action: str, arn: str) -> None:
        """Raises `S3Error` unless whoever signed may do this."""
        if not self.principal.may(action, arn):
            raise access_denied(self.principal.refusal(action, f'"{arn}"'))

    @property
    def may_know(self) -> bool:
        """Whether whoever signed may learn what is not there; others hear 403 for 404.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        """
        return self.principal.may("s3:ListBucket", f"arn:aws:s3:::{self.bucket.name}")

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A number in the query; raises `S3Error`."""
        text = self.query.get(name, str(default))
        if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
            raise invalid_argument(f"{name} must be an integer between {least} and {most}.")
        return int(text)


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes; raises `S3Error` when it stops coming."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(_PATIENCE):
                piece = await anext(stream, None)
        except TimeoutError:
            message = (
                "Your socket connection to the server was not read from or written to within the "
                "timeout period."
            )
            raise S3Error(400, "RequestTimeout", message) from None
        if piece is None:
            return
        yield piece


async def receive(request: Request, sink: Sink) -> None:
    """Take the body into a sink, held to what its headers say of it; raises `S3Error`."""
    headers = request.headers
    chunked = headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    if chunked and headers["x-amz-content-sha256"] != UNSIGNED_CHUNKS:
        raise S3Error(501, "NotImplemented", "Signed chunks are not supported by the emulator.")
    chunks = Chunks() if chunked else None
    async for piece in pieces(request):
        await sink.write(chunks.feed(piece) if chunks else piece)
        if sink.size > LARGEST:
            raise too_large(None, LARGEST)
    said = dict(headers)
    if chunks:
        chunks.end()
        said |= chunks.trailer
    if sink.size != int(headers.get("x-amz-decoded-content-length", sink.size)):
        raise incomplete_body()
    await sink.check(said)


async def document(request: Request) -> bytes:
    """A small body, held to what its headers say of it; raises `S3Error`."""
    body = bytearray()
    async for piece in pieces(request):
        body += piece
        if len(body) > LARGEST_DOCUMENT:
            raise too_large(None, LARGEST_DOCUMENT)
    checksums = Checksums(request.headers)
    checksums.update(body)
    checksums.check(request.headers)
    return bytes(body)


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """What of the headers (or fields of a form) of an upload is stored, by lower-case name."""
    found = {
        name: header_value(name, value)
        for name, value in headers.items()
        if name in _KEPT or name.startswith(_META)
    }
    # `aws-chunked` is how the body came, not what it is.
    encodings = found.pop("content-encoding", "").split(",")
    plain = ",".join(each.strip() for each in encodings if each.strip() not in {"", "aws-chunked"})
    return {
        "content-type": "binary/octet-stream",
        **found,
        **({"content-encoding": plain} if plain else {}),
    }


def header_value(name: str, value: str) -> str:
    """A text as it can stand in a header; raises `S3Error` for one that would end it."""
    if any(ord(each) < 32 or ord(each) == 127 for each in value):
        raise invalid_argument(f"The value of {name} contains characters no header can have.")
    # Starlette encodes headers so; what is beyond goes out as UTF-8.
    return value if value.isascii() else value.encode().decode("latin-1")


def unknown(names: Iterable[str], known: frozenset[str]) -> list[str]:
    """Names in a query that stand for something else than was understood."""
    passed = ("response-", "x-amz-", "x-id")
    return [name for name in names if name not in known and not name.lower().startswith(passed)]
