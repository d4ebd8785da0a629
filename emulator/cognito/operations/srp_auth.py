"""The USER_SRP_AUTH flow and its PASSWORD_VERIFIER step (reference sections 2.4, 2.5 and 5)."""

import asyncio
import base64
import re
from dataclasses import dataclass
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito import srp, srp_timestamp
from emulator.cognito.access import refuse_unusable
from emulator.cognito.attempt import Attempt
from emulator.cognito.completion import Completion, refuse_disabled
from emulator.cognito.errors import InvalidParameter, NotAuthorized, UserNotFound
from emulator.cognito.ghosts import Ghosts
from emulator.cognito.lockout import Lockout
from emulator.cognito.operations.custom_auth import CustomAuth, passed
from emulator.cognito.pools import pool_name
from emulator.cognito.sessions import History, PasswordChallenge, Sessions
from emulator.cognito.user import User, fold
from emulator.cognito.users import Users
from emulator.template.model import UserPool


ANSWER_WITHIN = 60.0
HEXADECIMAL = re.compile(r"[0-9a-fA-F]{1,1024}")
"""A is below N, which has 768 digits; some clients prefix zeros."""


@dataclass(frozen=True, slots=True)
class SrpAuth:
    """Proof of the password without sending it."""

    users: Users
    ghosts: Ghosts
    lockout: Lockout
    sessions: Sessions
    completion: Completion
    custom: CustomAuth
    clock: Clock
    entropy: Entropy

    async def begin(self, attempt: Attempt, history: History | None = None) -> dict[str, Any]:
        """Salt, B and the secret block; unknown users get ones that never fit (section 7.5)."""
        pool, client = attempt.pool, attempt.client
        login = attempt.needed("USERNAME")
        a_public = _number(attempt.needed("SRP_A"))
        attempt.check_secret(login)
        user = await self.users.by_login(pool, login)
        if user is not None:
            refuse_unusable(user)
            user_id, password = user.username, user.password
        elif client.prevent_user_existence_errors:
            ghost = self.ghosts.appear(pool, login)
            user_id, password = ghost.user_id, ghost.password
        else:
            raise UserNotFound
        exchange = await self._exchange(pool, user_id, password.verifier, a_public)
        # The block is only the key under which the exchange is remembered: nothing to forge.
        block = base64.b64encode(exchange.block).decode()
        sub = user.sub if user else None
        challenge = PasswordChallenge(pool.id, client.id, sub, login, exchange, history)
        self.sessions.keep(block, challenge, ANSWER_WITHIN)
        return {
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeParameters": {
                "SALT": f"{password.salt:x}",
                "SECRET_BLOCK": block,
                "SRP_B": f"{exchange.b_public:x}",
                "USERNAME": user_id,
                "USER_ID_FOR_SRP": user_id,
            },
        }

    async def finish(self, attempt: Attempt) -> dict[str, Any]:
        """Check the claim. Whatever is wrong with it, the answer is the same (section 2.5)."""
        pool = attempt.pool
        username = attempt.needed("USERNAME")
        block = attempt.needed("PASSWORD_CLAIM_SECRET_BLOCK")
        signature = attempt.needed("PASSWORD_CLAIM_SIGNATURE")
        timestamp = attempt.needed("TIMESTAMP")
        attempt.check_secret(username)
        challenge = self._take(block)
        exchange = challenge.exchange
        names = {fold(pool, exchange.user_id), fold(pool, challenge.login)}
        if challenge.client_id != attempt.client.id or fold(pool, username) not in names:
            raise NotAuthorized
        if not srp_timestamp.is_current(timestamp, self.clock.now()):
            raise NotAuthorized
        await self.lockout.prove(
            pool.id,
            exchange.user_id,
            lambda: asyncio.to_thread(exchange.proves, signature, timestamp),
        )
        user = await self.users.by_sub(pool, challenge.sub) if challenge.sub else None
        if user is None:
            raise NotAuthorized
        refuse_unusable(user)
        return await self._proved(attempt, user, challenge.history)

    async def _proved(
        self, attempt: Attempt, user: User, history: History | None
    ) -> dict[str, Any]:
        if history is None:
            return await self.completion.after_password(attempt, user)
        refuse_disabled(user)
        history = (*history, passed("PASSWORD_VERIFIER"))
        return await self.custom.go_on(attempt, user.username, history)

    async def _exchange(
        self, pool: UserPool, user_id: str, verifier: int, a_public: int
    ) -> srp.Exchange:
        b_private = srp.number(self.entropy.bytes(32))
        return srp.Exchange(
            pool_name=pool_name(pool),
            user_id=user_id,
            verifier=verifier,
            a_public=a_public,
            b_private=b_private,
            b_public=await asyncio.to_thread(srp.public_value, verifier, b_private),
            block=self.entropy.bytes(192),
        )

    def _take(self, block: str) -> PasswordChallenge:
        try:
            return self.sessions.take(block, PasswordChallenge)
        except NotAuthorized:
            raise NotAuthorized from None


def _number(text: str) -> int:
    a_public = int(text, 16) if HEXADECIMAL.fullmatch(text) else 0
    if a_public % srp.N == 0:
        raise InvalidParameter("SRP_A is not a valid public value")
    return a_public
