"""Checksums that a client sends with what it uploads.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

import base64
import hashlib
import zlib
from collections.abc import Mapping

from emulator.objects.errors import S3Error, bad_digest


_PREFIX = "x-amz-checksum-"
_HASHES = {"sha1", "sha256"}
KNOWN = frozenset({"crc32", *_HASHES})
"""Algorithms that are checked; CRC32C and CRC64NVME are in no library that is here, and pass."""


class Checksums:
    """MD5 and SHA-256 of a content as it comes, and the other sums that were announced."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        """`headers` have lower-case names; the trailer's checksum is announced by them."""
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.sha256 = hashlib.sha256()
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._crc32 = 0
        announced = {*headers, *headers.get("x-amz-trailer", "").lower().split(",")}
        self._wanted = {
            name.removeprefix(_PREFIX) for name in announced if name.startswith(_PREFIX)
        }

    def update(self, data: bytes | bytearray) -> None:
        """More of the content."""
        self.md5.update(data)
        self.sha256.update(data)
        if "sha1" in self._wanted:
            self._sha1.update(data)
        if "crc32" in self._wanted:
            self._crc32 = zlib.crc32(data, self._crc32)

    def check(self, said: Mapping[str, str]) -> None:
        """Compare with what headers, fields or the trailer say; raises `S3Error`."""
        md5 = said.get("content-md5")
        if md5 is not None and md5 != _encoded(self.md5.digest()):
            raise bad_digest("Content-MD5")
        sha256 = said.get("x-amz-content-sha256", "")
        if len(sha256) == 64 and sha256 != self.sha256.hexdigest():
            message = "The provided 'x-amz-content-sha256' header does not match what was computed."
            raise S3Error(400, "XAmzContentSHA256Mismatch", message)
        digests = {
            "crc32": self._crc32.to_bytes(4, "big"),
            "sha1": self._sha1.digest(),
            "sha256": self.sha256.digest(),
        }
        for name in self._wanted & KNOWN:
            value = said.get(_PREFIX + name)
            if value is not None and value != _encoded(digests[name]):
                raise bad_digest(name.upper())


def _encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
