"""What DynamoDB Local needs: a Java, its files, nothing that was not pinned."""

import hashlib
import os
from pathlib import Path

import psutil
import pytest

from emulator.errors import UsageError
from emulator.storage.dynamodb_local import fetch
from emulator.storage.dynamodb_local.fetch import Artifact, fetched, pinned
from emulator.storage.dynamodb_local.java import find_java
from emulator.storage.dynamodb_local.program import HOME, dynamodb_local
from emulator.storage.engine import Engine
from tests.support import engines


def java(folder: Path, says: str) -> str:
    """A program that says it is some Java; gives its folder, as JAVA_HOME."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    program.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ('openjdk version "11.0.2"', "version 11"),
        ('java version "1.8.0_292"', "version 8"),
        ("Error: no JVM", "does not run"),
    ],
)
def test_the_wrong_java(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, reason: str
) -> None:
    """One sentence: what was found, what is needed, how to get it."""
    monkeypatch.setenv("JAVA_HOME", java(tmp_path, says))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=f"Java 17 or newer .*{reason}.*apt install"):
        find_java()


def test_a_java_that_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JAVA_HOME comes first; one that is too old is passed over for the PATH's."""
    monkeypatch.setenv("JAVA_HOME", java(tmp_path / "old", 'openjdk version "11.0.2"'))
    monkeypatch.setenv("PATH", java(tmp_path / "new", 'openjdk version "21"') + "/bin:/bin")
    assert find_java() == tmp_path / "new" / "bin" / "java"
    monkeypatch.setenv("JAVA_HOME", java(tmp_path / "newer", 'openjdk version "25.0.2" 2026-01-20'))
    assert find_java() == tmp_path / "newer" / "bin" / "java"


def downloads(folder: Path, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / hashlib.sha256(os.urandom(8)).hexdigest()
    file.write_bytes(content)
    return file


def pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two artifacts that hold `x`."""
    digest = hashlib.sha256(b"x").hexdigest()
    lines = ["# comment", f"com.amazonaws:DynamoDBLocal:jar:2.6.1 sha256:{digest}"]
    lines.append(f"com.almworks.sqlite4java:libsqlite4java-linux-amd64:so:1.0 sha256:{digest}")
    (tmp_path / "pins").write_text("\n".join(lines))
    monkeypatch.setattr(fetch, "PINNED", tmp_path / "pins")


def test_it_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files lie as in AWS's own archive; a second start asks nobody."""
    pin(tmp_path, monkeypatch)
    asked: list[str] = []

    def download(artifact: Artifact, folder: Path) -> Path:
        asked.append(artifact.name)
        return downloads(folder, b"x")

    home = fetched(tmp_path / "packages", download)
    names = sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())
    assert names == ["DynamoDBLocal.jar", "DynamoDBLocal_lib/libsqlite4java-linux-amd64.so"]
    assert fetched(tmp_path / "packages", download) == home
    assert len(asked) == 2


def test_two_may_fetch_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second takes what the first has brought, and leaves nothing behind."""
    pin(tmp_path, monkeypatch)
    packages = tmp_path / "packages"

    def late(artifact: Artifact, folder: Path) -> Path:
        fetched(packages, lambda artifact, folder: downloads(folder, b"x"))
        return downloads(folder, b"x")

    home = fetched(packages, late)
    assert list(packages.iterdir()) == [home]
    assert (home / "DynamoDBLocal.jar").read_bytes() == b"x"


def test_what_was_not_pinned_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One changed file, and nothing is there to run; the sentence names it."""
    pin(tmp_path, monkeypatch)
    with pytest.raises(UsageError, match="not what was pinned"):
        fetched(tmp_path / "packages", lambda artifact, folder: downloads(folder, b"y"))
    assert not list((tmp_path / "packages").iterdir())


def test_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with both ways out."""
    pin(tmp_path, monkeypatch)

    def offline(artifact: Artifact, folder: Path) -> Path:
        raise ConnectionError("no route to host")

    with pytest.raises(UsageError, match=f"no route to host.*the network.*{HOME}"):
        fetched(tmp_path / "packages", offline)


def test_everything_is_pinned() -> None:
    """Each line of the list has coordinates and a SHA-256; what the launcher needs is there."""
    artifacts = pinned(fetch.PINNED.read_text())
    assert {"DynamoDBLocal", "jetty-xml", "libsqlite4java-linux-amd64"} <= {
        artifact.name for artifact in artifacts
    }
    assert all(len(bytes.fromhex(artifact.sha256)) == 32 for artifact in artifacts)
    (version,) = {each.version for each in artifacts if each.group == "org.eclipse.jetty"}
    assert version.startswith("12.")


def test_a_home_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without the program is named."""
    monkeypatch.setenv(HOME, str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", java(tmp_path / "java", 'openjdk version "17.0.1"'))
    with pytest.raises(UsageError, match=r"no DynamoDBLocal\.jar"):
        dynamodb_local(tmp_path)


def test_an_archive_of_aws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without Jetty's launcher among its libraries its own main class runs, and a warning says so."""
    (tmp_path / "DynamoDBLocal.jar").touch()
    monkeypatch.setenv(HOME, str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", java(tmp_path / "java", 'openjdk version "17.0.1"'))
    command = dynamodb_local(tmp_path).command(1234, tmp_path / "x" / "db")
    assert "-disableTelemetry" in command
    assert "listens on every address" in caplog.text


@pytest.mark.process
@pytest.mark.timeout(120)
async def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    """Nobody on the network reaches it."""
    engine = Engine(engines.program("local", tmp_path), tmp_path)
    await engine.start()
    try:
        assert engine._process is not None
        listening = [
            connection.laddr.ip
            for connection in psutil.Process(engine._process.pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        assert listening
        assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    finally:
        await engine.stop()
