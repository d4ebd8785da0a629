"""The console's page."""

import asyncio
from pathlib import Path

from starlette.requests import Request

from emulator.console.page import console_route
from emulator.template.physical import Place
from emulator.template.stack import load


TEMPLATE = Path(__file__).parents[3] / "deploy" / "template.yaml"


def test_the_page_shows_what_runs_and_escapes_it() -> None:
    """Functions, routes, tables, pools and addresses stand there; nothing is taken as HTML."""
    stack = load(TEMPLATE, Place("<b>", "us-east-1", "000000000000"), {})
    route = console_route(stack, {"ui": "http://x/?a=1&b=<script>"})
    response = asyncio.run(
        route.endpoint(Request({"type": "http", "method": "GET", "headers": []}))
    )
    page = response.body.decode()
    for function in stack.functions:
        assert function.replace("<b>", "&lt;b&gt;") in page
    assert "$connect" in page
    assert "<script>" not in page
    assert "<b>" not in page
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
