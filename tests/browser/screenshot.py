"""Takes the pictures of docs/images from the gallery: `python -m tests.browser.screenshot`."""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

from tests.browser.conftest import ARGUMENTS
from tests.browser.gallery import Gallery, build
from tests.support.server import ROOT


IMAGES = ROOT / "docs" / "images"
WIDE: ViewportSize = {"width": 1280, "height": 760}
NARROW: ViewportSize = {"width": 390, "height": 780}

PICTURES = {
    "chat.png": ("talk", "light", "en", WIDE),
    "thread-dark.png": ("thread", "dark", "en", WIDE),
    "offline.png": ("offline", "light", "en", WIDE),
    "phone-vi.png": ("talk", "dark", "vi", NARROW),
}
"""What is kept: state, theme, language, size."""


def main() -> None:
    """Build the gallery, and photograph."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        gallery = Gallery.open(build(Path(folder)), chromium.new_context())
        states = gallery.states()
        page = gallery.context.new_page()
        for file, (state, theme, language, size) in PICTURES.items():
            page.set_viewport_size(size)
            gallery.show(page, state, states[state], theme, language)
            page.wait_for_timeout(2500)  # What is late on purpose: banners, "waiting to send".
            page.screenshot(path=IMAGES / file)
        chromium.close()


if __name__ == "__main__":
    main()
