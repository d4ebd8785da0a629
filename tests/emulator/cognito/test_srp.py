"""The vectors of reference section 5.3, and the values that must be refused."""

import base64
import hashlib
from dataclasses import dataclass

import pytest

from emulator.cognito import srp


@dataclass(frozen=True)
class Vector:
    pool_name: str
    user_id: str
    password: str
    salt: str
    a: str
    b: str
    x: str
    v_hash: str
    a_hash: str
    b_hash: str
    u: str
    s_hash: str
    key: str
    block: str
    timestamp: str
    signature: str


VECTORS = [
    Vector(
        pool_name="AbCdEf123",
        user_id="ada@lab.example",
        password="Passw0rd!long",
        salt="a244c038c0fd9192b9b5538344ce41ab",
        a="62e03bf703cdf12dc5d9b27296ffa3046aa286ed2fc1f4f5698399a86d4be9cf",
        b="e2b5c3ac70d6792e0b9fba81d969923d3538b43ced52c1b8f733da005531990",
        x="cba3417c706718e091c2ac12b3e298ac9cdbd9c4521be63ae46f639288f8ab01",
        v_hash="7dd7fd70e32aa41b6ed57ff91366c1e78b4d8a4268f77beefd65944dc75ce60c",
        a_hash="fb65a8642bdf42718bbbcb0014691915052e2044c2e09f613d61bcf9e3d3f15f",
        b_hash="8eae427a611952be8e9d4a25d6cd6eccba99d409fe86e3e1fd37bf70bee972c7",
        u="131fea3c0aa49faf408792f6339a6965f4885abd68b0320ccaa88382f3aa027e",
        s_hash="0febbce03718b276c77a4b06cbcdbf5166d3cfb5752944a6ae28ffd1976fd970",
        key="6a54b93b5d95261ab4a0c2183fbf9f39",
        block="HiLC/W3qZW0ByxQpKhUhI07hUAW2c+wTWKmhUFM9/wI=",
        timestamp="Tue Mar 4 05:06:07 UTC 2025",
        signature="GTMLf3gmfTv9VethyeLhveeQO6PZPs6r9QunTODu9nk=",
    ),
    Vector(
        pool_name="Zz9Zz9Zz9",
        user_id="0c7d1b1e-6f0a-4b52-9d6c-2b1f0a9e7c11",
        password="p\u00e455_W\u00f6rd\u2026Zz1!",
        salt="7f00112233445566778899aabbccdde",
        a="98bb3afc3f32429c11168cd8324d6d036a4ce896db780a5251af656664eae82d",
        b="311f1b79385b27dea03d9f8915e58b970a19bdfa703e03f1bf714aafbc7608a7",
        x="f80cde49c08363cf0f833079ad9f02042981e2087ddec736e3cdd5e75be44a47",
        v_hash="85cef657ca9b95e662762bbb3e09487437d54eb6c82817ace953443408847351",
        a_hash="bb101592671dc90fe0d3d7252059c5d3d5c95fdd2cc2ea54c6f170ad683271f9",
        b_hash="d037aa8b06587360f8c620c9bcf7e0272af399026bbcb733160c85519419b0ec",
        u="c8995ed3b84d738371eee04d74eb01b946319ee008d3316b1a621c66fc431091",
        s_hash="1898289c9fd9b19aca6ed694b5880136324ac17b9f3de28840c6f719ad023842",
        key="018091895138d8b25e299e49efec24ac",
        block=(
            "LoBWUqAQcrQhi13K8vJAh0t+iguwSljBBpmjrPYgvWidS0CsnYMecFm+np8/DDQ060kIDgA0L6UxLGfB7FWq5w=="
        ),
        timestamp="Wed Dec 24 23:59:09 UTC 2025",
        signature="fvDtk/u5UmF6HL9ukCfM95zJGt21rQBz2ItIMWMZTS0=",
    ),
]


def hexhash(number: int) -> str:
    return hashlib.sha256(f"{number:x}".encode()).hexdigest()


def test_constants() -> None:
    """N, g and k are Cognito's."""
    assert hexhash(srp.N) == "30a45e27c3a0a6f934cd558e88e937625082b19bd435f74f04d7500e5032d88e"
    assert srp.G == 2
    assert f"{srp.K:x}" == "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6"


@pytest.mark.parametrize("vector", VECTORS, ids=["first", "odd lengths and non-ASCII"])
def test_every_step_of_the_vectors(vector: Vector) -> None:
    """x, v, A, B, u, S, K and the signature are those of three independent clients."""
    salt, a, b = int(vector.salt, 16), int(vector.a, 16), int(vector.b, 16)
    args = (vector.pool_name, vector.user_id, vector.password, salt)
    assert srp.private_key(*args) == int(vector.x, 16)
    v = srp.verifier(*args)
    assert hexhash(v) == vector.v_hash
    a_public = pow(srp.G, a, srp.N)
    assert hexhash(a_public) == vector.a_hash
    b_public = srp.public_value(v, b)
    assert hexhash(b_public) == vector.b_hash
    u = srp.scramble(a_public, b_public)
    assert u == int(vector.u, 16)
    secret = srp.shared_secret(a_public, b_public, v, b)
    assert hexhash(secret) == vector.s_hash
    key = srp.session_key(secret, u)
    assert key.hex() == vector.key
    block = base64.b64decode(vector.block)
    exchange = srp.Exchange(vector.pool_name, vector.user_id, v, a_public, b, b_public, block)
    assert exchange.proves(vector.signature, vector.timestamp)
    assert not exchange.proves(vector.signature[:-2] + "A=", vector.timestamp)
    assert not exchange.proves(vector.signature, vector.timestamp + " ")


@pytest.mark.parametrize("multiple", [0, 1, 2])
def test_unsafe_a_is_refused(multiple: int) -> None:
    """A = 0 mod N would make the secret 0 for everybody."""
    with pytest.raises(srp.UnsafeValue):
        srp.shared_secret(multiple * srp.N, 5, 7, 11)


@pytest.mark.parametrize(
    ("number", "padded"),
    [(0, "00"), (0x7F, "7f"), (0x80, "0080"), (0xABC, "0abc"), (0xFFFF, "00ffff")],
)
def test_pad(number: int, padded: str) -> None:
    """The sign bit decides, not the length of N."""
    assert srp.pad(number).hex() == padded
