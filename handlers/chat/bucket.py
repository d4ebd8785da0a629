"""The bucket, by presigned requests for browsers and a few of our own.

The client is made when the first file is spoken of: that takes 70 ms, which the others' cold starts
need not pay.
"""

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError

from chat.objects import Content, PostForm


if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

GOOD_FOR = 5 * 60  # seconds; an upload must have begun by then, not ended

# A browser that follows a link shows what it gets, unless it is told not to.
DISPOSITION = "attachment"

# S3 says 403 of what is not there to who may not list the bucket (API reference, GetObject).
MISSING = frozenset({"NoSuchKey", "AccessDenied"})

CONFIG = AioConfig(
    signature_version="s3v4",
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    # The bucket's own regional host: the global one, which is the default, redirects for the
    # bucket's first hours, and a redirected preflight fails. Elsewhere than on AWS the bucket
    # stands in the path.
    s3={"addressing_style": "path" if "AWS_ENDPOINT_URL_S3" in os.environ else "virtual"},
)


class Bucket:
    """One bucket; `connect` makes the client of it."""

    def __init__(self, name: str, connect: Callable[[], Awaitable["S3Client"]]) -> None:
        self._name = name
        self._connect = connect
        self._made: S3Client | None = None

    async def form(self, key: str, content: Content) -> PostForm:
        """See `Objects`.

        https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
        """
        fields = {
            "Content-Type": content.type,
            "Content-Disposition": DISPOSITION,
            "success_action_status": "204",
        }
        if content.sha256 is not None:
            fields["x-amz-checksum-sha256"] = content.sha256
        exact: list[Any] = [{name: value} for name, value in fields.items()]
        size = ["content-length-range", content.size, content.size]
        client = await self._client()
        signed = await client.generate_presigned_post(
            self._name, key, Fields=fields, Conditions=[size, *exact], ExpiresIn=GOOD_FOR
        )
        return PostForm(signed["url"], signed["fields"])

    async def url(self, key: str, name: str) -> str:
        """See `Objects`."""
        client = await self._client()
        return await client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._name,
                "Key": key,
                "ResponseContentDisposition": disposition(name),
            },
            ExpiresIn=GOOD_FOR,
        )

    async def copy(self, source: str, target: str) -> bool:
        """See `Objects`."""
        client = await self._client()
        try:
            await client.copy_object(
                Bucket=self._name, Key=target, CopySource={"Bucket": self._name, "Key": source}
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return False
            raise
        return True

    async def delete(self, key: str) -> None:
        """See `Objects`."""
        client = await self._client()
        await client.delete_object(Bucket=self._name, Key=key)

    async def _client(self) -> "S3Client":
        if self._made is None:
            self._made = await self._connect()
        return self._made


def disposition(name: str) -> str:
    """The value of Content-Disposition for a download under this name (RFC 6266, section 4.1)."""
    return f"{DISPOSITION}; filename*=UTF-8''{quote(name, safe='')}"
