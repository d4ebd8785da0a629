"""S3's API, path style: which operation a request is, who may ask for it, and how it is answered."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.clock import Clock, Entropy
from emulator.iam.credentials import Principal
from emulator.iam.requests import verify_request
from emulator.iam.sigv4 import SignatureError, Verifier
from emulator.objects import buckets, cors, multipart, reading, writing, xml
from emulator.objects.call import Call, unknown
from emulator.objects.errors import (
    S3Error,
    access_denied,
    no_such_bucket,
    of_signature,
    unsupported,
)
from emulator.objects.posting import post
from emulator.objects.store import ObjectStore
from emulator.template.model import Bucket


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """What is done, the permission that it takes, and what else may stand in its query."""

    run: Callable[[ObjectStore, Call], Awaitable[Response]]
    action: str
    parameters: frozenset[str] = frozenset()


_LISTING = frozenset({"prefix", "delimiter", "max-keys", "encoding-type"})
_UPLOAD = frozenset({"uploadId", "partNumber"})

ON_OBJECT: Mapping[tuple[str, str], Operation] = {
    ("GET", ""): Operation(reading.get, "s3:GetObject"),
    ("HEAD", ""): Operation(reading.get, "s3:GetObject"),
    ("PUT", ""): Operation(writing.put, "s3:PutObject"),
    ("PUT", "copy"): Operation(writing.copy, "s3:PutObject"),
    ("DELETE", ""): Operation(writing.delete, "s3:DeleteObject"),
    ("POST", "uploads"): Operation(multipart.create, "s3:PutObject"),
    ("PUT", "uploadId"): Operation(multipart.put_part, "s3:PutObject", _UPLOAD),
    ("POST", "uploadId"): Operation(multipart.complete, "s3:PutObject", _UPLOAD),
    ("DELETE", "uploadId"): Operation(multipart.abort, "s3:AbortMultipartUpload", _UPLOAD),
    ("GET", "uploadId"): Operation(
        multipart.list_parts,
        "s3:ListMultipartUploadParts",
        frozenset({"max-parts", "part-number-marker", "encoding-type"}),
    ),
}
"""By method and the name in the query that tells operations apart."""

ON_BUCKET: Mapping[tuple[str, str], Operation] = {
    ("HEAD", ""): Operation(buckets.head, "s3:ListBucket"),
    ("GET", ""): Operation(buckets.list_v1, "s3:ListBucket", _LISTING | {"marker"}),
    ("GET", "list-type"): Operation(
        buckets.list_v2,
        "s3:ListBucket",
        _LISTING | {"continuation-token", "start-after", "fetch-owner"},
    ),
    ("GET", "location"): Operation(buckets.location, "s3:GetBucketLocation"),
    ("GET", "uploads"): Operation(
        multipart.list_uploads, "s3:ListBucketMultipartUploads", _LISTING
    ),
    # Each key's own permission is looked at one by one.
    ("POST", "delete"): Operation(writing.delete_many, ""),
}


class ObjectsEndpoint:
    """Serves the template's buckets."""

    def __init__(
        self,
        template_buckets: tuple[Bucket, ...],
        store: ObjectStore,
        verifier: Verifier,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._buckets = {bucket.name: bucket for bucket in template_buckets}
        self._store = store
        self._verifier = verifier
        self._clock = clock
        self._entropy = entropy

    def route(self) -> Route:
        """The one route that serves it."""
        methods = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"]
        return Route("/{path:path}", self._serve, methods=methods)

    async def _serve(self, request: Request) -> Response:
        name, _, key = request.path_params["path"].partition("/")
        bucket = self._buckets.get(name)
        try:
            response = await self._answer(request, name, bucket, key)
        except S3Error as error:
            response = _error(error, request)
        except ClientDisconnect:
            raise
        except OSError as error:
            logger.exception("an object could not be read or written")
            response = _error(_internal(error), request)
        if bucket is not None and request.method != "OPTIONS":
            origin = request.headers.get("origin")
            response.headers.update(cors.headers(bucket.cors, request.method, origin))
        response.headers["x-amz-request-id"] = self._entropy.bytes(8).hex().upper()
        return response

    async def _answer(
        self, request: Request, name: str, bucket: Bucket | None, key: str
    ) -> Response:
        if not name and request.method == "GET":
            _require(self._signer(request), "s3:ListAllMyBuckets", "*")
            return buckets.names(self._buckets.values())
        if bucket is None:
            raise no_such_bucket(name)
        if request.method == "OPTIONS":
            return Response(headers=cors.preflight(bucket.cors, request.headers))
        if request.method == "POST" and not key and not request.query_params:
            return await post(self._store, self._verifier, bucket, request, self._clock.now())
        call = Call(request, bucket, key, self._signer(request))
        operation = _operation(call)
        if operation.action:
            call.require(operation.action, call.arn)
        return await operation.run(self._store, call)

    def _signer(self, request: Request) -> Principal:
        try:
            # The body comes later; it is held to the hash that was signed.
            return verify_request(self._verifier, request, None, "s3")
        except SignatureError as error:
            presigned = "authorization" not in request.headers
            raise of_signature(error, presigned=presigned) from error


def _operation(call: Call) -> Operation:
    """What is asked for; raises `S3Error` for what only looks like something that is known."""
    table = ON_OBJECT if call.key else ON_BUCKET
    method = call.request.method
    markers = [marker for kind, marker in table if kind == method and marker in call.query]
    marker = markers[0] if markers else ""
    if not marker and "x-amz-copy-source" in call.headers:
        marker = "copy"
    found = table.get((method, marker))
    if found is None or unknown(call.query, found.parameters | {marker}):
        raise unsupported("This operation of S3")
    return found


def _require(principal: Principal, action: str, arn: str) -> None:
    if not principal.may(action, arn):
        raise access_denied(principal.refusal(action, f'"{arn}"'))


def _internal(_error: OSError) -> S3Error:
    return S3Error(500, "InternalError", "We encountered an internal error. Please try again.")


def _error(error: S3Error, request: Request) -> Response:
    nodes = [
        ("Code", error.code),
        ("Message", error.message),
        *error.details.items(),
        ("Resource", request.url.path),
    ]
    response = xml.error(nodes, error.status)
    if error.status == 416:
        response.headers["content-range"] = f"bytes */{error.details['ActualObjectSize']}"
    return response
