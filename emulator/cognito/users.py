"""The users on disk. Writers pass the transaction they are part of."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emulator.clock import Clock
from emulator.cognito.errors import AliasExists, UsernameExists, UserNotFound
from emulator.cognito.store import Row, Store, Transaction
from emulator.cognito.user import Password, Status, User, fold, logins
from emulator.template.model import UserPool


BY_SUB = "SELECT * FROM users WHERE pool_id = ? AND sub = ?"
BY_LOGIN = (
    "SELECT users.* FROM logins JOIN users USING (pool_id, sub)"
    " WHERE logins.pool_id = ? AND login = ?"
)
PAGE = "SELECT * FROM users WHERE pool_id = ? AND id > ? ORDER BY id LIMIT ?"
MEMBERS = (
    "SELECT users.* FROM users JOIN members USING (pool_id, sub)"
    " WHERE pool_id = ? AND members.name = ? AND id > ? ORDER BY id LIMIT ?"
)
CHUNK = 200
"""Rows read at a time while a listing looks for matches."""


class Users:
    """Finds, adds, changes and removes users."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def by_sub(self, pool: UserPool, sub: str) -> User | None:
        """The user with this id."""
        row = await self._store.row(BY_SUB, (pool.id, sub))
        return None if row is None else _user(row)

    async def by_login(self, pool: UserPool, login: str) -> User | None:
        """The user who signs in with this name or alias."""
        row = await self._store.row(BY_LOGIN, (pool.id, fold(pool, login)))
        return None if row is None else _user(row)

    async def for_admin(self, pool: UserPool, name: str) -> User:
        """By name, alias or sub, as Admin operations take it (reference section 4.1)."""
        user = await self.by_login(pool, name) or await self.by_sub(pool, name)
        if user is None:
            raise UserNotFound
        return user

    async def add(self, tx: Transaction, pool: UserPool, user: User) -> None:
        """A new user; a taken name is refused."""
        if kind := await self._taken_kind(tx, pool, user):
            raise taken(pool, kind)
        await tx.execute(
            "INSERT INTO users VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (user.pool_id, user.sub, user.username, user.created, *_mutable(user)),
        )
        await self._write_logins(tx, pool, user)

    async def change(
        self, tx: Transaction, pool: UserPool, user: User, change: Callable[[User], User]
    ) -> User:
        """Apply `change` to the newest state, so that two requests cannot undo each other."""
        row = await tx.row(BY_SUB, (pool.id, user.sub))
        if row is None:
            raise UserNotFound
        before = _user(row)
        after = replace(change(before), modified=self._clock.now())
        if logins(pool, after) != logins(pool, before):
            if kind := await self._taken_kind(tx, pool, after):
                raise AliasExists(taken(pool, kind).message)
            await tx.execute(
                "DELETE FROM logins WHERE pool_id = ? AND sub = ?", (pool.id, user.sub)
            )
            await self._write_logins(tx, pool, after)
        await tx.execute(
            "UPDATE users SET status = ?, enabled = ?, attributes = ?, salt = ?, verifier = ?,"
            " password_set = ?, modified = ?, signed_out = ? WHERE pool_id = ? AND sub = ?",
            (*_mutable(after), pool.id, user.sub),
        )
        return after

    async def remove(self, tx: Transaction, pool: UserPool, user: User) -> None:
        """The user with all names and codes."""
        await tx.execute("DELETE FROM users WHERE pool_id = ? AND sub = ?", (pool.id, user.sub))

    async def page(
        self, pool: UserPool, after: int, limit: int, wanted: Callable[[User], bool]
    ) -> list[User]:
        """Up to `limit` wanted users beyond row `after`, oldest first."""
        found: list[User] = []
        while len(found) < limit:
            rows = await self._store.rows(PAGE, (pool.id, after, CHUNK))
            users = [_user(row) for row in rows]
            found += filter(wanted, users)
            if len(users) < CHUNK:
                break
            after = users[-1].id
        return found[:limit]

    async def members(self, pool: UserPool, group: str, after: int, limit: int) -> list[User]:
        """Up to `limit` users of a group beyond row `after`, oldest first."""
        rows = await self._store.rows(MEMBERS, (pool.id, group, after, limit))
        return [_user(row) for row in rows]

    async def count(self, pool: UserPool) -> int:
        """How many users the pool has."""
        row = await self._store.row("SELECT count(*) FROM users WHERE pool_id = ?", (pool.id,))
        return int(row[0]) if row else 0

    async def owner(self, tx: Transaction, pool: UserPool, login: str) -> User | None:
        """Who holds a name, as seen inside a transaction."""
        row = await tx.row(BY_LOGIN, (pool.id, fold(pool, login)))
        return None if row is None else _user(row)

    async def give_up(self, tx: Transaction, pool: UserPool, name: str, heir: User) -> None:
        """Whoever else has proved the address that `heir` has keeps it unverified (section 2.2)."""
        owner = await self.owner(tx, pool, heir.attributes[name])
        if owner is not None and owner.sub != heir.sub:
            flag = {f"{name}_verified": "false"}
            await self.change(
                tx, pool, owner, lambda u: replace(u, attributes={**u.attributes, **flag})
            )

    async def _taken_kind(self, tx: Transaction, pool: UserPool, user: User) -> str | None:
        """The kind of the first of the user's names that somebody else has."""
        for login, kind in logins(pool, user).items():
            holder = await self.owner(tx, pool, login)
            if holder is not None and holder.sub != user.sub:
                return kind
        return None

    async def _write_logins(self, tx: Transaction, pool: UserPool, user: User) -> None:
        for login, kind in logins(pool, user).items():
            await tx.execute(
                "INSERT INTO logins (pool_id, login, kind, sub) VALUES (?, ?, ?, ?)",
                (pool.id, login, kind, user.sub),
            )


def taken(pool: UserPool, kind: str) -> UsernameExists | AliasExists:
    """AWS's error for a name that somebody else has (reference sections 7.2 and 8)."""
    if kind == "username":
        return UsernameExists()
    if kind == "preferred_username":
        return AliasExists("Already found an entry for the provided username.")
    text = f"An account with the given {kind} already exists."
    return UsernameExists(text) if kind in pool.username_attributes else AliasExists(text)


def _mutable(user: User) -> tuple[Any, ...]:
    return (
        user.status.value,
        user.enabled,
        json.dumps(dict(user.attributes), ensure_ascii=False),
        _blob(user.password.salt),
        _blob(user.password.verifier),
        user.password_set,
        user.modified,
        user.signed_out,
    )


def _user(row: Row) -> User:
    return User(
        id=row[0],
        pool_id=row[1],
        sub=row[2],
        username=row[3],
        created=row[4],
        status=Status(row[5]),
        enabled=bool(row[6]),
        attributes=json.loads(row[7]),
        password=Password(int.from_bytes(row[8], "big"), int.from_bytes(row[9], "big")),
        password_set=row[10],
        modified=row[11],
        signed_out=row[12],
    )


def _blob(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
