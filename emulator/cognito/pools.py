"""The pools and clients that there are, found by the ids that requests carry."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from emulator.cognito.errors import InvalidParameter, ResourceNotFound
from emulator.template.model import Stack, UserPool, UserPoolClient


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A pool or client, with what AWS tells of its past."""

    value: T
    created: float
    modified: float
    declared: bool = True
    """By the template, which alone can change it."""


class Pools:
    """Those of the template, and those that calls have made. Client ids are unique across pools
    (reference section 1.1)."""

    def __init__(self, stack: Stack) -> None:
        self._pools: dict[str, Entry[UserPool]] = {}
        self._clients: dict[str, Entry[UserPoolClient]] = {}
        self._function_arns = {name: function.arn for name, function in stack.functions.items()}

    def put(self, entry: Entry[UserPool]) -> None:
        """A new pool, or new settings of one."""
        self._pools[entry.value.id] = entry

    def put_client(self, entry: Entry[UserPoolClient]) -> None:
        """A new client, or new settings of one."""
        self._clients[entry.value.id] = entry

    def remove(self, pool_id: str) -> None:
        """A pool with its clients."""
        for client in self.clients_of(self.pool(pool_id)):
            del self._clients[client.id]
        del self._pools[pool_id]

    def remove_client(self, client_id: str) -> None:
        """A client."""
        del self._clients[client_id]

    def all(self) -> list[UserPool]:
        """Every pool, those of the template first, in its order."""
        return [entry.value for entry in self._pools.values()]

    def entry(self, pool_id: str) -> Entry[UserPool]:
        """A pool with its dates."""
        try:
            return self._pools[pool_id]
        except KeyError:
            raise ResourceNotFound(f"User pool {pool_id} does not exist.") from None

    def client_entry(self, client_id: str) -> Entry[UserPoolClient]:
        """A client with its dates."""
        try:
            return self._clients[client_id]
        except KeyError:
            raise ResourceNotFound(f"User pool client {client_id} does not exist.") from None

    def pool(self, pool_id: str) -> UserPool:
        """The pool that a signed request names."""
        return self.entry(pool_id).value

    def client(self, client_id: str) -> tuple[UserPool, UserPoolClient]:
        """The client that a public request names, and its pool."""
        client = self.client_entry(client_id).value
        return self.pool(client.pool_id), client

    def client_of(self, pool: UserPool, client_id: str) -> UserPoolClient:
        """A client that must belong to `pool`."""
        client = self.client_entry(client_id).value
        if client.pool_id != pool.id:
            raise ResourceNotFound(f"User pool client {client_id} does not exist.")
        return client

    def clients_of(self, pool: UserPool) -> list[UserPoolClient]:
        """The clients of one pool."""
        clients = (entry.value for entry in self._clients.values())
        return [client for client in clients if client.pool_id == pool.id]

    def lambda_config(self, pool: UserPool) -> dict[str, str]:
        """The pool's triggers as AWS describes them: by function ARN."""
        return {
            trigger: self._function_arns.get(function, function)
            for trigger, function in pool.triggers.items()
        }


def refuse_declared(entry: Entry[UserPool] | Entry[UserPoolClient]) -> None:
    """The template is the only source of what it declares: a call would hold until a restart."""
    if entry.declared:
        raise InvalidParameter(f"{entry.value.id} is declared by the template; change it there")


def pool_name(pool: UserPool) -> str:
    """The part of the id after the underscore, which SRP hashes (reference section 5.1)."""
    return pool.id.partition("_")[2]
