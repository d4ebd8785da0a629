"""Debian's chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from tests.support.server import ROOT


ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Launch = Callable[[str], BrowserContext]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Starts a browser of its own for each person, with a profile that survives its closing.

    In CI a missing browser or web client is a failure, elsewhere a skip that says what is missing.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    missing = []
    if chromium is None:
        missing.append("chromium is not installed (on Debian: apt install chromium)")
    if not (ROOT / "static" / "dist" / "index.html").is_file():
        missing.append("the web client is not built (make ui)")
    if missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("; ".join(missing))
    contexts: list[BrowserContext] = []
    with sync_playwright() as playwright:

        def start(name: str) -> BrowserContext:
            context = playwright.chromium.launch_persistent_context(
                tmp_path / f"profile-{name}", executable_path=chromium, args=ARGUMENTS
            )
            contexts.append(context)
            return context

        yield start
        for context in contexts:
            context.close()
