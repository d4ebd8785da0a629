"""Pools and clients that calls have made: kept as the calls said them, read as a template is.

CreateUserPool takes what AWS::Cognito::UserPool takes, but for two names.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito.errors import InvalidParameter
from emulator.cognito.keys import Keys
from emulator.cognito.pools import Entry, Pools
from emulator.cognito.store import Store
from emulator.errors import UsageError
from emulator.template.model import UserPool, UserPoolClient
from emulator.template.physical import Physical, Place, Resource
from emulator.template.reader import Reader
from emulator.template.user_pools import user_pool, user_pool_client


POOL_ID_TAIL = 9
CLIENT_ID = 26
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


class MadePools:
    """Makes, changes and removes them, on disk and among the pools that there are."""

    def __init__(
        self, store: Store, pools: Pools, keys: Keys, place: Place, chance: tuple[Clock, Entropy]
    ) -> None:
        self._store = store
        self._pools = pools
        self._keys = keys
        self._place = place
        self._clock, self._entropy = chance

    async def load(self) -> None:
        """What was made before this start."""
        for id_, document, created, modified in await self._store.rows(
            "SELECT * FROM pools ORDER BY created"
        ):
            pool = self._pool(id_, json.loads(document))
            self._pools.put(Entry(pool, created, modified, declared=False))
        rows = await self._store.rows("SELECT * FROM clients ORDER BY created")
        known = {pool.id for pool in self._pools.all()}
        for id_, pool_id, document, created, modified in rows:
            if pool_id not in known:
                continue  # its pool has left the template
            client = self._client(id_, pool_id, json.loads(document))
            self._pools.put_client(Entry(client, created, modified, declared=False))

    async def create(self, document: Mapping[str, Any]) -> UserPool:
        """A new pool with keys of its own."""
        pool = self._pool(f"{self._place.region}_{self._random(POOL_ID_TAIL)}", document)
        now = self._clock.now()
        await asyncio.to_thread(self._keys.load, [pool.id])
        async with self._store.transaction() as tx:
            values = (pool.id, json.dumps(document), now, now)
            await tx.execute("INSERT INTO pools VALUES (?, ?, ?, ?)", values)
        self._pools.put(Entry(pool, now, now, declared=False))
        return pool

    async def document(self, pool_id: str) -> dict[str, Any]:
        """What the calls said of a pool."""
        row = await self._store.row("SELECT document FROM pools WHERE id = ?", (pool_id,))
        assert row is not None
        found: dict[str, Any] = json.loads(row[0])
        return found

    async def update(self, pool_id: str, document: Mapping[str, Any]) -> None:
        """Replace what is said of a pool."""
        pool = self._pool(pool_id, document)
        created, now = self._pools.entry(pool_id).created, self._clock.now()
        async with self._store.transaction() as tx:
            await tx.execute(
                "UPDATE pools SET document = ?, modified = ? WHERE id = ?",
                (json.dumps(document), now, pool_id),
            )
        self._pools.put(Entry(pool, created, now, declared=False))

    async def delete(self, pool_id: str) -> None:
        """A pool with its clients, users, groups and keys."""
        async with self._store.transaction() as tx:
            for table in ("members", "groups", "users", "sign_ins", "mail", "clients"):
                await tx.execute(f"DELETE FROM {table} WHERE pool_id = ?", (pool_id,))  # noqa: S608
            await tx.execute("DELETE FROM pools WHERE id = ?", (pool_id,))
        self._pools.remove(pool_id)
        await asyncio.to_thread(self._keys.remove, pool_id)

    async def create_client(self, pool: UserPool, document: Mapping[str, Any]) -> UserPoolClient:
        """A new client, also of a pool that the template declares."""
        client = self._client(self._random(CLIENT_ID), pool.id, document)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            values = (client.id, pool.id, json.dumps(document), now, now)
            await tx.execute("INSERT INTO clients VALUES (?, ?, ?, ?, ?)", values)
        self._pools.put_client(Entry(client, now, now, declared=False))
        return client

    async def update_client(
        self, client: UserPoolClient, document: Mapping[str, Any]
    ) -> UserPoolClient:
        """Replace what is said of a client; it keeps its secret, or goes without one."""
        document = {**document, "GenerateSecret": client.secret is not None}
        changed = self._client(client.id, client.pool_id, document)
        created, now = self._pools.client_entry(client.id).created, self._clock.now()
        async with self._store.transaction() as tx:
            await tx.execute(
                "UPDATE clients SET document = ?, modified = ? WHERE id = ?",
                (json.dumps(document), now, client.id),
            )
        self._pools.put_client(Entry(changed, created, now, declared=False))
        return changed

    async def delete_client(self, client_id: str) -> None:
        """A client; its sign-ins can no longer be refreshed."""
        async with self._store.transaction() as tx:
            await tx.execute("DELETE FROM clients WHERE id = ?", (client_id,))
        self._pools.remove_client(client_id)

    def _pool(self, pool_id: str, document: Mapping[str, Any]) -> UserPool:
        properties = dict(document)
        properties["UserPoolName"] = properties.pop("PoolName")
        place = self._place
        arn = f"arn:aws:cognito-idp:{place.region}:{place.account_id}:userpool/{pool_id}"
        known = Physical(pool_id, {"Arn": arn})
        with _told_to_caller():
            return user_pool(_reader("UserPool", pool_id, properties), known, place)

    def _client(self, client_id: str, pool_id: str, document: Mapping[str, Any]) -> UserPoolClient:
        properties = {**document, "UserPoolId": pool_id}
        known = Physical(client_id, {"Name": str(document["ClientName"])})
        with _told_to_caller():
            reader = _reader("UserPoolClient", client_id, properties)
            return user_pool_client(reader, known, self._place)

    def _random(self, length: int) -> str:
        number = int.from_bytes(self._entropy.bytes(32), "big")
        digits = []
        for _ in range(length):
            number, digit = divmod(number, len(LETTERS))
            digits.append(LETTERS[digit])
        return "".join(digits)


def _reader(kind: str, id_: str, properties: Mapping[str, Any]) -> Reader:
    """Warnings go nowhere: who calls an API reads its answer, not the emulator's terminal."""
    return Reader(Resource(id_, f"AWS::Cognito::{kind}", properties, {}), [])


@contextmanager
def _told_to_caller() -> Iterator[None]:
    """What a template's author would be told, the caller is."""
    try:
        yield
    except UsageError as error:
        raise InvalidParameter(str(error)) from error
