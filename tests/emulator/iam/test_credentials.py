"""Keys that are derived from one secret, and the files that hold them."""

import configparser
import stat
from pathlib import Path

from emulator.iam.credentials import (
    KeyRing,
    Principal,
    load_secret,
    write_credentials_file,
    write_private,
)
from tests.fakes import FakeEntropy


ROLE = "arn:aws:iam::000000000000:role/writer"


def test_keys_look_like_aws_s() -> None:
    """Long-lived keys start with AKIA and have no token; a role's start with ASIA and have one."""
    ring = KeyRing(b"secret", "000000000000")
    role = ring.add_role(ROLE, "f")
    assert (len(ring.operator.access_key_id), ring.operator.access_key_id[:4]) == (20, "AKIA")
    assert (len(role.access_key_id), role.access_key_id[:4]) == (20, "ASIA")
    assert len(role.secret_access_key) == 40
    assert role.session_token
    assert not ring.operator.session_token


def test_keys_are_stable_and_differ() -> None:
    """The same secret gives the same keys; another secret, role or function others."""
    a, b, other = (KeyRing(secret, "1") for secret in (b"s", b"s", b"t"))
    assert a.operator == b.operator != other.operator
    assert a.add_role(ROLE, "f") == b.add_role(ROLE, "f")
    keys = [a.add_role(ROLE, "f"), a.add_role(ROLE, "g"), a.add_role(f"{ROLE}2", "f")]
    keys += [other.add_role(ROLE, "f"), a.operator]
    for part in ("access_key_id", "secret_access_key", "session_token"):
        assert len({getattr(each, part) for each in keys}) == len(keys)


def test_finding_out_whose_key_it_is() -> None:
    """A key that was given out is known with its principal; any other is not."""
    ring = KeyRing(b"s", "000000000000")
    role = ring.add_role(ROLE, "f")
    principal = Principal("arn:aws:sts::000000000000:assumed-role/writer/f", ROLE)
    assert ring.find(role.access_key_id) == (role, principal)
    assert ring.find("AKIAUNKNOWN") is None


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    """The first start draws it; later ones read it; only its owner may."""
    secret = load_secret(tmp_path, FakeEntropy())
    assert len(secret) == 32
    assert load_secret(tmp_path, FakeEntropy()) == secret
    assert stat.S_IMODE((tmp_path / "iam.key").stat().st_mode) == 0o600


def test_the_credentials_file(tmp_path: Path) -> None:
    """It is in the format that SDKs read, private, and replaced as a whole."""
    ring = KeyRing(b"s", "1")
    (tmp_path / "credentials.new").write_text("left over from a crash")
    write_credentials_file(tmp_path, ring.operator, "eu-west-1")
    path = write_credentials_file(tmp_path, ring.operator, "us-east-1")
    parsed = configparser.ConfigParser()
    parsed.read(path)
    assert dict(parsed["default"]) == {
        "aws_access_key_id": ring.operator.access_key_id,
        "aws_secret_access_key": ring.operator.secret_access_key,
        "region": "us-east-1",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["credentials"]


def test_a_private_file_replaces_an_open_one(tmp_path: Path) -> None:
    """A file that others could read is private after it was replaced."""
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, ["a", "b"])
    assert path.read_text() == "a\nb\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
