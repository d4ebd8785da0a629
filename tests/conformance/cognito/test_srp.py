"""Statements 26 to 32: the Secure Remote Password protocol as Cognito does it."""

import base64
import calendar
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pycognito.aws_srp import N_HEX

from emulator.clock import Entropy
from emulator.template.model import Stack, UserPool, UserPoolClient
from tests.clients import node
from tests.clients.pycognito_client import AWSSRP
from tests.conformance.cognito.lab import PASSWORD, Lab, MovableClock, pairs, serve, stack


N = int(N_HEX, 16)
UNICODE = "p\u00e455_W\u00f6rd\u2026Zz1!"
REFUSED = "Incorrect username or password."


@dataclass(frozen=True)
class Vector:
    """Fixed secrets, and what three clients of other authors make of them."""

    pool_id: str
    login: str
    user_id: str
    password: str
    salt: str
    a: str
    b: str
    a_public: str
    """SHA-256 of A in hexadecimal, as `b_public` of B."""
    b_public: str
    block: str
    timestamp: str
    signature: str


VECTORS = (
    Vector(
        pool_id="us-east-1_AbCdEf123",
        login="ada@lab.example",
        user_id="ada@lab.example",
        password=PASSWORD,
        salt="a244c038c0fd9192b9b5538344ce41ab",
        a="62e03bf703cdf12dc5d9b27296ffa3046aa286ed2fc1f4f5698399a86d4be9cf",
        b="e2b5c3ac70d6792e0b9fba81d969923d3538b43ced52c1b8f733da005531990",
        a_public="fb65a8642bdf42718bbbcb0014691915052e2044c2e09f613d61bcf9e3d3f15f",
        b_public="8eae427a611952be8e9d4a25d6cd6eccba99d409fe86e3e1fd37bf70bee972c7",
        block="HiLC/W3qZW0ByxQpKhUhI07hUAW2c+wTWKmhUFM9/wI=",
        timestamp="Tue Mar 4 05:06:07 UTC 2025",
        signature="GTMLf3gmfTv9VethyeLhveeQO6PZPs6r9QunTODu9nk=",
    ),
    # Odd lengths of salt, A, B and S; u with its top bit set; a password beyond ASCII.
    Vector(
        pool_id="eu-west-1_Zz9Zz9Zz9",
        login="zoe@lab.example",
        user_id="0c7d1b1e-6f0a-4b52-9d6c-2b1f0a9e7c11",
        password=UNICODE,
        salt="7f00112233445566778899aabbccdde",
        a="98bb3afc3f32429c11168cd8324d6d036a4ce896db780a5251af656664eae82d",
        b="311f1b79385b27dea03d9f8915e58b970a19bdfa703e03f1bf714aafbc7608a7",
        a_public="bb101592671dc90fe0d3d7252059c5d3d5c95fdd2cc2ea54c6f170ad683271f9",
        b_public="d037aa8b06587360f8c620c9bcf7e0272af399026bbcb733160c85519419b0ec",
        block="LoBWUqAQcrQhi13K8vJAh0t+iguwSljBBpmjrPYgvWidS0CsnYMecFm+np8/DDQ060kIDgA0L6UxLGfB7FWq5w==",
        timestamp="Wed Dec 24 23:59:09 UTC 2025",
        signature="fvDtk/u5UmF6HL9ukCfM95zJGt21rQBz2ItIMWMZTS0=",
    ),
)


class Loaded(Entropy):
    """Dice that fall as a vector says; all else is chance."""

    def __init__(self, vector: Vector) -> None:
        self._fixed = {
            16: bytes.fromhex(vector.salt.zfill(32)),
            32: bytes.fromhex(vector.b.zfill(64)),
            192: base64.b64decode(vector.block),
        }
        self._user_id = vector.user_id

    def bytes(self, count: int) -> bytes:
        return self._fixed.get(count) or super().bytes(count)

    def uuid(self) -> str:
        return self._user_id


