"""Every state of the web client, from the one table of `static/gallery/states.ts`.

Built like the client itself, and served to the browser from files: no server, and no way out.
"""

import mimetypes
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Route

from tests.support.server import ROOT


ORIGIN = "http://localhost:1"
"""Nothing listens there; a secure context all the same, as the real client's is."""

POLICY = (
    "default-src 'self'; connect-src 'self'; img-src 'self' blob: data:; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'"
)


def build(folder: Path) -> Path:
    """Build the gallery; returns its folder."""
    tools = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(
        [
            *(Path(sys.executable).parent / "npm", "run", "--silent", "build", "--workspace"),
            *("static", "--", "--mode", "gallery", "--outDir", str(folder), "--emptyOutDir"),
            *("--logLevel", "error"),
        ],
        cwd=ROOT,
        env=os.environ | tools,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder


@dataclass(slots=True)
class Gallery:
    """Pages of the gallery in a browser."""

    folder: Path
    context: BrowserContext
    foreign: list[str]

    @classmethod
    def open(cls, folder: Path, context: BrowserContext) -> "Gallery":
        """Serve the gallery to the pages of a context, and take note of every other request."""
        gallery = cls(folder, context, [])
        context.route("**/*", lambda route: gallery._answer(route))
        return gallery

    def states(self) -> dict[str, dict[str, Any]]:
        """The table, as the page knows it."""
        page = self.context.new_page()
        page.goto(ORIGIN)
        states: dict[str, dict[str, Any]] = page.evaluate("states")
        page.close()
        return states

    def show(self, page: Page, name: str, state: dict[str, Any], theme: str, language: str) -> None:
        """One state, complete: what is loaded late is there too."""
        if not page.url.startswith(ORIGIN):
            page.goto(ORIGIN)
        page.evaluate("look => show(...look)", [name, theme, language])
        click, text = state.get("click"), state.get("type")
        if click:
            page.locator(click).first.click()
        if text:
            page.get_by_test_id("composer").fill(text)
        if click or text:
            page.wait_for_timeout(300)

    def _answer(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if not route.request.url.startswith(ORIGIN):
            self.foreign.append(route.request.url)
            route.abort()
            return
        file = self.folder / address.path.lstrip("/")
        if address.path == "/" or not file.is_file():
            file = self.folder / "gallery.html"
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route.fulfill(
            body=file.read_bytes(),
            content_type=kind,
            headers={"Content-Security-Policy": POLICY},
        )
