"""What was answered is on disk, and nobody else can read it."""

import asyncio
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from emulator.clock import Entropy
from emulator.cognito.store import MIGRATIONS, Store
from emulator.cognito.vault import Vault
from emulator.errors import UsageError
from tests.emulator.cognito.bench import Bench
from tests.emulator.cognito.fakes import FakeClock
from tests.emulator.cognito.stacks import NAMES, PASSWORD


def copied_as_killed(directory: Path, to: Path) -> Path:
    """The files as they lie there while the process runs: what a kill would leave."""
    to.mkdir()
    for path in directory.glob("cognito.db*"):
        if not path.name.endswith("-shm"):  # rebuilt from the log, as after a power cut
            shutil.copy(path, to)
    shutil.copytree(directory / "keys", to / "keys")
    return to


def modes(directory: Path) -> list[int]:
    return [stat.S_IMODE(path.stat().st_mode) for path in directory.glob("cognito.db*")]


def contents(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.glob("cognito.db*"))


async def test_answered_writes_survive_a_kill(bench: Bench, data_dir: Path, tmp_path: Path) -> None:
    """User, password, refresh token, mail and revocations, without any closing."""
    await bench.confirmed("ada")
    session, ended = await bench.sign_in("ada"), await bench.sign_in("ada")
    await bench.call("RevokeToken", ClientId="names", Token=ended["RefreshToken"])
    await bench.call("SignUp", ClientId="names", Username="eve", Password=PASSWORD)
    ghost = bench.services.ghosts.appear(NAMES, "nobody")
    revived = await Bench.start(copied_as_killed(data_dir, tmp_path / "copy"), FakeClock())
    try:
        await revived.sign_in("ada")
        user = await revived.call("GetUser", AccessToken=session["AccessToken"])
        assert user["Username"] == "ada"
        await revived.call(
            "GetTokensFromRefreshToken", ClientId="names", RefreshToken=session["RefreshToken"]
        )
        with pytest.raises(Exception, match="revoked"):
            await revived.call("GetUser", AccessToken=ended["AccessToken"])
        assert await revived.services.mailbox.newest() == await bench.services.mailbox.newest()
        assert revived.services.ghosts.appear(NAMES, "nobody") == ghost
        entries = (made.services.pools.entry(NAMES.id) for made in (bench, revived))
        assert next(entries) == next(entries)
    finally:
        await revived.close()


async def test_files_are_private(bench: Bench, data_dir: Path) -> None:
    """The database and its log."""
    await bench.confirmed("ada")
    assert modes(data_dir) == [0o600] * 3


async def test_no_secret_is_stored(bench: Bench, data_dir: Path) -> None:
    """Neither passwords nor refresh tokens."""
    await bench.confirmed("ada")
    session = await bench.sign_in("ada")
    everything = contents(data_dir)
    assert b"ada@lab.example" in everything
    for secret in (PASSWORD, session["RefreshToken"], session["AccessToken"]):
        assert secret.encode() not in everything


async def test_settings(bench: Bench) -> None:
    """Durable at every commit."""
    async with bench.services.store.transaction() as tx:
        assert await tx.rows("PRAGMA synchronous") == [(2,)]
        assert await tx.rows("PRAGMA journal_mode") == [("wal",)]
        assert await tx.rows("PRAGMA foreign_keys") == [(1,)]


async def test_failed_transactions_leave_nothing(bench: Bench) -> None:
    """An error inside undoes all of it, and the next one works."""
    store = bench.services.store

    async def fail() -> None:
        async with store.transaction() as tx:
            await tx.execute("INSERT INTO facts VALUES ('a', x'00')")
            await tx.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(sqlite3.OperationalError):
        await fail()
    assert await store.row("SELECT * FROM facts WHERE name = 'a'") is None
    async with store.transaction() as tx:
        await tx.execute("INSERT INTO facts VALUES ('a', x'00')")
    assert await store.row("SELECT * FROM facts WHERE name = 'a'") == ("a", b"\x00")


async def test_cancelled_transactions_leave_nothing(bench: Bench) -> None:
    """A client that hangs up in the middle does no harm."""
    store = bench.services.store
    inside = asyncio.Event()

    async def hang() -> None:
        async with store.transaction() as tx:
            await tx.execute("INSERT INTO facts VALUES ('a', x'00')")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.transaction() as tx:
        assert await tx.row("SELECT * FROM facts WHERE name = 'a'") is None


async def test_concurrent_sign_ups_of_one_name(bench: Bench) -> None:
    """One wins, whoever it is."""
    calls = (
        bench.call("SignUp", ClientId="names", Username="ada", Password=PASSWORD) for _ in range(8)
    )
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    texts = sorted(str(outcome) for outcome in outcomes if isinstance(outcome, Exception))
    assert texts == ["User already exists"] * 7


async def test_foreign_schema_is_refused(tmp_path: Path) -> None:
    """With a sentence for the person at the terminal."""
    with sqlite3.connect(tmp_path / "cognito.db") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(UsageError, match="another version"):
        await Store.open(tmp_path)


async def test_a_database_of_the_first_version_is_brought_up(tmp_path: Path) -> None:
    """Its accounts stay; codes that were open have to be asked for again."""
    first, *_ = MIGRATIONS
    with sqlite3.connect(tmp_path / "cognito.db") as connection:
        connection.executescript(f"{first} PRAGMA user_version=1;")
        connection.execute(
            "INSERT INTO users VALUES (1, 'p', 's', 'ada', 0, 'CONFIRMED', 1, '{}', x'01', x'02',"
            " 0, 0, 0)"
        )
        connection.execute("INSERT INTO codes VALUES ('p', 's', 'reset', '123456', 9e9, 0, 0)")
    connection.close()
    store = await Store.open(tmp_path)
    try:
        assert await store.row("SELECT username FROM users") == ("ada",)
        assert await store.rows("SELECT * FROM codes") == []
        assert await store.rows("SELECT * FROM groups") == []
        assert await store.row("PRAGMA user_version") == (len(MIGRATIONS),)
    finally:
        await store.close()


def test_the_vault(tmp_path: Path) -> None:
    """Its key lasts; nothing else opens what it sealed, and no two seals are alike."""
    vault = Vault.load(tmp_path, Entropy())
    sealed = vault.seal("It is 123456.")
    assert Vault.load(tmp_path, Entropy()).open(sealed) == "It is 123456."
    assert b"123456" not in sealed
    assert vault.seal("It is 123456.") != sealed
    with pytest.raises(InvalidTag):
        vault.open(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(InvalidTag):
        Vault(bytes(32), Entropy()).open(sealed)
