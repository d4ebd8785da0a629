"""Two people in two browsers: sign-up, chat, a server that dies in between, nothing lost."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser.conftest import Launch
from tests.support.people import LOBBY, PASSWORD, Person, mailed_code, sign_in
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.browser, pytest.mark.timeout(240)]

PATIENCE = 30_000
"""Milliseconds: two browsers, a server and its functions share the machine's cores."""


def _join(context: BrowserContext, server: Server, email: str, name: str) -> Page:
    """Sign up through the pages, with the code from the local mailbox, and land in the lobby."""
    page = context.pages[0] if context.pages else context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.urls['ui']}/sign-up")
    page.get_by_test_id("sign-up-email").fill(email)
    page.get_by_test_id("sign-up-name").fill(name)
    page.get_by_test_id("sign-up-password").fill(PASSWORD)
    page.get_by_test_id("sign-up-submit").click()
    page.get_by_test_id("confirm-code").wait_for()
    page.get_by_test_id("confirm-code").fill(mailed_code(server, email))
    page.get_by_test_id("confirm-submit").click()
    page.wait_for_url(f"**/r/{LOBBY}")
    _connected(page)
    return page


def _connected(page: Page) -> None:
    expect(page.get_by_test_id("connection")).to_have_attribute(
        "data-state", "open", timeout=PATIENCE
    )


def _write(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("composer").press("Enter")


def _settled(page: Page, texts: list[str]) -> None:
    """Exactly these messages are shown, in this order, all of them acknowledged."""
    messages = page.get_by_test_id("message")
    expect(messages).to_have_count(len(texts), timeout=PATIENCE)
    expect(page.locator('[data-testid="message"][data-state="sent"]')).to_have_count(
        len(texts), timeout=PATIENCE
    )
    for index, text in enumerate(texts):
        expect(messages.nth(index)).to_contain_text(text)


def test_two_people_chat_over_a_server_that_dies(own_server: Server, launch: Launch) -> None:
    """What is written before, during and after an outage is at both ends once and in order."""
    own_server.start()
    foreign: list[str] = []

    def watch(request: Request) -> None:
        if not request.url.startswith((own_server.urls["ui"], "data:", "blob:")):
            foreign.append(request.url)

    contexts = {name: launch(name) for name in ("ada", "bob")}
    for context in contexts.values():
        context.on("request", watch)
    ada = _join(contexts["ada"], own_server, "ada@lab.example", "Ada")
    bob = _join(contexts["bob"], own_server, "bob@lab.example", "Bob")

    texts = ["Good morning, Bob", "Good morning, Ada"]
    _write(ada, texts[0])
    _settled(bob, texts[:1])
    _write(bob, texts[1])
    _settled(ada, texts)

    own_server.kill()
    offline = [f"written while the server was away {number}" for number in range(3)]
    for text in offline:
        _write(ada, text)
    expect(ada.locator('[data-testid="message"][data-state="pending"]')).to_have_count(3)

    # The browser is closed and opened again before the server is back: the outbox survives that.
    contexts["ada"].close()
    own_server.start()
    contexts["ada"] = launch("ada")
    contexts["ada"].on("request", watch)
    ada = contexts["ada"].pages[0]
    ada.set_default_timeout(PATIENCE)
    ada.goto(f"{own_server.urls['ui']}/r/{LOBBY}")
    _connected(ada)

    texts += offline
    _settled(ada, texts)
    _settled(bob, texts)
    _write(bob, "all here")
    _settled(ada, [*texts, "all here"])
    assert not foreign, f"requests left the origin: {foreign}"


def test_what_one_writes_is_read_on_ones_other_devices(server: Server, launch: Launch) -> None:
    """After a message of one's own, another device finds nothing unread in the room."""
    page = _join(launch("cleo"), server, "cleo@lab.example", "Cleo")
    _write(page, "a note to myself")
    expect(page.get_by_test_id("message").filter(has_text="a note to myself")).to_have_attribute(
        "data-state", "sent", timeout=PATIENCE
    )
    room = _room_of(server, "cleo@lab.example")
    for _ in range(50):
        if room["readN"] == room["n"]:
            break
        page.wait_for_timeout(100)
        room = _room_of(server, "cleo@lab.example")
    assert room["readN"] == room["n"]
    assert room["n"] > 0


def _room_of(server: Server, email: str) -> dict[str, Any]:
    """The lobby as a second device sees it."""

    async def ask() -> dict[str, Any]:
        async with Person(server, sign_in(server, email)["AccessToken"]) as device:
            reply = await device.call("hello", v=1, name="Cleo")
            return next(room for room in reply["rooms"] if room["rid"] == LOBBY)

    with ThreadPoolExecutor(1) as thread:  # Playwright holds this thread's event loop.
        return thread.submit(lambda: asyncio.run(ask())).result()