@contextmanager
def loaded(vector: Vector, directory: Path) -> Iterator[Lab]:
    """An endpoint with the vector's pool, at the vector's time."""
    name, _, _ = vector.pool_id.partition("_")
    by_email = vector.login != vector.user_id
    pool = UserPool(
        logical_id="Pool",
        id=vector.pool_id,
        arn=f"arn:aws:cognito-idp:{name}:123456789012:userpool/{vector.pool_id}",
        name="vector",
        region=name,
        username_attributes=frozenset({"email"} if by_email else ()),
    )
    client = UserPoolClient("Client", "client", "client", pool.id)
    made_of: Stack = replace(stack(), user_pools=(pool,), user_pool_clients=(client,))
    clock = MovableClock()
    at = time.strptime(vector.timestamp, "%a %b %d %H:%M:%S UTC %Y")
    clock.ahead = calendar.timegm(at) - time.time()
    with serve(directory, made_of, clock, Loaded(vector)) as lab:
        yield lab


@pytest.mark.parametrize("vector", VECTORS, ids=["first", "second"])
def test_c26_vectors(tmp_path: Path, vector: Vector) -> None:
    a_public = f"{pow(2, int(vector.a, 16), N):x}"
    assert hashlib.sha256(a_public.encode()).hexdigest() == vector.a_public
    with loaded(vector, tmp_path) as lab:
        given = {"ClientId": "client", "Username": vector.login, "Password": vector.password}
        lab.public.sign_up(**given, UserAttributes=pairs(email=vector.login))
        user = {"UserPoolId": vector.pool_id, "Username": vector.login}
        lab.admin.admin_confirm_sign_up(**user)
        parameters = lab.public.initiate_auth(
            ClientId="client",
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": vector.login, "SRP_A": a_public},
        )["ChallengeParameters"]
        b_public = f"{int(parameters['SRP_B'], 16):x}"
        assert hashlib.sha256(b_public.encode()).hexdigest() == vector.b_public
        assert int(parameters["SALT"], 16) == int(vector.salt, 16)
        assert parameters["USER_ID_FOR_SRP"] == vector.user_id
        assert parameters["SECRET_BLOCK"] == vector.block
        answer = respond(
            lab,
            "client",
            USERNAME=vector.user_id,
            PASSWORD_CLAIM_SECRET_BLOCK=vector.block,
            PASSWORD_CLAIM_SIGNATURE=vector.signature,
            TIMESTAMP=vector.timestamp,
        )
    assert "AuthenticationResult" in answer


def respond(lab: Lab, client_id: str, **responses: str) -> dict[str, Any]:
    """Answer PASSWORD_VERIFIER."""
    found: dict[str, Any] = lab.public.respond_to_auth_challenge(
        ClientId=client_id, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=responses
    )
    return found


