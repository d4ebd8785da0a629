"""ChangePassword (reference section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito import passwords
from emulator.cognito.access import Access
from emulator.cognito.errors import InvalidParameter
from emulator.cognito.limits import Limits
from emulator.cognito.lockout import Lockout
from emulator.cognito.store import Store
from emulator.cognito.users import Users


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """By somebody who is signed in and knows the old one; sessions go on."""

    access: Access
    store: Store
    users: Users
    lockout: Lockout
    limits: Limits
    clock: Clock
    entropy: Entropy

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Guesses of the old password count like those at sign-in."""
        caller = await self.access.check(request["AccessToken"])
        pool, user = caller.pool, caller.user
        previous, proposed = request.get("PreviousPassword"), request["ProposedPassword"]
        if previous is None:
            raise InvalidParameter("Missing required parameter PREVIOUS_PASSWORD")
        await self.lockout.prove(
            pool.id, user.username, lambda: passwords.matches(pool, user, previous)
        )
        passwords.enforce(pool.password_policy, proposed)
        self.limits.count(pool.id, user.sub, "ChangePassword")
        kept = await passwords.secure(pool, user.username, proposed, self.entropy)
        now = self.clock.now()
        async with self.store.transaction() as tx:
            await self.users.change(
                tx, pool, user, lambda u: replace(u, password=kept, password_set=now)
            )
        return {}
