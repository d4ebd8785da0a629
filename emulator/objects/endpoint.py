"""The S3 operations PutObject, GetObject, HeadObject and DeleteObject, path style, SigV4 checked."""

import asyncio
from email.utils import formatdate
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from emulator.clock import Clock, Entropy
from emulator.errors import AwsError
from emulator.iam.requests import read_body, verify_request
from emulator.iam.sigv4 import UNSIGNED_CHUNKS, SignatureError, Verifier
from emulator.objects.chunked import decode
from emulator.objects.store import ObjectInfo, ObjectStore
from emulator.template.model import Bucket


MAX_OBJECT = 100 * 1024 * 1024
"""Bytes of one upload here; S3 itself takes 5 GiB in one piece."""

_SAFE = {
    # A stored page must not act as anybody: no scripts, no framing, no guessing of types.
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


_ACTIONS = {
    "DELETE": "s3:DeleteObject",
    "GET": "s3:GetObject",
    "HEAD": "s3:GetObject",
    "PUT": "s3:PutObject",
}


class AccessDeniedError(AwsError):
    """The role of whoever signed does not let it."""

    status, code = 403, "AccessDenied"


class NoSuchBucketError(AwsError):
    """The template has no such bucket."""

    status, code = 404, "NoSuchBucket"


class NoSuchKeyError(AwsError):
    """There is no such object."""

    status, code = 404, "NoSuchKey"


class TooLargeError(AwsError):
    """The upload is larger than is kept here."""

    status, code = 400, "EntityTooLarge"


class UnsupportedError(AwsError):
    """An operation of S3 beyond the four."""

    status, code = 501, "NotImplemented"


class ObjectsEndpoint:
    """Serves the template's buckets."""

    def __init__(
        self,
        buckets: tuple[Bucket, ...],
        store: ObjectStore,
        verifier: Verifier,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._buckets = {bucket.name: bucket for bucket in buckets}
        self._store = store
        self._verifier = verifier
        self._clock = clock
        self._entropy = entropy

    def route(self) -> Route:
        """The one route that serves it."""
        methods = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]
        return Route("/{bucket}/{key:path}", self._serve, methods=methods)

    async def _serve(self, request: Request) -> Response:
        bucket = self._buckets.get(request.path_params["bucket"])
        try:
            if bucket is None:
                raise NoSuchBucketError("The specified bucket does not exist")
            response = await self._answer(request, bucket)
        except AwsError as error:
            response = _error_response(error)
        if bucket is not None:
            response.headers.update(_cors(bucket, request))
        response.headers["x-amz-request-id"] = self._entropy.bytes(8).hex().upper()
        return response

    async def _answer(self, request: Request, bucket: Bucket) -> Response:
        if request.method == "OPTIONS":
            return Response()
        too_large = TooLargeError(f"Your upload exceeds {MAX_OBJECT} bytes")
        body = await read_body(request, MAX_OBJECT, too_large)
        try:
            principal = verify_request(self._verifier, request, body, "s3")
        except SignatureError as error:
            raise _denied(error) from error
        if _is_other_operation(request):
            raise UnsupportedError("This operation of S3 is not supported by the emulator.")
        key = request.path_params["key"]
        action, arn = _ACTIONS[request.method], f"arn:aws:s3:::{bucket.name}/{key}"
        if not principal.may(action, arn):
            raise AccessDeniedError(principal.refusal(action, f'"{arn}"'))
        if request.method == "PUT":
            if request.headers.get("x-amz-content-sha256") == UNSIGNED_CHUNKS:
                body = decode(body)
            content_type = request.headers.get("content-type", "binary/octet-stream")
            info = await asyncio.to_thread(
                self._store.put, bucket.name, key, body, content_type, self._clock.now()
            )
            return Response(headers={"ETag": f'"{info.etag}"'})
        if request.method == "DELETE":
            await asyncio.to_thread(self._store.delete, bucket.name, key)
            return Response(status_code=204)
        found = await asyncio.to_thread(self._store.info, bucket.name, key)
        if found is None:
            raise NoSuchKeyError("The specified key does not exist.")
        return FileResponse(self._store.file(bucket.name, key), headers=_headers(found, request))


def _is_other_operation(request: Request) -> bool:
    """Whether it only looks like one of the four: what a query names (`?tagging`), and copying."""
    known = ("response-", "x-amz-", "x-id")
    names = (name.lower() for name in request.query_params)
    return "x-amz-copy-source" in request.headers or not all(
        name.startswith(known) for name in names
    )


def _headers(info: ObjectInfo, request: Request) -> dict[str, str]:
    disposition = request.query_params.get("response-content-disposition")
    return {
        **_SAFE,
        **({"Content-Disposition": disposition} if disposition else {}),
        "Content-Type": request.query_params.get("response-content-type", info.content_type),
        "ETag": f'"{info.etag}"',
        "Last-Modified": formatdate(info.modified, usegmt=True),
    }


def _cors(bucket: Bucket, request: Request) -> dict[str, str]:
    origin = request.headers.get("origin", "")
    if not origin or not any(_lets_in(rule, origin) for rule in bucket.allowed_origins):
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, HEAD, PUT, DELETE",
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Expose-Headers": "ETag",
        "Vary": "Origin",
    }


def _lets_in(rule: str, origin: str) -> bool:
    """An allowed origin may have one `*` in it, which stands for any run of characters.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
    """
    start, star, end = rule.partition("*")
    if not star:
        return rule == origin
    long_enough = len(origin) >= len(start) + len(end)
    return long_enough and origin.startswith(start) and origin.endswith(end)


def _denied(error: SignatureError) -> AwsError:
    """S3 has names of its own for a bad signature."""
    denied = AwsError(error.message)
    denied.status = 403
    missing = error.code == "MissingAuthenticationTokenException"
    denied.code = "AccessDenied" if missing else "SignatureDoesNotMatch"
    return denied


def _error_response(error: AwsError) -> Response:
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
    )
    return Response(xml, error.status, media_type="application/xml")
