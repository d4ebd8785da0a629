"""SignUp (reference section 2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.cognito import attributes, passwords, secret_hash
from emulator.cognito.codes import Purpose
from emulator.cognito.delivery import Delivery, to_verify
from emulator.cognito.errors import InvalidParameter, NotAuthorized
from emulator.cognito.pools import Pools
from emulator.cognito.store import Store
from emulator.cognito.triggers import Occasion, SignUpVerdict, Triggers
from emulator.cognito.user import Status, User, logins
from emulator.cognito.users import Users, taken
from emulator.template.model import UserPool, UserPoolClient


@dataclass(frozen=True, slots=True)
class SignUp:
    """A stranger registers.

    Order of the checks: client, secret hash, whether sign-up is allowed, names and attributes,
    password policy, whether the name is taken, PreSignUp; only then is anything stored or sent.
    """

    pools: Pools
    store: Store
    users: Users
    delivery: Delivery
    triggers: Triggers
    clock: Clock
    entropy: Entropy

    async def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Register, and send a code unless PreSignUp confirmed the user."""
        pool, client = self.pools.client(request["ClientId"])
        secret_hash.check(client, request.get("SecretHash"), request["Username"])
        if pool.admin_create_only:
            raise NotAuthorized("SignUp is not permitted for this user pool")
        user = await self._candidate(pool, client, request)
        occasion = Occasion(
            "PreSignUp_SignUp",
            client.id,
            request.get("ClientMetadata"),
            attributes.from_pairs(request["ValidationData"])
            if "ValidationData" in request
            else None,
        )
        verdict = await self.triggers.pre_sign_up(pool, user, occasion)
        user = judged(user, verdict)
        details = await self._keep(pool, user, occasion)
        if user.status is Status.CONFIRMED:
            confirmed = occasion.of("PostConfirmation_ConfirmSignUp")
            await self.triggers.post_confirmation(pool, user, confirmed)
        return {
            "CodeDeliveryDetails": details,
            "UserConfirmed": user.status is Status.CONFIRMED,
            "UserSub": user.sub,
        }

    async def _candidate(
        self, pool: UserPool, client: UserPoolClient, request: Mapping[str, Any]
    ) -> User:
        given = attributes.from_pairs(request.get("UserAttributes", ()))
        named_by = attributes.named_by(pool, request["Username"])
        attributes.check_written(pool, given, client)
        given = attributes.with_username(named_by, request["Username"], given)
        attributes.check_required(pool, given)
        password = request.get("Password")
        if password is None:
            raise InvalidParameter("Missing required parameter PASSWORD")
        passwords.enforce(pool.password_policy, password, passwords.AT_SIGN_UP)
        sub = self.entropy.uuid()
        username = sub if named_by else request["Username"]
        now = self.clock.now()
        user = User(
            pool_id=pool.id,
            sub=sub,
            username=username,
            status=Status.UNCONFIRMED,
            attributes={name: value for name, value in given.items() if value},
            password=passwords.NONE,
            password_set=now,
            created=now,
            modified=now,
        )
        # Early, so that PreSignUp is not bothered; the insertion checks again.
        for login, kind in logins(pool, user).items():
            if await self.users.by_login(pool, login) is not None:
                raise taken(pool, kind)
        return replace(
            user, password=await passwords.secure(pool, username, password, self.entropy)
        )

    async def _keep(self, pool: UserPool, user: User, occasion: Occasion) -> dict[str, Any] | None:
        """Store the user together with the code, if one has to be sent."""
        to = None if user.status is Status.CONFIRMED else to_verify(pool, user.attributes)
        if to is None:
            async with self.store.transaction() as tx:
                await self.users.add(tx, pool, user)
            return None
        occasion = occasion.of("CustomMessage_SignUp")
        letter = await self.delivery.verification(pool, user, to, occasion)
        async with self.store.transaction() as tx:
            await self.users.add(tx, pool, user)
            return await self.delivery.send(tx, pool, user, Purpose.SIGN_UP, letter)


def judged(user: User, verdict: SignUpVerdict) -> User:
    """What PreSignUp's flags make of the user (section 9); a flag needs its attribute."""
    verified = {
        f"{name}_verified": "true"
        for name, flag in (("email", verdict.verify_email), ("phone_number", verdict.verify_phone))
        if flag and name in user.attributes
    }
    status = Status.CONFIRMED if verdict.confirm else user.status
    return replace(user, status=status, attributes={**user.attributes, **verified})
