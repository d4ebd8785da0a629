"""A certificate authority of this machine's own, and what it vouches for.

There are two of them, since two parties trust them. Functions trust one that vouches for AWS's host
names; its key never leaves memory. People's devices trust the other, for `--tls`; it is kept in the
data directory, and name constraints hold it to this machine's names and to private addresses, so
that a stolen key is worth nothing elsewhere.
"""

import contextlib
import ipaddress
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from emulator.clock import Clock
from emulator.iam.credentials import write_private


_AUTHORITY_FOR = timedelta(days=3650)
_SERVER_FOR = timedelta(days=397)
"""Apple's devices take no more than 825 days, browsers' public rules were 397:
https://support.apple.com/en-us/103769"""

_PRIVATE = (
    *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"),
)


class Authority:
    """A key that vouches for servers."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, clock: Clock
    ) -> None:
        self._key = key
        self._certificate = certificate
        self._clock = clock

    @classmethod
    def create(
        cls, name: str, clock: Clock, constraints: x509.NameConstraints | None = None
    ) -> "Authority":
        """A new one; `name` is what people read in a list of authorities."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, name, key, clock, _AUTHORITY_FOR)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        builder = builder.add_extension(_usage(signs_certificates=True), True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(identifier, False)
        if constraints is not None:
            builder = builder.add_extension(constraints, True)
        return cls(key, builder.sign(key, hashes.SHA256()), clock)

    @classmethod
    def load(cls, folder: Path, clock: Clock) -> "Authority":
        """The one that `save` left. Raises `OSError` or `ValueError` if there is none."""
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("not a key that this program made")
        certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
        return cls(key, certificate, clock)

    def save(self, folder: Path) -> None:
        """Write `ca.key` and `ca.pem`, the key readable by its owner only."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "ca.pem").write_bytes(self.pem)
        write_private(folder / "ca.key", _pem(self._key))

    @property
    def pem(self) -> bytes:
        """The certificate that others are to trust."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def lasts(self) -> bool:
        """Whether it outlives what it would sign today."""
        return self._certificate.not_valid_after_utc > _now(self._clock) + _SERVER_FOR

    def may_vouch_for(self, names: Iterable[str]) -> bool:
        """Whether its name constraints let it sign for all of these host names and addresses."""
        found = self._certificate.extensions.get_extension_for_class(x509.NameConstraints)
        permitted = found.value.permitted_subtrees or []
        return all(any(_covers(subtree, name) for subtree in permitted) for name in names)

    def server_context(self, names: Iterable[str], folder: Path) -> ssl.SSLContext:
        """For a server with these host names and addresses. `folder` holds a file for a moment."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Python's ssl reads keys from files only.
        file = folder / "server.pem"
        try:
            write_private(file, self.issue(names))
            return context_from(file, file)
        finally:
            file.unlink(missing_ok=True)

    def issue(self, names: Iterable[str]) -> list[str]:
        """A new key and the certificate for it: the lines of a PEM file."""
        key = ec.generate_private_key(ec.SECP256R1())
        listed = list(names)
        issuer = self._certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        # Not a host name: where a certificate has only addresses, clients would judge it as one.
        builder = _builder("labchat server", str(issuer), key, self._clock, _SERVER_FOR)
        alternatives = x509.SubjectAlternativeName([_general_name(name) for name in listed])
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        for extension, critical in (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(signs_certificates=False), True),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False),
            (server, False),
            (alternatives, False),
        ):
            builder = builder.add_extension(extension, critical)
        certificate = builder.sign(self._key, hashes.SHA256())
        encoded = certificate.public_bytes(serialization.Encoding.PEM)
        return [*_pem(key), *encoded.decode().splitlines()]

    def context_for_any_name(self, folder: Path) -> ssl.SSLContext:
        """For a server that stands for whichever host a client asks for (SNI)."""

        @lru_cache(maxsize=256)
        def named(name: str) -> ssl.SSLContext:
            return self.server_context([name], folder)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            with contextlib.suppress(ValueError):
                connection.context = named((name or "localhost").lower())
                return None
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

        context = self.server_context(["localhost"], folder)
        context.sni_callback = choose
        return context


def context_from(certificate: Path, key: Path) -> ssl.SSLContext:
    """A server's context from PEM files. Raises `OSError` (`ssl.SSLError` too) for unusable ones."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def names_in(certificate: Path) -> list[str]:
    """The host names of a server's certificate (PEM), without wildcards.

    Raises `OSError` or `ValueError` for a file that is none.
    """
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    try:
        found = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [
        name for name in found.value.get_values_for_type(x509.DNSName) if not name.startswith("*")
    ]


def held_to(names: Iterable[str]) -> x509.NameConstraints:
    """Constraints to these names, and to addresses that no two networks can tell apart anyway."""
    own = [_subtree(name) for name in names]
    private = [x509.IPAddress(ipaddress.ip_network(network)) for network in _PRIVATE]
    return x509.NameConstraints(permitted_subtrees=[*own, *private], excluded_subtrees=None)


def _builder(
    name: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    clock: Clock,
    lasting: timedelta,
) -> x509.CertificateBuilder:
    start = _now(clock) - timedelta(days=1)  # Other devices' clocks may be behind.
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lasting)
    )


def _now(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.now(), UTC)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _general_name(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _subtree(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(ipaddress.ip_network(address))


def _covers(subtree: x509.GeneralName, name: str) -> bool:
    address = _address(name)
    if isinstance(subtree, x509.IPAddress):
        assert isinstance(subtree.value, ipaddress.IPv4Network | ipaddress.IPv6Network)
        return address is not None and address in subtree.value
    return address is None and (name == subtree.value or name.endswith(f".{subtree.value}"))


def _pem(key: ec.EllipticCurvePrivateKey) -> list[str]:
    encoded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return encoded.decode().splitlines()
