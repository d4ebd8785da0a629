"""Mail through a relay: taken once, kept until it is taken, never over the wire in the clear with a
password."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from emulator.clock import Clock, Entropy
from emulator.cognito.mailbox import Mailbox, Message
from emulator.cognito.relay import Relay, written
from emulator.cognito.store import Store
from emulator.cognito.vault import Vault
from emulator.settings import RelaySettings
from tests.emulator.cognito.fakes import FakeClock
from tests.fakes import until
from tests.support.smtp import SmtpServer, self_signed


MESSAGE = Message("p", "ada@lab.example", "Your code", "It is 123456.", "123456")


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[Mailbox]:
    """A mailbox whose mail waits for a relay."""
    store = await Store.open(tmp_path)
    yield Mailbox(store, Vault(bytes(32), Entropy()), Clock(), relayed=True)
    await store.close()


async def put(mailbox: Mailbox, message: Message = MESSAGE) -> None:
    async with mailbox._store.transaction() as tx:
        await mailbox.put(tx, message)


def to(server: SmtpServer, **more: object) -> RelaySettings:
    settings: dict[str, object] = {"host": "127.0.0.1", "sender": "no-reply@lab.example", **more}
    return RelaySettings(port=server.port, **settings)  # type: ignore[arg-type] # a table


@asynccontextmanager
async def relaying(mailbox: Mailbox, settings: RelaySettings) -> AsyncIterator[None]:
    # A pause of five seconds is over in fifty milliseconds.
    relay = Relay(settings, mailbox, Clock(scale=100))
    relay.start()
    try:
        yield
    finally:
        await relay.close()


async def empty(mailbox: Mailbox) -> None:
    for _ in range(2000):
        if not await mailbox.newest():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("mail is left")


async def test_mail_is_handed_on(mailbox: Mailbox) -> None:
    """What waited and what arrives, once each; the mailbox keeps none of it."""
    await put(mailbox)
    async with SmtpServer() as server, relaying(mailbox, to(server)):
        await until(lambda: len(server.taken) == 1, within=20)
        await put(mailbox)
        await until(lambda: len(server.taken) == 2, within=20)
        await empty(mailbox)
    taken = server.taken[0]
    assert (taken.sender, taken.recipient) == ("no-reply@lab.example", "ada@lab.example")
    assert taken.message["To"] == "ada@lab.example"
    assert taken.message["From"] == "no-reply@lab.example"
    assert taken.message["Subject"] == "Your code"
    assert taken.message["Message-ID"].endswith("@lab.example>")
    assert "It is 123456." in str(taken.message.get_payload())


async def test_a_relay_that_is_away(mailbox: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
    """Told without the code, tried again, also after a refusal for the moment."""
    await put(mailbox)
    async with SmtpServer() as server:
        settings = to(server)
    async with relaying(mailbox, settings):
        await until(lambda: "did not take mail" in caplog.text, within=20)
    assert len(await mailbox.waiting()) == 1
    async with SmtpServer() as server, relaying(mailbox, to(server)):
        server.refusals = ["451 later"]
        await until(lambda: len(server.taken) == 1, within=20)
        await empty(mailbox)
    assert "123456" not in caplog.text


async def test_a_refused_recipient(mailbox: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
    """Is told, and does not hold up the others."""
    await put(mailbox, Message("p", "nobody@lab.example", "s", "b", "1"))
    await put(mailbox)
    async with SmtpServer() as server, relaying(mailbox, to(server)):
        server.refusals = ["550 no such user"]
        await until(lambda: len(server.taken) == 1, within=20)
        await empty(mailbox)
    assert server.taken[0].recipient == "ada@lab.example"
    assert "refused mail to 'nobody@lab.example'" in caplog.text


@pytest.mark.timeout(90)
async def test_a_password_needs_tls(
    mailbox: Mailbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Beyond this machine: STARTTLS with a certificate that is believed, or no mail at all."""
    await put(mailbox)
    secrets = {"host": "127.0.0.2", "username": "lab", "password": "secret"}
    async with SmtpServer("127.0.0.2") as server:
        async with relaying(mailbox, to(server, **secrets)):
            await until(lambda: "did not take mail" in caplog.text, within=20)
        assert not server.taken
    caplog.clear()
    context = self_signed(tmp_path, "127.0.0.2")
    async with SmtpServer("127.0.0.2", context) as server:
        async with relaying(mailbox, to(server, **secrets)):
            await until(lambda: "CERTIFICATE_VERIFY_FAILED" in caplog.text, within=20)
        assert len(await mailbox.waiting()) == 1
        assert not server.taken  # nobody vouches for the certificate
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
        assert ssl.get_default_verify_paths().cafile == str(tmp_path / "server.pem")
        async with relaying(mailbox, to(server, **secrets)):
            await until(lambda: len(server.taken) == 1, within=20)
    assert (server.taken[0].user, server.taken[0].encrypted) == ("lab", True)


async def test_old_mail_is_dropped(mailbox: Mailbox) -> None:
    """After a day no code in it is good."""
    await put(mailbox)
    async with SmtpServer() as server:
        clock = FakeClock()
        clock.advance(90_000)
        relay = Relay(to(server), mailbox, clock)
        relay.start()
        await empty(mailbox)
        await relay.close()
    assert not server.taken


async def test_what_no_header_can_hold(mailbox: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
    """Is refused here, and does not hold up the others."""
    await put(mailbox, Message("p", "a\r\nBcc: x@y.z", "s", "b", "1"))
    await put(mailbox)
    async with SmtpServer() as server, relaying(mailbox, to(server)):
        await until(lambda: len(server.taken) == 1, within=20)
        await empty(mailbox)
    assert "not a mail address" in caplog.text


async def test_phones_are_not_mailed(mailbox: Mailbox) -> None:
    """What would be an SMS stays in the mailbox."""
    await put(mailbox, Message("p", "+12065550100", "s", "b", "1"))
    assert await mailbox.waiting() == []
    assert len(await mailbox.newest()) == 1


@pytest.mark.parametrize(("body", "kind"), [("1 < 2", "text/plain"), ("<p>Hello</p>", "text/html")])
def test_the_form_of_a_mail(body: str, kind: str) -> None:
    """HTML where the pool's text is; one line of subject, whatever a function returned."""
    mail = written(Message("p", "a@b.cd", "one\r\nBcc: x@y.z", body, ""), "n@lab.example")
    assert mail.get_content_type() == kind
    assert mail["Subject"] == "one Bcc: x@y.z"
    assert mail["Bcc"] is None


def test_the_settings_hide_the_password(caplog: pytest.LogCaptureFixture) -> None:
    """Also where somebody logs them."""
    caplog.set_level(logging.INFO)
    assert "secret" not in repr(RelaySettings("h", 25, "s", username="u", password="secret"))
