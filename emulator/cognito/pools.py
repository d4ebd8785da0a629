"""The pools and clients of the stack, found by the ids that requests carry."""

from emulator.cognito.errors import ResourceNotFound
from emulator.template.model import Stack, UserPool, UserPoolClient


class Pools:
    """What the template declares. Client ids are unique across pools (reference section 1.1)."""

    def __init__(self, stack: Stack) -> None:
        self._pools = {pool.id: pool for pool in stack.user_pools}
        self._clients = {client.id: client for client in stack.user_pool_clients}
        self._function_arns = {name: function.arn for name, function in stack.functions.items()}

    def all(self) -> list[UserPool]:
        """Every pool, in the order of the template."""
        return list(self._pools.values())

    def pool(self, pool_id: str) -> UserPool:
        """The pool that a signed request names."""
        try:
            return self._pools[pool_id]
        except KeyError:
            raise ResourceNotFound(f"User pool {pool_id} does not exist.") from None

    def client(self, client_id: str) -> tuple[UserPool, UserPoolClient]:
        """The client that a public request names, and its pool."""
        try:
            client = self._clients[client_id]
            return self._pools[client.pool_id], client
        except KeyError:
            raise ResourceNotFound(f"User pool client {client_id} does not exist.") from None

    def client_of(self, pool: UserPool, client_id: str) -> UserPoolClient:
        """A client that must belong to `pool`."""
        owner, client = self.client(client_id)
        if owner.id != pool.id:
            raise ResourceNotFound(f"User pool client {client_id} does not exist.")
        return client

    def clients_of(self, pool: UserPool) -> list[UserPoolClient]:
        """The clients of one pool, in the order of the template."""
        return [client for client in self._clients.values() if client.pool_id == pool.id]

    def lambda_config(self, pool: UserPool) -> dict[str, str]:
        """The pool's triggers as AWS describes them: by function ARN."""
        return {
            trigger: self._function_arns.get(function, function)
            for trigger, function in pool.triggers.items()
        }


def pool_name(pool: UserPool) -> str:
    """The part of the id after the underscore, which SRP hashes (reference section 5.1)."""
    return pool.id.partition("_")[2]
