"""Reading back through a long room: few rows in the page, and none that moves while it is read."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Launch
from tests.browser.pages import enter, fill, run
from tests.support.people import LOBBY, new_id
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.browser]

ROWS = 400
"""More than this are never in the page."""

READ_BACK = """async () => {
  const box = document.querySelector('[data-testid=messages]');
  const frames = () => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
  const rest = () => new Promise(r => setTimeout(r, 40));
  const first = () => {
    const edge = box.getBoundingClientRect().top;
    return [...box.querySelectorAll('[data-id]')].find(x => x.getBoundingClientRect().bottom > edge);
  };
  let most = 0, worst = 0, still = 0;
  while (still < 50) {
    box.scrollTop -= 500;
    await frames();
    const row = first(), top = row.getBoundingClientRect().top;
    await rest();
    if (row.isConnected) worst = Math.max(worst, Math.abs(row.getBoundingClientRect().top - top));
    most = Math.max(most, box.querySelectorAll('[data-id]').length);
    still = box.scrollTop === 0 ? still + 1 : 0;
  }
  return { most, worst, first: box.querySelector('[data-id]').textContent };
}"""


def _read_back(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(READ_BACK)
    return found


def _check(server: Server, launch: Launch, count: int) -> None:
    run(fill(server, "writer@lab.example", "Writer", count))
    page = enter(launch("reader"), server, "reader@lab.example", "Reader")
    expect(page.get_by_text(f"line {count - 1} ")).to_be_visible()
    read = _read_back(page)
    assert "line 0 " in read["first"]
    assert read["most"] <= ROWS
    # Browsers round scroll positions to pixels of the screen.
    assert read["worst"] <= 1
    page.get_by_test_id("to-latest").click()
    expect(page.get_by_text(f"line {count - 1} ")).to_be_in_viewport()

    # A link to a message in the middle leads there, on a device that has nothing of it, too.
    target = new_id(500_000 + count // 2)
    other = enter(launch("second"), server, "second@lab.example", "Second")
    for device in (page, other):
        device.goto(f"{server.urls['ui']}/r/{LOBBY}/{target}")
        expect(device.locator(f'[data-id="{target}"]')).to_be_focused()
        expect(device.locator(f'[data-id="{target}"]')).to_be_in_viewport()


@pytest.mark.timeout(240)
def test_a_room_of_hundreds_is_read_back(own_server: Server, launch: Launch) -> None:
    """To the first message, and by a link to the middle."""
    own_server.start()
    _check(own_server, launch, 320)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_room_of_ten_thousand_is_read_back(own_server: Server, launch: Launch) -> None:
    """The same, of 10,000 messages."""
    own_server.start()
    _check(own_server, launch, 10_000)
