"""A running endpoint with two buckets, and how tests call it."""

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
from starlette.applications import Starlette

from emulator.clock import Clock, Entropy
from emulator.iam.credentials import KeyRing
from emulator.iam.sigv4 import Verifier
from emulator.listeners import bind, port_of, serving
from emulator.objects.endpoint import ObjectsEndpoint
from emulator.objects.store import ObjectStore
from emulator.template.model import Bucket, CorsRule


ROLES: dict[str, tuple[dict[str, Any], ...]] = {}
KEYS = KeyRing(b"secret", "000000000000", ROLES)

RULES = (
    CorsRule(
        ("https://app.example", "http://localhost:*"), ("GET", "POST"), ("x-*",), ("ETag",), 5
    ),
    CorsRule(("*",), ("HEAD",)),
)
BUCKETS = (Bucket("Files", "files", RULES), Bucket("Plain", "plain"))


class MovableClock(Clock):
    """The time of day, until it is moved: clients sign with their own."""

    moved = 0.0

    def now(self) -> float:
        return super().now() + self.moved


@dataclass
class Objects:
    """The endpoint and its store."""

    port: int
    store: ObjectStore
    folder: Path
    clock: MovableClock
    http: aiohttp.ClientSession

    @property
    def base(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, keys: Any = KEYS.operator) -> Any:
        """boto3's client of the endpoint."""
        return boto3.client(
            "s3",
            endpoint_url=self.base,
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

    async def call(self, operation: str, client: Any = None, **parameters: Any) -> dict[str, Any]:
        """One call of boto3's, of the object `k` in the bucket `files` unless it says otherwise."""
        run = getattr(client or self.client(), operation)
        named = {"Bucket": "files", "Key": "k"} if _has_key(operation) else {"Bucket": "files"}
        answer: dict[str, Any] = await asyncio.to_thread(run, **{**named, **parameters})
        if "Body" in answer:
            answer["Body"] = await asyncio.to_thread(answer["Body"].read)
        return answer

    def url(self, operation: str, expires: int = 60, **parameters: Any) -> str:
        """A presigned URL."""
        url: str = self.client().generate_presigned_url(
            operation, Params={"Bucket": "files", "Key": "k", **parameters}, ExpiresIn=expires
        )
        return url

    def files(self) -> list[Path]:
        """All files that hold bytes of objects."""
        return [path for path in (self.folder / "content").rglob("*") if path.is_file()]


def _has_key(operation: str) -> bool:
    return operation not in {
        *("list_objects", "list_objects_v2", "list_multipart_uploads", "delete_objects"),
        *("head_bucket", "get_bucket_location"),
    }


def role_keys(name: str, *actions: str, resource: str = "arn:aws:s3:::files/*") -> Any:
    """The keys of a role that may do this."""
    role = f"arn:aws:iam::000000000000:role/{name}"
    allow = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    ROLES[role] = ({"Statement": allow},)
    return KEYS.add_role(role, "f")


async def code_of(call: Any) -> tuple[str, int]:
    """S3's code for a call that is refused, and the status."""
    with pytest.raises(ClientError) as caught:
        await call
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Objects]:
    """The endpoint on a free port, its files in `folder`."""
    clock, entropy = MovableClock(), Entropy()
    store = ObjectStore(folder, clock, entropy)
    await store.open()
    endpoint = ObjectsEndpoint(BUCKETS, store, Verifier(KEYS, clock), clock, entropy)
    with contextlib.ExitStack() as unused:
        sockets = bind("127.0.0.1", 0)
        for each in (sockets.edge, sockets.aws):
            unused.callback(each.close)
        async with (
            serving(Starlette(routes=[endpoint.route()]), sockets.objects),
            aiohttp.ClientSession() as http,
        ):
            yield Objects(port_of(sockets.objects), store, folder, clock, http)
    await store.close()
