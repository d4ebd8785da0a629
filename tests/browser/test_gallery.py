"""Every state of the client: accessible, in both languages, in both themes, narrow and wide."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Launch
from tests.browser.gallery import Gallery, build
from tests.support.server import ROOT


pytestmark = [pytest.mark.process, pytest.mark.browser, pytest.mark.timeout(600)]

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

RUN_AXE = """async tags => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"], preload: false });
  return violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.failureSummary}`));
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gallery, built once."""
    return build(tmp_path_factory.mktemp("gallery"))


@pytest.fixture
def gallery(folder: Path, launch: Launch) -> Iterator[Gallery]:
    """The gallery in a browser; nothing in it may ask anybody else for anything."""
    gallery = Gallery.open(folder, launch("gallery"))
    yield gallery
    assert not gallery.foreign, f"requests left the origin: {gallery.foreign}"


def _complaints(page: Page) -> list[str]:
    found: list[str] = page.evaluate(RUN_AXE, TAGS)
    return found


def _check(gallery: Gallery, looks: list[tuple[str, str]], *, all_looks: bool) -> None:
    """No state may have a complaint, in each of the looks or in one of them, by turns."""
    page = gallery.context.new_page()
    page.add_init_script(path=AXE)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    for index, (name, state) in enumerate(gallery.states().items()):
        turn = index % len(looks)
        for theme, language in looks if all_looks else looks[turn : turn + 1]:
            gallery.show(page, name, state, theme, language)
            problems += [f"{name}, {theme}, {language}: {one}" for one in _complaints(page)]
    assert not problems, "\n".join(problems)


LOOKS = [("light", "en"), ("dark", "vi"), ("light", "vi"), ("dark", "en")]


def test_every_state_is_accessible(gallery: Gallery) -> None:
    """axe finds nothing; the states take themes and languages by turns."""
    _check(gallery, LOOKS, all_looks=False)


@pytest.mark.soak
def test_every_state_is_accessible_in_every_look(gallery: Gallery) -> None:
    """axe finds nothing in any theme and language."""
    _check(gallery, LOOKS, all_looks=True)
