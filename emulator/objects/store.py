"""Objects as files: the bytes in one, what is known about them in another beside it."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from emulator.clock import Entropy


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What S3 tells about an object."""

    key: str
    content_type: str
    size: int
    etag: str
    """MD5 in hexadecimal, without quotes, as S3 makes it for a single upload."""
    modified: float


class ObjectStore:
    """The objects of all buckets under one folder."""

    def __init__(self, root: Path, entropy: Entropy) -> None:
        self._root = root
        self._entropy = entropy

    def put(self, bucket: str, key: str, body: bytes, content_type: str, now: float) -> ObjectInfo:
        """Store an object, durably and all at once."""
        path = self._path(bucket, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        info = ObjectInfo(key, content_type, len(body), etag, now)
        self._write(path, body)
        self._write(path.with_suffix(".json"), json.dumps(asdict(info)).encode())
        return info

    def info(self, bucket: str, key: str) -> ObjectInfo | None:
        """What is known about an object, or `None` if there is none."""
        try:
            return ObjectInfo(
                **json.loads(self._path(bucket, key).with_suffix(".json").read_text())
            )
        except FileNotFoundError:
            return None

    def file(self, bucket: str, key: str) -> Path:
        """The file that holds the bytes of an object that exists."""
        return self._path(bucket, key)

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object; that there was none is no error, as on S3."""
        path = self._path(bucket, key)
        path.with_suffix(".json").unlink(missing_ok=True)
        path.unlink(missing_ok=True)

    def _path(self, bucket: str, key: str) -> Path:
        """A name made of a hash, so that no key can lead out of the folder."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        return self._root / bucket / digest[:2] / f"{digest}.bin"

    def _write(self, path: Path, content: bytes) -> None:
        unfinished = path.with_suffix(f".{self._entropy.bytes(6).hex()}")
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