def test_c27_challenge(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    answer = lab.srp_a(name)
    assert answer["ChallengeName"] == "PASSWORD_VERIFIER"
    assert "Session" not in answer
    found = set(answer["ChallengeParameters"])
    assert found == {"SALT", "SECRET_BLOCK", "SRP_B", "USERNAME", "USER_ID_FOR_SRP"}


def test_c28_numbers(lab: Lab, name: str) -> None:
    # Names of nobody get a salt each, like users: enough of them for a leading zero to come up.
    for index in range(200):
        parameters = lab.srp_a(f"{name}-{index}")["ChallengeParameters"]
        for number in (parameters["SALT"], parameters["SRP_B"]):
            assert number == f"{int(number, 16):x}"


def srp(lab: Lab, name: str, password: str = PASSWORD, client: str = "Web") -> Any:
    """pycognito's half of the protocol."""
    return AWSSRP(name, password, lab.pool("Names"), lab.client(client), client=lab.public)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("client", ["amplify", "identity", "pycognito"])
def test_c29_clients(lab: Lab, name: str, client: str) -> None:
    # `make soak` has each come in fifty times; Amplify takes half a second for one.
    assert sign_ins(lab, name, client, 6) == 6


def sign_ins(lab: Lab, name: str, client: str, count: int) -> int:
    """How many of `count` people, half of them with letters beyond ASCII, come in."""
    people = []
    for index in range(count):
        user = {"UserPoolId": lab.pool("Names"), "Username": f"{name}-{index}"}
        password = (PASSWORD, UNICODE)[index % 2]
        lab.admin.admin_create_user(**user, MessageAction="SUPPRESS")
        lab.admin.admin_set_user_password(**user, Password=password, Permanent=True)
        people.append((f"{name}-{index}", password))
    if client == "pycognito":
        answers = [srp(lab, *person).authenticate_user() for person in people]
        return sum("AuthenticationResult" in answer for answer in answers)
    given = {
        "url": lab.url,
        "poolId": lab.pool("Names"),
        "clientId": lab.client("Web"),
        "people": [{"username": each, "password": password} for each, password in people],
    }
    return int(node.run(client, "signIns", given))


class _At(AWSSRP):  # type: ignore[misc] # pycognito has no types
    """pycognito's half, signing a timestamp of our choice."""

    stamp = ""

    def get_cognito_formatted_timestamp(self, _: object) -> str:
        return self.stamp


def claim(lab: Lab, name: str, form: str = "%a %b {day} %H:%M:%S UTC %Y") -> dict[str, str]:
    """An answer to PASSWORD_VERIFIER, rightly signed over a timestamp of this form."""
    client = _At(name, PASSWORD, lab.pool("Names"), lab.client("Web"), client=lab.public)
    now = time.gmtime()
    client.stamp = time.strftime(form.format(day=now.tm_mday), now)
    own = client.get_auth_params()
    parameters = lab.srp_a(name, a=own["SRP_A"])["ChallengeParameters"]
    found: dict[str, str] = client.process_challenge(parameters, own)
    return found


def test_c30_altered_claims(lab: Lab, name: str) -> None:
    web = lab.client("Web")
    for each in (name, f"{name}-eve"):
        lab.confirmed(each)
    others = lab.srp_a(f"{name}-eve")["ChallengeParameters"]["SECRET_BLOCK"]
    good = claim(lab, name)
    assert "AuthenticationResult" in respond(lab, web, **good)
    first = claim(lab, name)
    signature = first["PASSWORD_CLAIM_SIGNATURE"]
    tomorrow = time.strftime("%a", time.gmtime(time.time() + 86_400))
    for bad in (
        first | {"PASSWORD_CLAIM_SIGNATURE": ("B" if signature[0] == "A" else "A") + signature[1:]},
        claim(lab, name) | {"PASSWORD_CLAIM_SECRET_BLOCK": others},
        good,
        claim(lab, name, "%a %b 0{day} %H:%M:%S UTC %Y"),
        claim(lab, name, f"{tomorrow} %b {{day}} %H:%M:%S UTC %Y"),
    ):
        with lab.refused("NotAuthorized", REFUSED):
            respond(lab, web, **bad)
    assert "AuthenticationResult" in respond(lab, web, **claim(lab, name))


def test_c31_unsafe_a(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    for number in (0, N, 2 * N):
        with lab.refused("InvalidParameter"):
            lab.srp_a(name, a=f"{number:x}")
    with lab.refused("InvalidParameter", "Missing required parameter SRP_A"):
        lab.public.initiate_auth(
            ClientId=lab.client("Web"),
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": name},
        )


def test_c32_alias(lab: Lab, name: str) -> None:
    lab.confirmed(name, "AliasWeb")
    parameters = lab.srp_a(f"{name}@lab.example", "AliasWeb")["ChallengeParameters"]
    assert parameters["USERNAME"] == parameters["USER_ID_FOR_SRP"] == name
    assert "AuthenticationResult" in lab.begin(f"{name}@lab.example", client="AliasWeb")
