"""Statement 72: Amplify v6 on a page of another origin, in a real browser."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from emulator.cognito import totp
from tests.browser.conftest import ARGUMENTS
from tests.clients import node
from tests.clients.test_stock_clients import AMPLIFY_LIFE, somebody
from tests.conformance.cognito.lab import Lab


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """The files of a folder, at an origin of their own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def page() -> Iterator[Page]:
    """An empty page. In CI a missing browser is a failure, elsewhere a skip that says so."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        missing = "chromium is not installed (on Debian: apt install chromium)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser.new_page()
        browser.close()


@pytest.mark.timeout(120)
def test_c72_amplify(lab: Lab, name: str, page: Page, tmp_path: Path) -> None:
    node.bundle(tmp_path / "client.js")
    (tmp_path / "index.html").write_text("<script src=client.js></script>")
    page.expose_function("mailedCode", lambda email: lab.mails(email)[0])
    page.expose_function("appCode", app_code)
    with site(tmp_path) as origin:
        page.goto(origin)
        life = page.evaluate(
            """given => {
                client.configure(given);
                return client.life(given, { code: mailedCode, totp: appCode });
            }""",
            somebody(lab, name),
        )
    assert life == AMPLIFY_LIFE


def app_code(secret: str, steps: int) -> str:
    """What an authenticator app shows, `steps` half minutes from now."""
    return totp.code(totp.read(secret), int(time.time() // totp.PERIOD) + steps)
