"""Passwords: the pool's policy, and the salted verifier that is all we keep of one."""

import asyncio
import hmac
import string

from emulator.clock import Entropy
from emulator.cognito import srp
from emulator.cognito.errors import InvalidPassword
from emulator.cognito.pools import pool_name
from emulator.cognito.user import Password, User
from emulator.template.model import PasswordPolicy, UserPool


SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ")
"""Section 7.1; an inner space counts, one at either end never gets past the constraints."""

AT_SIGN_UP = "Password did not conform with policy: "
AT_ADMIN_CREATE = "Password did not conform with password policy: "
ELSEWHERE = "Password does not conform to policy: "


NONE = Password(0, 0)
"""Stands in until the real one has been computed; g^x is never 0, so nothing fits it."""


def broken_rule(policy: PasswordPolicy, password: str) -> str | None:
    """The first rule that `password` breaks; ASCII classes only (section 7.1)."""
    characters = set(password)
    rules = (
        (len(password) >= policy.minimum_length, "Password not long enough"),
        (
            not policy.require_uppercase or characters & set(string.ascii_uppercase),
            "Password must have uppercase characters",
        ),
        (
            not policy.require_lowercase or characters & set(string.ascii_lowercase),
            "Password must have lowercase characters",
        ),
        (
            not policy.require_numbers or characters & set(string.digits),
            "Password must have numeric characters",
        ),
        (
            not policy.require_symbols or characters & SYMBOLS,
            "Password must have symbol characters",
        ),
    )
    return next((text for kept, text in rules if not kept), None)


def enforce(policy: PasswordPolicy, password: str, prefix: str = ELSEWHERE) -> None:
    """Refuse a password that breaks the policy; the prefix differs by operation."""
    if rule := broken_rule(policy, password):
        raise InvalidPassword(prefix + rule)


def generate(policy: PasswordPolicy, entropy: Entropy) -> str:
    """A temporary password that fits any policy; without characters that look alike."""
    classes = ("abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!#%+-=?@_")
    size = max(policy.minimum_length, 12)
    # 32 bits for each character: the bias of the remainder is below one in a hundred million.
    picks = [int.from_bytes(entropy.bytes(4), "big") for _ in range(size)]
    return "".join(
        classes[i % len(classes)][pick % len(classes[i % len(classes)])]
        for i, pick in enumerate(picks)
    )


async def secure(pool: UserPool, username: str, password: str, entropy: Entropy) -> Password:
    """A new salt and the verifier, computed in a thread."""
    salt = srp.number(entropy.bytes(16))
    verifier = await asyncio.to_thread(srp.verifier, pool_name(pool), username, password, salt)
    return Password(salt, verifier)


async def matches(pool: UserPool, user: User, password: str) -> bool:
    """Whether `password` is the user's."""
    return await fits(pool, user.username, user.password, password)


async def fits(pool: UserPool, username: str, kept: Password, password: str) -> bool:
    """Recompute the verifier and compare in constant time."""
    found = await asyncio.to_thread(srp.verifier, pool_name(pool), username, password, kept.salt)
    size = (srp.N.bit_length() + 7) // 8
    return hmac.compare_digest(found.to_bytes(size, "big"), kept.verifier.to_bytes(size, "big"))
