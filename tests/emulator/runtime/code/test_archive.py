"""Zip files are unpacked as they are, and nothing of them gets out of the folder."""

import stat
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, strategies as st

from emulator.errors import UsageError
from emulator.runtime.code.archive import opened, unpack, unzipped_size
from tests.emulator.runtime.code.zips import zip_file


LINK = stat.S_IFLNK | 0o777


def unpacked(path: Path, target: Path) -> Path:
    """Open and unpack a zip file."""
    with opened(path) as archive:
        unpack(archive, target)
    return target


def test_files_folders_and_who_may_execute(tmp_path: Path) -> None:
    """Files can be read whatever the zip file says; what could be executed still can, no more."""
    entries = {"app.py": "code", "empty/": "", "bin/tool": "#!", "own": "x"}
    modes = {"bin/tool": stat.S_IFREG | 0o4755, "own": stat.S_IFREG | 0o600}
    target = unpacked(zip_file(tmp_path / "z.zip", entries, modes), tmp_path / "out")
    assert (target / "app.py").read_text() == "code"
    assert (target / "empty").is_dir()
    assert (target / "bin/tool").stat().st_mode & 0o7777 == 0o755
    assert (target / "own").stat().st_mode & 0o7777 == 0o644
    assert unzipped_size(tmp_path / "z.zip") == len("code" + "#!" + "x")


def test_links_are_kept(tmp_path: Path) -> None:
    """A link is a link again, also one that leads nowhere."""
    entries = {"lib/a.so": "library", "lib/a.so.1": "a.so", "gone": "/opt/gone"}
    modes = {"lib/a.so.1": LINK, "gone": LINK}
    target = unpacked(zip_file(tmp_path / "z.zip", entries, modes), tmp_path / "out")
    assert (target / "lib/a.so.1").is_symlink()
    assert (target / "lib/a.so.1").read_text() == "library"
    assert str((target / "gone").readlink()) == "/opt/gone"


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "a/..", "../"])
def test_entries_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    """The sentence names the file and the entry."""
    path = zip_file(tmp_path / "z.zip", {name: "x"})
    with pytest.raises(UsageError, match=r"z\.zip has an entry .*leads out"):
        unpacked(path, tmp_path / "deep/out")
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("link", ["link", "link/inner"])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    """Neither a file nor another link gets to where a link leads."""
    (tmp_path / "outside").mkdir()
    entries = {"link": str(tmp_path / "outside"), "link/inner": "x", "link/inner/file": "x"}
    path = zip_file(tmp_path / "z.zip", entries, {"link": LINK, link: LINK})
    with pytest.raises(UsageError, match=r"z\.zip cannot be read or unpacked"):
        unpacked(path, tmp_path / "out")
    assert not list((tmp_path / "outside").iterdir())


def test_what_is_no_zip_file(tmp_path: Path) -> None:
    """Text, a directory of the archive that is cut off, a compression that nobody knows."""
    whole = zip_file(tmp_path / "whole.zip", {"a": "x" * 1000}).read_bytes()
    for content in (b"", b"text", whole[:-30]):
        (tmp_path / "z.zip").write_bytes(content)
        with pytest.raises(UsageError, match=r"z\.zip is no zip file that can be read .*build it"):
            unpacked(tmp_path / "z.zip", tmp_path / "out")
    with pytest.raises(UsageError, match="No such file"):
        unzipped_size(tmp_path / "absent.zip")


@given(st.data())
def test_a_damaged_zip_file_is_unpacked_whole_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whichever byte is wrong: what comes out is what went in, or one sentence says that it cannot."""
    folder = tmp_path_factory.mktemp("damaged")
    entries = {"module.py": "def handler(event, context):\n    return 1\n" * 20, "data": "y" * 50}
    content = bytearray(zip_file(folder / "z.zip", entries).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    (folder / "z.zip").write_bytes(content)
    try:
        target = unpacked(folder / "z.zip", folder / "out")
    except UsageError:
        return
    for file in target.rglob("*"):
        assert file.is_dir() or file.read_text() in {*entries.values(), ""}


def test_an_encrypted_zip_file(tmp_path: Path) -> None:
    """Nobody is there to give a password."""
    path = zip_file(tmp_path / "z.zip", {"a": "x"})
    content = bytearray(path.read_bytes())
    with ZipFile(path) as archive:
        directory = archive.start_dir
    content[6] |= 1
    content[directory + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(UsageError, match="encrypted"):
        unpacked(path, tmp_path / "out")
