"""Packages are installed once, for everyone who asks for the same."""

import asyncio
import zipfile
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from emulator.errors import UsageError
from emulator.runtime.packages import Packages
from tests.fakes import FakeEntropy, until


pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


def wheel(folder: Path, version: str) -> Path:
    """A wheel of one module, `greeting`, which needs no network to be installed."""
    file = folder / f"greeting-{version}-py3-none-any.whl"
    about = f"greeting-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("greeting.py", f"VERSION = {version!r}\n")
        archive.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: greeting\nVersion: {version}\n"
        )
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    return file


async def test_packages_are_installed_once(tmp_path: Path) -> None:
    """A folder is kept under the hash of what asked for it; a failure leaves nothing behind."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("")
    packages = Packages(tmp_path / "packages", FakeEntropy())
    installed = []

    async def install(given: Sequence[Path], target: Path) -> None:
        installed.append(given)
        await asyncio.to_thread(target.mkdir)

    folder = await packages.once(b"here", [requirements], install)
    assert await packages.once(b"here", [requirements], install) == folder
    assert installed == [[requirements]]
    requirements.write_text("/nonexistent/package\n")
    with pytest.raises(UsageError, match="could not be installed"):
        await packages.install(requirements)
    assert list((tmp_path / "packages").iterdir()) == [folder]


async def test_who_asks_at_the_same_time_gets_the_same(tmp_path: Path) -> None:
    """One pip runs for all of them."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{wheel(tmp_path, '1')}\n")
    packages = Packages(tmp_path / "packages", FakeEntropy())
    first, second = await asyncio.gather(*(packages.install(requirements) for _ in range(2)))
    assert first == second
    assert (first / "greeting.py").read_text() == "VERSION = '1'\n"
    assert packages._entropy.bytes(8) == (2).to_bytes(8, "big")


async def test_requirements_that_change_meanwhile_are_not_kept_under_the_old_name(
    tmp_path: Path,
) -> None:
    """What pip may have read is not what was asked for."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{wheel(tmp_path, '1')}\n")
    packages = Packages(tmp_path / "packages", FakeEntropy())
    installing = asyncio.create_task(packages.install(requirements))
    await until((tmp_path / "packages").exists)
    requirements.write_text(f"{wheel(tmp_path, '2')}\n")
    with pytest.raises(UsageError, match="was changed while it was installed"):
        await installing
    assert not list((tmp_path / "packages").iterdir())


async def test_an_end_in_the_middle(tmp_path: Path) -> None:
    """Whoever stops the emulator need not wait for pip: it ends too, and leaves nothing behind."""
    asked = asyncio.Event()

    def never_answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    index = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    port = index.sockets[0].getsockname()[1]
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"--index-url http://127.0.0.1:{port}/simple\ngreeting\n")
    installing = asyncio.create_task(
        Packages(tmp_path / "packages", FakeEntropy()).install(requirements)
    )
    await asyncio.wait_for(asked.wait(), 60)
    installing.cancel()
    await asyncio.gather(installing, return_exceptions=True)
    assert installing.cancelled()
    assert not [child for child in psutil.Process().children() if "pip" in child.cmdline()]
    assert not list((tmp_path / "packages").iterdir())
    for writer in writers:
        writer.close()
    index.close()
