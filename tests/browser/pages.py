"""What the browser tests do with the client's pages."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.people import LOBBY, PASSWORD, Person, new_id, sign_in, sign_up
from tests.support.server import Server


PATIENCE = 30_000
"""Milliseconds: two browsers, a server and its functions share the machine's cores."""


def connected(page: Page) -> None:
    """The socket is open."""
    expect(page.get_by_test_id("connection")).to_have_attribute(
        "data-state", "open", timeout=PATIENCE
    )


def enter(context: BrowserContext, server: Server, email: str, name: str) -> Page:
    """A new account, signed in through the page, in the lobby."""
    sign_up(server, email, name)
    page = context.pages[0] if context.pages else context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(f"{server.urls['ui']}/sign-in")
    page.get_by_test_id("sign-in-email").fill(email)
    page.get_by_test_id("sign-in-password").fill(PASSWORD)
    page.get_by_test_id("sign-in-submit").click()
    page.wait_for_url(f"**/r/{LOBBY}")
    connected(page)
    return page


def write(page: Page, text: str, composer: str = "composer") -> None:
    """Write into a composer and send."""
    page.get_by_test_id(composer).fill(text)
    page.get_by_test_id(composer).press("Enter")


def message(page: Page, text: str) -> Locator:
    """The row of the message with this text, acknowledged."""
    sent = page.locator('[data-testid="messages"] [data-testid="message"][data-state="sent"]')
    # Not what another one quotes of it.
    return sent.filter(has=page.locator(".body", has_text=text)).last


def act(page: Page, text: str, tool: str) -> None:
    """Press a tool of a message, found by pointing at it."""
    row = message(page, text)
    row.hover()
    row.get_by_test_id(tool).click()


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine beside Playwright, which holds this thread's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


FORMULA = "\n$$\\sum_{k=1}^\\infty \\frac{1}{k^2} = \\frac{\\pi^2}{6}$$"


async def fill(server: Server, email: str, name: str, count: int, start: int = 500_000) -> None:
    """Somebody writes this many messages into the lobby: `line 0` and so on, some with a formula."""
    await asyncio.to_thread(sign_up, server, email, name)
    tokens = await asyncio.to_thread(sign_in, server, email)
    async with Person(server, tokens["AccessToken"]) as person:
        await person.call("hello", v=1, name=name)
        for first in range(0, count, 20):
            numbers = range(first, min(count, first + 20))
            texts = [
                f"line {number} {'of many words ' * (number % 9)}{FORMULA * (number % 7 == 2)}"
                for number in numbers
            ]
            reply = await person.say(*texts, ids=[new_id(start + number) for number in numbers])
            assert reply["ok"], reply
