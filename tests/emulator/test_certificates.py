"""Two authorities: one that vouches for any name, one that is held to this machine's."""

import contextlib
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from emulator.certificates import Authority, context_from, held_to
from emulator.clock import Clock
from tests.fakes import FakeClock


NAMES = ["lab.local", "192.168.1.5", "203.0.113.9"]


def reach(authority: Authority, server: ssl.SSLContext, name: str) -> x509.Certificate:
    """Shake hands in memory as a client that trusts the authority; raises what a client would."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    trusting.load_verify_locations(cadata=authority.pem.decode())
    ours, theirs, back, forth = (ssl.MemoryBIO() for _ in range(4))
    client = trusting.wrap_bio(ours, theirs, server_hostname=name)
    end = server.wrap_bio(back, forth, server_side=True)
    for _ in range(4):
        for side in (client, end):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
            back.write(theirs.read())
            ours.write(forth.read())
    certificate = client.getpeercert(binary_form=True)
    assert certificate is not None
    return x509.load_der_x509_certificate(certificate)


def test_any_name_that_a_client_asks_for(tmp_path: Path) -> None:
    """Each host gets a certificate of its own, made when it is asked for, and no key is left."""
    authority = Authority.create("test", Clock())
    server = authority.context_for_any_name(tmp_path)
    for name in ("a.execute-api.us-east-1.amazonaws.com", "ws.lab.example"):
        found = reach(authority, server, name).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        assert found.value.get_values_for_type(x509.DNSName) == [name]
    assert list(tmp_path.iterdir()) == []


def test_a_stranger_is_not_believed(tmp_path: Path) -> None:
    """Another authority's certificate does not pass."""
    server = Authority.create("test", Clock()).context_for_any_name(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        reach(Authority.create("other", Clock()), server, "lab.local")


def test_an_authority_outlives_its_process(tmp_path: Path) -> None:
    """Devices go on trusting it after a restart; its key is readable by its owner only."""
    made = Authority.create("lab", Clock(), held_to(NAMES))
    made.save(tmp_path / "tls")
    assert stat.S_IMODE((tmp_path / "tls" / "ca.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700
    again = Authority.load(tmp_path / "tls", Clock())
    assert again.pem == made.pem
    server = again.server_context(NAMES, tmp_path / "tmp")
    for name in NAMES:
        reach(made, server, name)


def test_what_devices_trust_is_held_to_this_machine(tmp_path: Path) -> None:
    """With a stolen key nobody can pretend to be another host: clients refuse it."""
    authority = Authority.create("lab", Clock(), held_to(NAMES))
    for name in ("bank.example", "s3.amazonaws.com", "198.51.100.1"):
        assert not authority.may_vouch_for([name])
        with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
            reach(authority, authority.server_context([name], tmp_path), name)
    for name in ("lab.local", "sub.lab.local", "10.1.2.3", "fe80::1", "203.0.113.9"):
        assert authority.may_vouch_for([name])
        reach(authority, authority.server_context([name], tmp_path), name)


def test_an_authority_is_renewed_in_time() -> None:
    """It ends later than what it signs; close to its end a new one is needed."""
    clock = FakeClock()
    authority = Authority.create("lab", clock)
    assert authority.lasts()
    clock.advance(8.9 * 365 * 86400)
    assert authority.lasts()
    clock.advance(0.2 * 365 * 86400)
    assert not authority.lasts()


def test_a_certificate_of_one_s_own(tmp_path: Path) -> None:
    """PEM files are taken as they are; what is none is an error."""
    with pytest.raises(OSError, match="No such file"):
        context_from(tmp_path / "absent", tmp_path / "absent")
    (tmp_path / "bad").write_text("no certificate")
    with pytest.raises(ssl.SSLError):
        context_from(tmp_path / "bad", tmp_path / "bad")
