"""The server's half of SRP-6a as Cognito does it (reference section 5). Pure arithmetic.

    v = g^x                          kept instead of the password
    B = k*v + g^b                    the server's challenge
    S = (A * v^u)^b                  equals the client's (B - k*g^x)^(a + u*x)
    K = HKDF(S, u)                   signs the claim

All of it modulo N. Raising to a power takes about a millisecond, without the interpreter's lock;
Python's own `pow` takes seven and holds it. Call what is marked slow in a thread.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from Crypto.Math.Numbers import Integer


# The 3072-bit prime of RFC 3526, group 15; its generator.
N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A0879"
    "8E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B"
    "0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA4836"
    "1C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804"
    "F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6"
    "955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64"
    "ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D226"
    "1AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2"
    "08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2
INFO = b"Caldera Derived Key\x01"


class UnsafeValue(ValueError):
    """A value that would make the shared secret predictable (A mod N = 0, or u = 0)."""


def pad(number: int) -> bytes:
    """Minimal two's-complement big-endian form; not padded to the length of N."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def digest(*parts: bytes) -> bytes:
    """SHA-256 of the concatenation."""
    return hashlib.sha256(b"".join(parts)).digest()


def number(data: bytes) -> int:
    """Big-endian bytes as a number."""
    return int.from_bytes(data, "big")


K = number(digest(pad(N), pad(G)))


def power(base: int, exponent: int) -> int:
    """base^exponent mod N, in a time that does not depend on the exponent's bits. Slow."""
    return int(pow(Integer(base % N), exponent, N))


def private_key(pool_name: str, user_id: str, password: str, salt: int) -> int:
    """x: what only somebody who knows the password can compute."""
    inner = digest(f"{pool_name}{user_id}:{password}".encode())
    return number(digest(pad(salt), inner))


def verifier(pool_name: str, user_id: str, password: str, salt: int) -> int:
    """v = g^x. Slow."""
    return power(G, private_key(pool_name, user_id, password, salt))


def public_value(v: int, b: int) -> int:
    """B = k*v + g^b. Slow."""
    return (K * v + power(G, b)) % N


def scramble(a_public: int, b_public: int) -> int:
    """u = H(A, B)."""
    return number(digest(pad(a_public), pad(b_public)))


def shared_secret(a_public: int, b_public: int, v: int, b: int) -> int:
    """S, by the server's way. Slow."""
    if a_public % N == 0:
        raise UnsafeValue("A")
    u = scramble(a_public, b_public)
    if u == 0:
        raise UnsafeValue("u")
    return power(a_public * power(v, u), b)


def session_key(secret: int, u: int) -> bytes:
    """K: HKDF with u as the salt and S as the input key material, 16 bytes of it."""
    extracted = hmac.digest(pad(u), pad(secret), "sha256")
    return hmac.digest(extracted, INFO, "sha256")[:16]


def claim(key: bytes, pool_name: str, user_id: str, block: bytes, timestamp: str) -> str:
    """PASSWORD_CLAIM_SIGNATURE."""
    message = (pool_name + user_id).encode() + block + timestamp.encode()
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One open exchange: all that the second step needs."""

    pool_name: str
    user_id: str
    verifier: int
    a_public: int
    b_private: int
    b_public: int
    block: bytes

    def proves(self, signature: str, timestamp: str) -> bool:
        """Whether the claim shows knowledge of the password. Slow."""
        secret = shared_secret(self.a_public, self.b_public, self.verifier, self.b_private)
        key = session_key(secret, scramble(self.a_public, self.b_public))
        expected = claim(key, self.pool_name, self.user_id, self.block, timestamp)
        return hmac.compare_digest(expected.encode(), signature.encode())
