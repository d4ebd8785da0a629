"""Signing in and up by bare HTTP, cheap enough on the client's side for hundreds at once."""

import asyncio
import base64
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from emulator.cognito import srp
from tests.support.people import PASSWORD, site
from tests.support.server import Server


TARGET = "AWSCognitoIdentityProviderService."


class SrpClient:
    """The other half of SRP, with a small exponent: it is the server that is being tested."""

    def __init__(self, pool_id: str) -> None:
        self._pool_name = pool_id.partition("_")[2]
        self._a = 0xA11CE
        self.a_public = srp.power(srp.G, self._a)

    def answer(
        self, parameters: dict[str, str], password: str, now: float, timestamp: str | None = None
    ) -> dict[str, str]:
        """ChallengeResponses of PASSWORD_VERIFIER."""
        b_public, salt = int(parameters["SRP_B"], 16), int(parameters["SALT"], 16)
        user_id = parameters["USER_ID_FOR_SRP"]
        x = srp.private_key(self._pool_name, user_id, password, salt)
        u = srp.scramble(self.a_public, b_public)
        base = b_public - srp.K * srp.power(srp.G, x)
        key = srp.session_key(srp.power(base, self._a + u * x), u)
        stamp = timestamp or time.strftime("%a %b X %H:%M:%S UTC %Y", time.gmtime(now)).replace(
            "X", str(time.gmtime(now).tm_mday)
        )
        message = (self._pool_name + user_id).encode()
        message += base64.b64decode(parameters["SECRET_BLOCK"]) + stamp.encode()
        return {
            "USERNAME": parameters["USERNAME"],
            "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(
                hmac.digest(key, message, "sha256")
            ).decode(),
            "TIMESTAMP": stamp,
        }


@dataclass(frozen=True, slots=True)
class Api:
    """Public operations of one server's endpoint."""

    server: Server
    session: aiohttp.ClientSession

    async def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """One operation. Raises `AssertionError` for anything but a success."""
        headers = {"x-amz-target": f"{TARGET}{operation}"}
        url = self.server.urls["cognito"]
        async with self.session.post(url, json=request, headers=headers) as answer:
            text = await answer.text()
            assert answer.status == 200, text
            found: dict[str, Any] = await answer.json(content_type=None)
            return found

    async def sign_in(self, email: str, client_id: str, pool_id: str) -> float:
        """By SRP, as browsers do; how many seconds it took."""
        srp_client, started = SrpClient(pool_id), time.perf_counter()
        parameters = {"USERNAME": email, "SRP_A": f"{srp_client.a_public:x}"}
        first = await self.call(
            "InitiateAuth", ClientId=client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=parameters
        )
        responses = await asyncio.to_thread(
            srp_client.answer, first["ChallengeParameters"], PASSWORD, time.time()
        )
        second = await self.call(
            "RespondToAuthChallenge",
            ClientId=client_id,
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=responses,
        )
        assert second["AuthenticationResult"]["AccessToken"]
        return time.perf_counter() - started


def accounts(server: Server, count: int) -> list[str]:
    """People with a password, made by an administrator."""
    admin, pool_id = server.client("cognito-idp"), site(server)["userPoolId"]
    emails = [f"crowd{number}@lab.example" for number in range(count)]
    for email in emails:
        user = {"UserPoolId": pool_id, "Username": email}
        admin.admin_create_user(**user, MessageAction="SUPPRESS")
        admin.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    return emails


async def all_at_once(server: Server, emails: Sequence[str], count: int) -> list[float]:
    """`count` sign-ins at the same time; the seconds of each."""
    config = site(server)
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=300)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        api = Api(server, session)
        people = (emails[number % len(emails)] for number in range(count))
        return await asyncio.gather(
            *(
                api.sign_in(email, config["userPoolClientId"], config["userPoolId"])
                for email in people
            )
        )
