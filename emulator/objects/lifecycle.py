"""The rules of a bucket's lifecycle, followed once an hour.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from emulator.clock import Clock, Entropy
from emulator.objects.store import ObjectStore
from emulator.template.model import Bucket


logger = logging.getLogger(__name__)

LOOK_EVERY = 3600.0
"""Seconds between two looks; AWS looks once a day."""

DAY = 86400.0


@contextlib.asynccontextmanager
async def kept(
    folder: Path, buckets: Iterable[Bucket], clock: Clock, entropy: Entropy
) -> AsyncIterator[ObjectStore]:
    """The store in a folder, open, its buckets' rules followed as long as the context lasts."""
    store = ObjectStore(folder, clock, entropy)
    await store.open()
    expiring = asyncio.create_task(_keep_expiring(store, buckets, clock))
    try:
        yield store
    finally:
        expiring.cancel()
        await asyncio.gather(expiring, return_exceptions=True)
        await store.close()


async def _keep_expiring(store: ObjectStore, buckets: Iterable[Bucket], clock: Clock) -> None:
    """Look again and again, now for the first time; a look that fails is followed by the next."""
    with_rules = [bucket for bucket in buckets if bucket.lifecycle]
    while with_rules:
        for bucket in with_rules:
            try:
                await expire(store, bucket, clock.now())
            except OSError as error:
                logger.warning("Expired objects of %s stay for now: %s", bucket.name, error)
        await asyncio.sleep(clock.duration(LOOK_EVERY))


async def expire(store: ObjectStore, bucket: Bucket, now: float) -> None:
    """Remove what the rules say."""
    for rule in bucket.lifecycle:
        if rule.expire_days is not None:
            old = await store.older(bucket.name, rule.prefix, due(now, rule.expire_days))
            await store.delete(bucket.name, old)
        if rule.abort_days is not None:
            for upload in await store.uploads(bucket.name):
                under = upload.key.startswith(rule.prefix)
                if under and upload.initiated < due(now, rule.abort_days):
                    await store.abort(upload.id)


def due(now: float, days: int) -> float:
    """What was changed before this time has reached that many days.

    S3 adds the days and rounds up to the next midnight, UTC.
    """
    return now // DAY * DAY - days * DAY
