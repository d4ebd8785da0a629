"""Users who do not exist, played so that nobody can tell (reference sections 5.1 and 7.5).

With PreventUserExistenceErrors a sign-in under an unknown name gets a challenge like any other,
the same each time, and fails at its end; a reset code seems to be sent and is never right.
"""

import hashlib
import hmac
import uuid
from collections import OrderedDict
from dataclasses import dataclass

from emulator.cognito import srp
from emulator.cognito.codes import MAX_FAILURES
from emulator.cognito.errors import CodeMismatch, CognitoError, ExpiredCode, LimitExceeded
from emulator.cognito.user import Password, fold
from emulator.template.model import UserPool


MAX_REQUESTS = 10_000


@dataclass(frozen=True, slots=True)
class Ghost:
    """The credentials of nobody."""

    user_id: str
    password: Password


class Ghosts:
    """Derives ghosts from a secret of the server, so that they are stable and unpredictable."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._guesses: OrderedDict[tuple[str, str], int] = OrderedDict()

    def appear(self, pool: UserPool, login: str) -> Ghost:
        """The ghost under this name."""
        seed = hmac.digest(self._secret, f"{pool.id}|{fold(pool, login)}".encode(), "sha256")
        # Any number will do as verifier: no password in the world leads to it.
        material = hashlib.shake_256(seed).digest(32 + 384)
        return Ghost(
            user_id=str(uuid.UUID(bytes=material[:16], version=4)),
            password=Password(
                salt=srp.number(material[16:32]), verifier=srp.number(material[32:]) % srp.N
            ),
        )

    def code_requested(self, pool: UserPool, login: str) -> None:
        """A reset code has seemingly been sent."""
        self._guesses.setdefault((pool.id, fold(pool, login)), 0)
        if len(self._guesses) > MAX_REQUESTS:
            self._guesses.popitem(last=False)

    def vanish(self, pool: UserPool, login: str) -> None:
        """A real code has been sent to this name, so guesses are about that one."""
        self._guesses.pop((pool.id, fold(pool, login)), None)

    def haunts(self, pool: UserPool, login: str) -> bool:
        """Whether a code has seemingly been sent to this name."""
        return (pool.id, fold(pool, login)) in self._guesses

    def guess(self, pool: UserPool, login: str) -> CognitoError:
        """What a guess of the code meets, like that of a real user's code."""
        key = (pool.id, fold(pool, login))
        if key not in self._guesses:
            return ExpiredCode()
        self._guesses[key] += 1
        return LimitExceeded() if self._guesses[key] > MAX_FAILURES else CodeMismatch()
