"""Takes the README's picture: `python -m tests.browser.screenshot FILE`."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.browser.conftest import ARGUMENTS
from tests.support.people import LOBBY, PASSWORD, mailed_code
from tests.support.server import Server


SIZE: ViewportSize = {"width": 1280, "height": 760}

TALK = [
    ("lan", "Job 4411 stopped again overnight, out of memory on node 7"),
    ("minh", "I saw. The batch size in the config is still 512:"),
    ("minh", "```\nloader:\n  batch_size: 512   # fits on node 3 only\n```"),
    ("lan", "Setting it to 256 and restarting. Paper draft is at https://lab.example/draft"),
    ("minh", "Thanks! Reading it on the train, so my replies may come late: no network there."),
]


def main(path: Path) -> None:
    """Sign two people up, let them talk, and photograph what one of them sees."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "data")
        server.start()
        try:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=ARGUMENTS
            )
            pages = {
                name: _join(
                    chromium.new_page(viewport=SIZE, device_scale_factor=1.5),
                    server,
                    name,
                )
                for name in ("lan", "minh")
            }
            for room in ("papers", "cluster"):
                _make_room(pages["lan"], room)
            for page in pages.values():
                page.goto(f"{server.urls['ui']}/r/{LOBBY}")
            for count, (name, text) in enumerate(TALK, 1):
                pages[name].get_by_test_id("composer").fill(text)
                pages[name].get_by_test_id("composer").press("Enter")
                for page in pages.values():
                    page.wait_for_function(
                        "n => document.querySelectorAll('[data-testid=message]').length >= n",
                        arg=count,
                    )
            pages["lan"].get_by_test_id("composer").fill("")
            pages["lan"].wait_for_timeout(1500)
            pages["lan"].screenshot(path=path)
            chromium.close()
        finally:
            server.close()


def _join(page: Page, server: Server, name: str) -> Page:
    email = f"{name}@lab.example"
    page.goto(f"{server.urls['ui']}/sign-up")
    page.get_by_test_id("sign-up-email").fill(email)
    page.get_by_test_id("sign-up-name").fill({"lan": "Lan Tran", "minh": "Minh Vo"}[name])
    page.get_by_test_id("sign-up-password").fill(PASSWORD)
    page.get_by_test_id("sign-up-submit").click()
    page.get_by_test_id("confirm-code").wait_for()
    page.get_by_test_id("confirm-code").fill(mailed_code(server, email))
    page.get_by_test_id("confirm-submit").click()
    page.wait_for_url(f"**/r/{LOBBY}")
    page.wait_for_selector("[data-testid=connection][data-state=open]")
    return page


def _make_room(page: Page, name: str) -> None:
    page.get_by_test_id("create-room").click()
    page.get_by_test_id("create-room-name").fill(name)
    page.get_by_test_id("create-room-submit").click()
    page.wait_for_url(lambda url: LOBBY not in url)
    page.wait_for_timeout(300)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
