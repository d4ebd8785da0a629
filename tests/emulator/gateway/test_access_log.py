"""The lines of access logs."""

import json
from typing import Any

import pytest

from emulator.gateway import access_log, events
from emulator.gateway.exchange import Call, Exchange
from tests.emulator.gateway.apis import api, stamp, upgrade


def exchange(status: int = 200, fault: str = "", **more: Any) -> Exchange:
    """A CONNECT that came to something."""
    headers = [("User-Agent", '"}\nforged')]
    context = events.request_context(
        upgrade(api(), headers=headers), stamp(), "$connect", "CONNECT"
    )
    return Exchange(context, status, fault, **more)


def test_what_is_not_set() -> None:
    """It prints a dash, as does what no API has."""
    template = "$context.requestId $context.messageId $context.waf.status $context.nonsense"
    assert access_log.line(template, exchange()) == "TXzPWFkkjoEF92g= - - -"


def test_a_client_cannot_forge_a_line() -> None:
    """What it says of itself stays one value of one line."""
    template = '{"agent":"$context.identity.userAgent","status":"$context.status"}'
    line = access_log.line(template, exchange())
    assert "\n" not in line
    assert json.loads(line) == {"agent": '"}\nforged', "status": "200"}


def test_quoted_messages() -> None:
    """`messageString` brings its own quotes."""
    template = "$context.error.message $context.error.messageString"
    line = access_log.line(template, exchange(403, "Forbidden"))
    assert line == 'Forbidden "Forbidden"'
    assert access_log.line(template, exchange()) == "- -"


ASKED = Call(3, None)


@pytest.mark.parametrize(
    ("status", "authorization", "integration", "expected"),
    [
        (400, None, None, "BAD_REQUEST_BODY"),
        (401, None, None, "UNAUTHORIZED"),
        (403, Call(1, 403), None, "ACCESS_DENIED"),
        (403, None, None, "DEFAULT_4XX"),
        (429, None, None, "THROTTLED"),
        (500, Call(1, 500), None, "AUTHORIZER_FAILURE"),
        (502, None, ASKED, "INTEGRATION_FAILURE"),
        (504, None, ASKED, "INTEGRATION_TIMEOUT"),
    ],
)
def test_response_types(
    status: int, authorization: Call | None, integration: Call | None, expected: str
) -> None:
    """The gateway's own answers by their kind."""
    ended = exchange(status, "no", authorization=authorization, integration=integration)
    assert access_log.response_type(ended) == expected
