"""The installed client: it opens without a server, keeps what is written, and takes new versions."""

import json
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Launch
from tests.browser.pages import connected, enter, message, write
from tests.support.people import LOBBY
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.browser, pytest.mark.timeout(240)]


def _installed(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def test_opens_with_browser_closed_and_server_stopped(own_server: Server, launch: Launch) -> None:
    """A cold start with nobody there shows the room; what is written goes out when they are back."""
    own_server.start()
    context = launch("jo")
    page = enter(context, own_server, "jo@lab.example", "Jo")
    write(page, "before the outage")
    message(page, "before the outage").wait_for()
    _installed(page)

    _cannot_be_injected(page)
    _is_installable(own_server)

    # What is not one of the client's pages is the server's, worker or not.
    other = context.new_page()
    answer = other.goto(f"{own_server.urls['ui']}/config.json")
    assert answer is not None
    assert "sites" in json.loads(answer.text())
    context.close()
    own_server.kill()

    page = launch("jo").pages[0]
    page.goto(f"{own_server.urls['ui']}/r/{LOBBY}")
    message(page, "before the outage").wait_for()
    page.get_by_test_id("composer").fill("written on the train")
    page.get_by_test_id("composer").press("Enter")
    expect(page.get_by_test_id("banner")).to_have_text(
        "Offline. 1 message will be sent when you are back."
    )
    own_server.start()
    connected(page)
    message(page, "written on the train").wait_for()


def _is_installable(server: Server) -> None:
    """The manifest names icons that are there."""
    ui = server.urls["ui"]
    with urllib.request.urlopen(f"{ui}/manifest.webmanifest") as answer:
        manifest = json.load(answer)
    for icon in manifest["icons"]:
        with urllib.request.urlopen(ui + icon["src"]) as answer:
            assert answer.status == 200


def _cannot_be_injected(page: Page) -> None:
    """Trusted Types: no string becomes HTML."""
    refused = page.evaluate(
        """() => ['innerHTML', 'outerHTML'].map(name => {
          const box = document.createElement('div'), inner = box.appendChild(document.createElement('p'));
          try { inner[name] = '<b>x</b>'; return false }
          catch (error) { return error instanceof TypeError }
        })"""
    )
    assert refused == [True, True]
