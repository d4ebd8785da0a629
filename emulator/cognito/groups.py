"""Groups and who is in them, on disk (reference sections 4.1 and 7.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.clock import Clock
from emulator.cognito.errors import GroupExists, ResourceNotFound
from emulator.cognito.store import Row, Store, Transaction
from emulator.cognito.user import User
from emulator.template.model import UserPool, UserPoolGroup


FIND = (
    "SELECT pool_id, name, description, precedence, role_arn, created, modified FROM groups"
    " WHERE pool_id = ? AND name = ?"
)
ALL = (
    "SELECT pool_id, name, description, precedence, role_arn, created, modified FROM groups"
    " WHERE pool_id = ? ORDER BY name"
)
# The lowest precedence comes first, none at all last: it decides on the preferred role.
OF_USER = (
    "SELECT pool_id, name, description, precedence, role_arn, created, modified"
    " FROM groups JOIN members USING (pool_id, name) WHERE pool_id = ? AND sub = ?"
    " ORDER BY precedence IS NULL, precedence, name"
)
DECLARE = (
    "INSERT INTO groups VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET"
    " description = excluded.description, precedence = excluded.precedence,"
    " role_arn = excluded.role_arn, declared = 1"
)
DECLARED = "SELECT pool_id, name FROM groups WHERE declared"


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a pool."""

    pool_id: str
    name: str
    description: str | None
    precedence: int | None
    role_arn: str | None
    created: float
    modified: float

    def document(self) -> dict[str, Any]:
        """AWS's GroupType."""
        found = {
            "CreationDate": round(self.created, 3),
            "Description": self.description,
            "GroupName": self.name,
            "LastModifiedDate": round(self.modified, 3),
            "Precedence": self.precedence,
            "RoleArn": self.role_arn,
            "UserPoolId": self.pool_id,
        }
        return {name: value for name, value in found.items() if value is not None}


class Groups:
    """Finds, makes and fills groups."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def declare(self, groups: Iterable[UserPoolGroup]) -> None:
        """Those of the template exist; those that have left it are gone, as after an update."""
        now = self._clock.now()
        wanted = {(group.pool_id, group.name): group for group in groups}
        async with self._store.transaction() as tx:
            for key in await tx.rows(DECLARED):
                if key not in wanted:
                    await tx.execute("DELETE FROM groups WHERE pool_id = ? AND name = ?", key)
            for group in wanted.values():
                about = (group.description, group.precedence, group.role_arn)
                await tx.execute(DECLARE, (group.pool_id, group.name, *about, now, now))

    async def find(self, pool: UserPool, name: str) -> Group:
        """A group by its name."""
        row = await self._store.row(FIND, (pool.id, name))
        if row is None:
            raise ResourceNotFound("Group not found.")
        return Group(*row)

    async def all(self, pool: UserPool) -> list[Group]:
        """In the order of their names."""
        return _groups(await self._store.rows(ALL, (pool.id,)))

    async def of_user(self, user: User) -> list[Group]:
        """The most important first."""
        return _groups(await self._store.rows(OF_USER, (user.pool_id, user.sub)))

    async def create(self, pool: UserPool, group: UserPoolGroup) -> Group:
        """A new group."""
        now = self._clock.now()
        about = (group.description, group.precedence, group.role_arn)
        async with self._store.transaction() as tx:
            if await tx.row(FIND, (pool.id, group.name)) is not None:
                raise GroupExists
            await tx.execute(
                "INSERT INTO groups VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                (pool.id, group.name, *about, now, now),
            )
        return await self.find(pool, group.name)

    async def update(self, pool: UserPool, group: UserPoolGroup) -> Group:
        """Replace what is known of a group."""
        about = (group.description, group.precedence, group.role_arn)
        async with self._store.transaction() as tx:
            await tx.execute(
                "UPDATE groups SET description = ?, precedence = ?, role_arn = ?, modified = ?"
                " WHERE pool_id = ? AND name = ?",
                (*about, self._clock.now(), pool.id, group.name),
            )
        return await self.find(pool, group.name)

    async def delete(self, group: Group) -> None:
        """Its members stay users."""
        async with self._store.transaction() as tx:
            await tx.execute(
                "DELETE FROM groups WHERE pool_id = ? AND name = ?", (group.pool_id, group.name)
            )

    async def enter(self, group: Group, user: User) -> None:
        """Twice is as good as once."""
        async with self._store.transaction() as tx:
            await self._member(tx, "INSERT OR IGNORE INTO members VALUES (?, ?, ?)", group, user)

    async def leave(self, group: Group, user: User) -> None:
        """Also where the user was not in it."""
        async with self._store.transaction() as tx:
            sql = "DELETE FROM members WHERE pool_id = ? AND name = ? AND sub = ?"
            await self._member(tx, sql, group, user)

    async def _member(self, tx: Transaction, sql: str, group: Group, user: User) -> None:
        await tx.execute(sql, (group.pool_id, group.name, user.sub))


def _groups(rows: Sequence[Row]) -> list[Group]:
    return [Group(*row) for row in rows]
