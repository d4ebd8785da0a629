"""The local mailbox: page, data, log line."""

import logging

import pytest

from emulator.cognito.mail_page import render
from emulator.cognito.mailbox import KEPT, Message
from tests.emulator.cognito.bench import Bench, Server
from tests.emulator.cognito.stacks import NAMES


def test_page_and_data(server: Server, name: str) -> None:
    """Newest first, no scripts, not cached, reloads itself."""
    server.confirmed(name)
    page = server.request("GET", "/mail")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    text = page.body.decode()
    assert "<script" not in text
    assert '<meta http-equiv="refresh" content="5">' in text
    assert f"To {name}@lab.example from {NAMES.id}" in text
    newest = server.request("GET", "/mail.json").document["messages"][0]
    assert newest["recipient"] == f"{name}@lab.example"
    assert newest["body"] == f"Your verification code is {newest['code']}."


def test_page_escapes() -> None:
    """Addresses are a stranger's text."""
    message = Message("p", "<i>@x.y", "a & b", '"<script>', "1<2", 0.0)
    page = render([message])
    assert "&lt;i&gt;@x.y" in page
    assert "a &amp; b" in page
    assert "<script" not in page
    assert "1970-01-01 00:00:00 UTC" in page
    assert "No messages yet." in render([])


async def test_old_messages_go(bench: Bench) -> None:
    """Only the last ones are kept."""
    async with bench.services.store.transaction() as tx:
        for index in range(KEPT + 5):
            await bench.services.mailbox.put(tx, Message(NAMES.id, "x", "s", "b", str(index)))
    kept = await bench.services.mailbox.newest()
    assert [message.code for message in kept] == [str(i) for i in range(KEPT + 4, 4, -1)]


async def test_log_line(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """One line, which no terminal obeys, once the message is on disk."""
    caplog.set_level(logging.INFO)
    async with bench.services.store.transaction() as tx:
        message = Message("p", "a\x1b[2J@x.y", "Your code", "It is 123456.", "123456")
        await bench.services.mailbox.put(tx, message)
        assert not caplog.messages
    assert caplog.messages == ["mail to a?[2J@x.y: Your code"]


async def test_logs_hold_no_secrets(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """No line shows a code, a password or a token."""
    caplog.set_level(logging.INFO)
    await bench.confirmed("ada")
    await bench.sign_in("ada")
    assert caplog.messages == ["mail to ada@lab.example: Your verification code"]
