"""Authenticator apps on disk: a secret counts once a code of it has been seen (section 2.5)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from emulator.clock import Clock, Entropy
from emulator.cognito import totp
from emulator.cognito.errors import (
    CodeMismatch,
    CognitoError,
    EnableSoftwareToken,
    ExpiredCode,
    SoftwareTokenNotFound,
)
from emulator.cognito.lockout import Lockout
from emulator.cognito.store import Store, Transaction
from emulator.cognito.user import User
from emulator.cognito.vault import Vault
from emulator.template.model import UserPool


SETTING = "SOFTWARE_TOKEN_MFA"
FIND = (
    "SELECT secret, pending, device, enabled, preferred, step FROM software_tokens"
    " WHERE pool_id = ? AND sub = ?"
)
KEEP = "INSERT OR REPLACE INTO software_tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class SoftwareToken:
    """What is known of a user's app. Secrets are sealed."""

    secret: bytes | None = None
    pending: bytes | None = None
    """A secret that was handed out and waits for its first code."""
    device: str | None = None
    enabled: bool = False
    preferred: bool = False
    step: int = 0

    def counts(self, pool: UserPool) -> bool:
        """Whether sign-in asks for its code: a pool that demands a second factor does in any case."""
        return self.secret is not None and (self.enabled or pool.mfa == "ON")

    def document(self) -> Iterator[tuple[str, object]]:
        """The members of GetUser and AdminGetUser that exist only with MFA."""
        if self.enabled:
            yield "UserMFASettingList", [SETTING]
        if self.preferred:
            yield "PreferredMfaSetting", SETTING


class SoftwareTokens:
    """Hands out secrets and checks codes."""

    def __init__(
        self, store: Store, vault: Vault, lockout: Lockout, clock: Clock, entropy: Entropy
    ) -> None:
        self._store = store
        self._vault = vault
        self._lockout = lockout
        self._clock = clock
        self._entropy = entropy

    async def of(self, user: User) -> SoftwareToken:
        """The user's app; an empty one for those who have none."""
        row = await self._store.row(FIND, (user.pool_id, user.sub))
        return SoftwareToken() if row is None else SoftwareToken(*row)

    def new_secret(self) -> str:
        """A secret in the form that people type."""
        return totp.shown(self._entropy.bytes(totp.SECRET_BYTES))

    async def propose(self, user: User, secret: str) -> None:
        """Remember a secret until its first code comes; an older app works on until then."""
        token = await self.of(user)
        async with self._store.transaction() as tx:
            await self._keep(tx, user, replace(token, pending=self._vault.seal(secret)))

    async def verify(self, user: User, given: str, device: str | None) -> None:
        """The first code of a proposed secret, which counts from now on."""
        token = await self.of(user)
        sealed = token.pending or token.secret
        if sealed is None:
            raise SoftwareTokenNotFound
        step = await self._proved(user, sealed, given, EnableSoftwareToken())
        token = replace(token, secret=sealed, pending=None, device=device, step=step)
        async with self._store.transaction() as tx:
            await self._keep(tx, user, token)

    async def set_up(self, user: User, secret: str, given: str, device: str | None) -> None:
        """Propose and verify at once, during a sign-in that demands an app; it is used at once."""
        sealed = self._vault.seal(secret)
        step = await self._proved(user, sealed, given, EnableSoftwareToken())
        token = SoftwareToken(sealed, None, device, True, True, step)
        async with self._store.transaction() as tx:
            await self._keep(tx, user, token)

    async def redeem(self, user: User, given: str) -> None:
        """The code of a sign-in; each works once."""
        token = await self.of(user)
        if token.secret is None:
            raise SoftwareTokenNotFound
        step = await self._proved(user, token.secret, given, CodeMismatch())
        async with self._store.transaction() as tx:
            unused = await tx.execute(
                "UPDATE software_tokens SET step = ? WHERE pool_id = ? AND sub = ? AND step < ?",
                (step, user.pool_id, user.sub, step),
            )
        if not unused:
            raise ExpiredCode("Your software token has already been used once.")

    async def prefer(self, user: User, *, enabled: bool, preferred: bool) -> None:
        """Whether sign-in asks for codes, and for these first."""
        token = replace(await self.of(user), enabled=enabled, preferred=preferred)
        async with self._store.transaction() as tx:
            await self._keep(tx, user, token)

    async def _proved(self, user: User, sealed: bytes, given: str, wrong: CognitoError) -> int:
        """The time step of a code. Wrong ones are slowed down like wrong passwords."""
        step = totp.matching_step(totp.read(self._vault.open(sealed)), given, self._clock.now())

        async def fits() -> bool:
            return step is not None

        await self._lockout.prove(user.pool_id, f"{SETTING} {user.sub}", fits, wrong)
        assert step is not None
        return step

    async def _keep(self, tx: Transaction, user: User, token: SoftwareToken) -> None:
        values = (token.secret, token.pending, token.device)
        flags = (token.enabled, token.preferred, token.step)
        await tx.execute(KEEP, (user.pool_id, user.sub, *values, *flags))
