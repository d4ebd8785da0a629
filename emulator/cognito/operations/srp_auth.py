"""The USER_SRP_AUTH flow and its PASSWORD_VERIFIER step (reference sections 2.4, 2.5 and 5)."""

import asyncio
import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito import secret_hash, srp, srp_timestamp
from emulator.cognito.access import refuse_unusable
from emulator.cognito.completion import Completion
from emulator.cognito.errors import InvalidParameter, NotAuthorized, UserNotFound
from emulator.cognito.ghosts import Ghosts
from emulator.cognito.lockout import Lockout
from emulator.cognito.operations.password_auth import needed
from emulator.cognito.pools import pool_name
from emulator.cognito.sessions import PasswordChallenge, Sessions
from emulator.cognito.user import fold
from emulator.cognito.users import Users
from emulator.template.model import UserPool, UserPoolClient


ANSWER_WITHIN = 60.0
HEXADECIMAL = re.compile(r"[0-9a-fA-F]{1,1024}")
"""A is below N, which has 768 digits; some clients prefix zeros."""


@dataclass(frozen=True, slots=True)
class SrpAuth:
    """Proof of the password without sending it."""

    users: Users
    ghosts: Ghosts
    lockout: Lockout
    exchanges: Sessions[PasswordChallenge]
    completion: Completion
    clock: Clock
    entropy: Entropy

    async def begin(
        self, pool: UserPool, client: UserPoolClient, parameters: Mapping[str, str]
    ) -> dict[str, Any]:
        """Salt, B and the secret block; unknown users get ones that never fit (section 7.5)."""
        login = needed(parameters, "USERNAME")
        a_public = _number(needed(parameters, "SRP_A"))
        secret_hash.check(client, parameters.get("SECRET_HASH"), login)
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
        challenge = PasswordChallenge(pool.id, client.id, login, sub, exchange)
        self.exchanges.open(block, challenge, ANSWER_WITHIN)
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

    async def finish(
        self, pool: UserPool, client: UserPoolClient, responses: Mapping[str, str]
    ) -> dict[str, Any]:
        """Check the claim. Whatever is wrong with it, the answer is the same (section 2.5)."""
        username = needed(responses, "USERNAME")
        block = needed(responses, "PASSWORD_CLAIM_SECRET_BLOCK")
        signature = needed(responses, "PASSWORD_CLAIM_SIGNATURE")
        timestamp = needed(responses, "TIMESTAMP")
        secret_hash.check(client, responses.get("SECRET_HASH"), username)
        challenge = self._take(block)
        exchange = challenge.exchange
        names = {fold(pool, exchange.user_id), fold(pool, challenge.login)}
        if challenge.client_id != client.id or fold(pool, username) not in names:
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
        return await self.completion.after_password(pool, client, user)

    def _take(self, block: str) -> PasswordChallenge:
        try:
            return self.exchanges.take(block)
        except NotAuthorized:
            raise NotAuthorized from None


def _number(text: str) -> int:
    a_public = int(text, 16) if HEXADECIMAL.fullmatch(text) else 0
    if a_public % srp.N == 0:
        raise InvalidParameter("SRP_A is not a valid public value")
    return a_public
