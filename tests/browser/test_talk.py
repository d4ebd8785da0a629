"""What two people do with messages, in two browsers on the real server."""

import struct
import zlib

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Launch
from tests.browser.pages import act, connected, enter, message, write
from tests.support.people import LOBBY
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.browser, pytest.mark.timeout(240)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\x28\x5c\xc2\xff\xff\xff" * 2))
    + _chunk(b"IEND", b"")
)
"""A picture of two by two pixels."""


def test_two_people_talk(server: Server, launch: Launch) -> None:
    """Each thing that one does, the other sees without a reload."""
    dora = enter(launch("dora"), server, "dora@lab.example", "Dora Berg")
    emil = enter(launch("emil"), server, "emil@lab.example", "Emil Sand")
    _messages(dora, emil)
    _files(dora, emil)
    _rooms(dora, emil)


def _messages(dora: Page, emil: Page) -> None:
    # A mention: picked from the list, marked for its person, formatted as Markdown.
    dora.get_by_test_id("composer").press_sequentially("**Look** @emi")
    dora.get_by_test_id("suggestions").get_by_text("Emil Sand").wait_for()
    dora.get_by_test_id("composer").press("Enter")
    dora.get_by_test_id("composer").press_sequentially("here")
    dora.get_by_test_id("composer").press("Enter")
    row = message(emil, "Look @Emil Sand here")
    expect(row.locator(".mention")).to_have_text("@Emil Sand")
    expect(row.locator("strong")).to_have_text("Look")

    # A reaction, by the keyboard alone, and taken back by pressing it.
    row.focus()
    emil.keyboard.press("e")
    emil.get_by_test_id("emoji-search").fill("rocket")
    emil.get_by_test_id("emoji-search").press("Enter")
    reaction = message(dora, "Look @Emil").get_by_test_id("reaction")
    expect(reaction).to_contain_text("1")
    reaction.click()
    expect(message(emil, "Look @Emil").get_by_test_id("reaction")).to_contain_text("2")

    # An edit, a quoted reply, and typing told while it happens.
    write(emil, "a mistaek")
    message(emil, "a mistaek").wait_for()
    emil.get_by_test_id("composer").press("ArrowUp")
    expect(emil.get_by_test_id("composer")).to_have_value("a mistaek")
    write(emil, "a mistake, @Dora Berg")
    expect(message(dora, "a mistake")).to_contain_text("(edited)")
    expect(message(dora, "a mistake").locator(".mention")).to_have_text("@Dora Berg")
    act(dora, "a mistake", "reply")
    dora.get_by_test_id("composer").press_sequentially("no")
    expect(emil.get_by_test_id("typing")).to_have_text("Dora Berg is writing…")
    write(dora, "no harm done")
    expect(message(emil, "no harm done").locator(".quote")).to_contain_text("a mistake")

    # A thread, counted at its root.
    act(emil, "a mistake", "open-thread")
    write(emil, "said in the thread", "thread-composer")
    expect(message(dora, "a mistake").locator(".replies")).to_have_text("1 reply")
    emil.get_by_test_id("close-panel").click()

    # Pinned by one, found by the other, who goes from there to the message.
    act(dora, "no harm done", "pin")
    emil.get_by_test_id("panel-pins").click()
    expect(emil.get_by_test_id("found")).to_contain_text("no harm done")
    emil.get_by_test_id("jump").click()
    expect(message(emil, "no harm done")).to_be_focused()

    # Found by a part of a word, without its accents.
    write(dora, "Đo lại điện trở lúc chín giờ")
    message(dora, "Đo lại").wait_for()
    emil.get_by_test_id("panel-search").click()
    emil.get_by_test_id("search-field").fill("dien tro")
    expect(emil.get_by_test_id("found")).to_contain_text("điện trở")
    emil.get_by_test_id("close-panel").click()

    # Deleted, for both.
    act(emil, "a mistake", "delete")
    emil.get_by_test_id("ask-yes").click()
    expect(dora.locator(".deleted")).to_have_text(["Message deleted"])


def _rooms(dora: Page, emil: Page) -> None:
    # The switcher finds people as well as rooms.
    dora.keyboard.press("Control+k")
    dora.get_by_test_id("switcher").fill("emil")
    dora.get_by_role("option", name="Emil Sand").wait_for()
    dora.get_by_test_id("switcher").press("Enter")
    dora.wait_for_url(lambda url: LOBBY not in url)
    write(dora, "only for you")
    emil.get_by_test_id("room-link").filter(has_text="Dora Berg").click()
    message(emil, "only for you").wait_for()

    dora.get_by_test_id("create-room").click()
    dora.get_by_test_id("create-room-name").fill("secret plans")
    dora.get_by_test_id("create-room-private").check()
    dora.get_by_test_id("create-room-submit").click()
    dora.locator("h1", has_text="secret plans").wait_for()
    dora.get_by_test_id("room-settings").click()
    dora.get_by_test_id("topic").fill("What nobody knows")
    dora.get_by_test_id("room-save").click()
    dora.get_by_text("What nobody knows").wait_for()
    dora.get_by_test_id("panel-members").click()
    dora.get_by_test_id("invite").click()
    dora.get_by_test_id("people-find").fill("Emil")
    dora.get_by_test_id("person").check()
    dora.get_by_test_id("people-done").click()
    emil.get_by_test_id("room-link").filter(has_text="secret plans").click()
    emil.get_by_text("What nobody knows").wait_for()

    # The language changes at once, and stays.
    emil.get_by_test_id("settings").click()
    emil.get_by_test_id("language").select_option("vi")
    expect(emil.locator("html")).to_have_attribute("lang", "vi")
    emil.reload()
    connected(emil)
    expect(emil.get_by_test_id("create-room")).to_have_attribute("aria-label", "Tạo phòng")


def _files(dora: Page, emil: Page) -> None:
    # Kept over a reload, sent with their message, shown to the other and saved under their names.
    files: list[FilePayload] = [
        {"name": "plot.png", "mimeType": "image/png", "buffer": PNG},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x" * 5000},
    ]
    dora.get_by_test_id("file").set_input_files(files)
    expect(dora.get_by_test_id("upload")).to_have_count(2)
    dora.reload()
    expect(dora.locator('[data-testid="upload"][data-state="done"]')).to_have_count(2)
    write(dora, "two files")
    row = message(emil, "two files")
    expect(row.get_by_test_id("attachment")).to_have_count(2)
    expect(row.get_by_role("img", name="plot.png")).to_have_js_property("naturalWidth", 2)
    with emil.expect_download() as started:
        row.get_by_test_id("attachment").filter(has_text="notes.txt").click()
    assert started.value.suggested_filename == "notes.txt"
    assert started.value.path().read_bytes() == b"x" * 5000
