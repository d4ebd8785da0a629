"""`--tls`: which certificate, under which names, and what people are told."""

import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.certificates import Authority
from emulator.clock import Clock
from emulator.errors import UsageError
from emulator.settings import Settings
from emulator.tls import front
from tests.emulator.test_certificates import reach
from tests.fakes import FakeClock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "t.yaml", tmp_path / "data", host="lab.local", tls=True)


def test_without_tls(settings: Settings) -> None:
    """Plain HTTP, and nothing is made."""
    seen = front(replace(settings, tls=False), Clock())
    assert (seen.names, seen.tls, seen.secure) == (["lab.local"], None, "")
    assert not settings.data_dir.exists()


def test_the_authority_stays(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """The next start shows a new certificate of the authority that devices trust by then."""
    first = front(settings, Clock())
    assert first.secure == "s"
    assert str(settings.authority_file) in caplog.text
    caplog.clear()
    second = front(settings, Clock())
    assert not caplog.records
    assert second.trusted == first.trusted == settings.authority_file.read_bytes()
    authority = Authority.load(settings.authority_file.parent, Clock())
    assert second.tls is not None
    reach(authority, second.tls, "lab.local")


def test_a_new_name_needs_a_new_authority(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The old one must not vouch for it; the person is told that devices have to trust anew."""
    before = front(settings, Clock()).trusted
    caplog.clear()
    after = front(replace(settings, host="other.example"), Clock()).trusted
    assert after != before
    assert "devices must be told" in caplog.text


@pytest.mark.parametrize("damage", ["not PEM", "another's", "ended"])
def test_an_authority_that_cannot_serve_is_replaced(settings: Settings, damage: str) -> None:
    """Damaged files, or an authority at its end."""
    clock = FakeClock()
    before = front(settings, clock).trusted
    folder = settings.authority_file.parent
    if damage == "not PEM":
        (folder / "ca.key").write_text("x")
    elif damage == "another's":
        Authority.create("without constraints", clock).save(folder)
    else:
        clock.advance(9.5 * 365 * 86400)
    assert front(settings, clock).trusted not in {before, b""}


def test_a_certificate_of_one_s_own(settings: Settings, tmp_path: Path) -> None:
    """Its first host name stands in URLs; no authority is made."""
    own = _certificate(tmp_path, ["*.lab.example", "chat.lab.example"])
    seen = front(replace(settings, tls=False, tls_certificate=own), Clock())
    assert seen.names == ["chat.lab.example"]
    assert isinstance(seen.tls, ssl.SSLContext)
    assert not settings.authority_file.exists()


def test_files_that_are_no_certificate(settings: Settings, tmp_path: Path) -> None:
    """The sentence names both and says what they should be."""
    own = _certificate(tmp_path, ["chat.lab.example"])
    (tmp_path / "text").write_text("text")
    for certificate, key in (
        (tmp_path / "absent", own),
        (tmp_path / "text", own),
        (own, tmp_path / "text"),
    ):
        wrong = replace(settings, tls_certificate=certificate, tls_key=key)
        with pytest.raises(UsageError, match=r"cannot be used .*; give PEM"):
            front(wrong, Clock())


def _certificate(folder: Path, names: list[str]) -> Path:
    """A certificate and its key in one file, as people keep them."""
    file = folder / "own.pem"
    file.write_text("\n".join(Authority.create("lab", Clock()).issue(names)))
    return file
