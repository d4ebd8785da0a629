"""The objects of all buckets: an index and the files that it names, off the event loop.

One thread alone speaks to the index and removes files, so a file that an index lookup named can be
opened or linked in the same breath.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, TypeVar

from emulator.clock import Clock, Entropy
from emulator.objects.content import Content, Contents, Sink
from emulator.objects.errors import no_such_upload
from emulator.objects.index import Check, Index, Part, Stored, Upload
from emulator.objects.listing import Page, Query, page


T = TypeVar("T")
New = TypeVar("New", Stored, Part)


def anything(_stood: Stored | None) -> None:
    """The check of a write that replaces whatever is there."""


class ObjectStore:
    """Everything under one folder. What is acknowledged is on the disk."""

    def __init__(self, root: Path, clock: Clock, entropy: Entropy) -> None:
        self._contents = Contents(root, entropy)
        self._clock = clock
        self._entropy = entropy
        self._root = root
        self._thread = ThreadPoolExecutor(1, "objects")
        self._index: Index | None = None

    async def open(self) -> None:
        """Open the index, make it if need be; remove what a crash has left."""
        loop = asyncio.get_running_loop()
        self._index = await loop.run_in_executor(self._thread, Index, self._root)
        await self._run(lambda index: self._contents.sweep(index.contents()))

    async def close(self) -> None:
        """Close the index."""
        if self._index is not None:
            await self._run(lambda index: index.close())
        self._thread.shutdown(wait=False)

    def sink(self, headers: Mapping[str, str]) -> Sink:
        """For a content that is about to come, with the checksums that its headers announce."""
        return self._contents.sink(headers)

    async def find(self, bucket: str, key: str) -> Stored | None:
        """The object at this key."""
        return await self._run(lambda index: index.find(bucket, key))

    async def open_file(self, bucket: str, key: str) -> tuple[Stored, BinaryIO] | None:
        """The object at this key and its open file, which stays whole whatever becomes of it."""

        def work(index: Index) -> tuple[Stored, BinaryIO] | None:
            stored = index.find(bucket, key)
            if stored is None:
                return None
            return stored, self._contents.path(stored.content).open("rb")

        return await self._run(work)

    async def put(
        self,
        bucket: str,
        key: str,
        content: Content,
        headers: Mapping[str, str],
        check: Check = anything,
    ) -> Stored:
        """Store what a sink has taken. Raises what `check` raises; then nothing is stored."""
        stored = self._stored(key, content, content.md5, headers)

        def work(index: Index) -> Stored:
            return self._replace(stored, lambda: index.put(bucket, stored, check))

        return await self._run(work)

    async def copy(
        self,
        source: tuple[str, str],
        target: tuple[str, str],
        choose: Callable[[Stored | None], Stored],
        headers: Mapping[str, str] | None,
    ) -> Stored:
        """Copy from one bucket and key to another. Without `headers` the source's are kept.

        `choose` is given the source and gives it back, or raises.
        """

        def work(index: Index) -> Stored:
            found = choose(index.find(*source))
            bucket, key = target
            md5 = found.content.rpartition("-")[2]
            content = Content(self._contents.link(found.content), found.size, md5)
            kept = found.headers if headers is None else headers
            stored = self._stored(key, content, found.etag, kept)
            return self._replace(stored, lambda: index.put(bucket, stored, anything))

        return await self._run(work)

    async def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Remove objects; that there was none is no error, as on S3."""

        def work(index: Index) -> None:
            for key in keys:
                self._contents.remove(index.delete(bucket, key))

        await self._run(work)

    async def page(self, bucket: str, query: Query) -> Page:
        """A page of a bucket's objects."""

        def work(index: Index) -> Page:
            return page(lambda key: index.after(bucket, key, prefix=query.prefix), query)

        return await self._run(work)

    async def older(self, bucket: str, prefix: str, than: float) -> list[str]:
        """The keys under a prefix of what was last changed before a time."""
        return await self._run(lambda index: index.older(bucket, prefix, than))

    async def begin(self, bucket: str, key: str, headers: Mapping[str, str]) -> Upload:
        """Begin an upload in parts."""
        upload = Upload(self._entropy.bytes(32).hex(), bucket, key, self._clock.now(), headers)
        await self._run(lambda index: index.begin(upload))
        return upload

    async def upload(self, bucket: str, key: str, id_: str) -> tuple[Upload, list[Part]]:
        """An upload under way and what has come of it; raises `S3Error` if there is none."""

        def work(index: Index) -> tuple[Upload, list[Part]]:
            upload = index.upload(bucket, key, id_)
            if upload is None:
                raise no_such_upload(id_)
            return upload, index.parts(id_)

        return await self._run(work)

    async def uploads(self, bucket: str) -> list[Upload]:
        """All that are under way in a bucket, by key."""
        return await self._run(lambda index: index.uploads(bucket))

    async def put_part(self, upload: str, number: int, content: Content) -> Part:
        """Store a part; raises `S3Error` if the upload has ended."""
        part = Part(number, content.name, content.size, content.md5, self._clock.now())

        def work(index: Index) -> Part:
            return self._replace(part, lambda: index.put_part(upload, part), upload)

        return await self._run(work)

    async def complete(self, upload: Upload, content: Content, etag: str, check: Check) -> Stored:
        """Make the object of an upload; raises `S3Error` if that has ended, or what `check` does."""
        stored = self._stored(upload.key, content, etag, upload.headers)

        def work(index: Index) -> Stored:
            return self._replace(stored, lambda: index.complete(upload, stored, check), upload.id)

        return await self._run(work)

    async def abort(self, upload: str) -> None:
        """End an upload with nothing."""
        await self._run(lambda index: self._contents.remove(index.abort(upload)))

    def _stored(self, key: str, content: Content, etag: str, headers: Mapping[str, str]) -> Stored:
        return Stored(key, content.name, content.size, etag, self._clock.now(), headers)

    def _replace(
        self, new: New, write: Callable[[], Iterable[str] | None], upload: str = ""
    ) -> New:
        """Write a row, then remove the files that are nobody's; the new one, if it came to nothing."""
        unused: Iterable[str] = [new.content]
        try:
            replaced = write()
            if replaced is None:
                raise no_such_upload(upload)
            unused = replaced
        finally:
            self._contents.remove(unused)
        return new

    async def _run(self, work: Callable[[Index], T]) -> T:
        """Do `work` in the thread; it is done also if whoever waits for it goes away."""
        index = self._index
        assert index is not None
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(index))
