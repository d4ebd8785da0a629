"""The emulator runs the zip files that are deployed, and nothing beside them."""

import asyncio
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from websockets.asyncio.client import connect

from emulator.clock import Entropy
from emulator.runtime.packages import Packages
from tests.support.people import LOBBY, Person, new_id, sign_in, sign_up
from tests.support.server import PACKAGES, ROOT, TEMPLATE, Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

ECHO = ROOT / "tests" / "fixtures" / "echo"


def _zip(path: Path, folders: Iterable[Path]) -> Path:
    """A deployment package as build scripts make it: the folders' content, no bytecode."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for folder in folders:
            for file in sorted(folder.rglob("*")):
                if file.is_file() and file.suffix != ".pyc":
                    archive.write(file, file.relative_to(folder))
    return path


def _chat(folder: Path) -> Path:
    """A package for each function of the chat, its dependencies inside."""
    handlers = ROOT / "handlers"
    packages = Packages(PACKAGES, Entropy())
    declared = asyncio.run(packages.install(handlers / "requirements.txt"))
    functions = re.findall(r"^  (\w+Function):$", TEMPLATE.read_text(), re.MULTILINE)
    folder.mkdir()
    whole = _zip(folder / f"{functions[0]}.zip", [declared, handlers])
    for name in functions[1:]:
        os.link(whole, folder / f"{name}.zip")
    return folder


async def test_the_chat_runs_from_its_packages(own_server: Server, tmp_path: Path) -> None:
    """Signing up, connecting and writing work where the template's code folder is not."""
    packages = await asyncio.to_thread(_chat, tmp_path / "dist")
    (tmp_path / "deploy").mkdir()
    own_server.template = Path(shutil.copy(TEMPLATE, tmp_path / "deploy"))
    own_server.options = ("--packages", str(packages))
    await asyncio.to_thread(own_server.start)
    await asyncio.to_thread(sign_up, own_server, "ada@lab.example", "Ada")
    token = (await asyncio.to_thread(sign_in, own_server, "ada@lab.example"))["AccessToken"]
    async with Person(own_server, token) as ada:
        await ada.call("hello", v=1, name="Ada", within=60)
        reply = await ada.say("from a package", ids=[new_id(1)], rid=LOBBY)
    assert reply["msgs"][0]["ok"]
    assert not (tmp_path / "handlers").exists()
    assert len(list((own_server.data_dir / "code").iterdir())) == 1


async def test_a_new_package_serves_the_next_message(own_server: Server, tmp_path: Path) -> None:
    """The socket stays while the build makes its folder anew."""
    dist, build = tmp_path / "dist", tmp_path / "build"
    shutil.copytree(ECHO / "code", build)
    dist.mkdir()
    _zip(dist / "Function.zip", [build])
    own_server.template = ECHO / "template.yaml"
    own_server.options = ("--packages", str(dist))
    await asyncio.to_thread(own_server.start)
    async with asyncio.timeout(120), connect(own_server.urls["websocket"]) as socket:
        await socket.send("1")
        assert await socket.recv() == "1"
        source = (build / "echo.py").read_text()
        (build / "echo.py").write_text(source.replace('event["body"]', '(event["body"] + "!")'))
        await asyncio.to_thread(shutil.rmtree, dist)
        dist.mkdir()
        _zip(dist / "Function.zip", [build])
        answer = "1"
        while answer != "1!":
            await socket.send("1")
            answer = str(await socket.recv())
            await asyncio.sleep(0.05)


def test_a_package_that_cannot_run(own_server: Server, tmp_path: Path) -> None:
    """The start ends with one sentence: the function, the file, the reason, the way out."""
    with ZipFile(tmp_path / "echo.zip", "w") as archive:
        archive.write(ECHO / "code" / "echo.py", "echo.py")
        archive.writestr("fast.cpython-39-x86_64-linux-gnu.so", b"")
    own_server.template = ECHO / "template.yaml"
    own_server.options = ("--packages", str(tmp_path))
    with pytest.raises(AssertionError) as caught:
        own_server.start()
    assert re.search(
        rf"labchat: Function: {tmp_path}/echo\.zip cannot run on this machine .*"
        r"fast\.cpython-39-x86_64-linux-gnu\.so is built for cpython-39",
        " ".join(str(caught.value).split()),
    )
