"""The events, key by key as the reference shows them (sections 2.2 and 4.2 to 4.4)."""

import json
import re

import pytest

from emulator.gateway.events import (
    authorizer_event,
    connect_event,
    disconnect_event,
    message_event,
    request_time,
)
from tests.emulator.gateway.apis import api, stamp, upgrade


HOST = "abcd1234ef.execute-api.us-east-1.amazonaws.com"
CLIENT = (
    ("Host", HOST),
    ("Origin", "https://app.example.com"),
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
    ("Sec-WebSocket-Key", "DM+9PqsQtaZrN+IMZbWTzg=="),
    ("Sec-WebSocket-Protocol", "chat1, myprotocol"),
    ("Sec-WebSocket-Version", "13"),
    ("User-Agent", "Mozilla/5.0"),
    ("X-Forwarded-For", "6.6.6.6"),
)
SEEN = {
    "Host": HOST,
    "Origin": "https://app.example.com",
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    "Sec-WebSocket-Key": "DM+9PqsQtaZrN+IMZbWTzg==",
    "Sec-WebSocket-Protocol": "chat1, myprotocol",
    "Sec-WebSocket-Version": "13",
    "User-Agent": "Mozilla/5.0",
    "X-Amzn-Trace-Id": "Root=1-65d2ff2e-718990494fd688f062bf1571",
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
}
UPGRADE_HEADERS = {"Connection": "upgrade", "content-length": "0", "Upgrade": "websocket"}
CONTEXT = {
    "extendedRequestId": "TXzPWFkkjoEF92g=",
    "requestTime": "19/Feb/2024:07:11:42 +0000",
    "messageDirection": "IN",
    "stage": "prod",
    "connectedAt": 1708326702789,
    "requestTimeEpoch": 1708326702790,
    "identity": {"userAgent": "Mozilla/5.0", "sourceIp": "192.0.2.1"},
    "requestId": "TXzPWFkkjoEF92g=",
    "domainName": HOST,
    "connectionId": "TXzPWdnOjoECGjA=",
    "apiId": "abcd1234ef",
}


def lists(single: dict[str, str]) -> dict[str, list[str]]:
    return {key: [value] for key, value in single.items()}


def test_the_authorizer_s_event() -> None:
    """It alone shows the headers of the upgrade; maps without content are empty."""
    event = authorizer_event(upgrade(api(), headers=CLIENT), stamp())
    headers = UPGRADE_HEADERS | SEEN
    assert event == {
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abcd1234ef/prod/$connect",
        "headers": headers,
        "multiValueHeaders": lists(headers),
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "stageVariables": {},
        "requestContext": {"routeKey": "$connect", "eventType": "CONNECT", **CONTEXT},
    }


def test_the_connect_event() -> None:
    """Repeated parameters: the last value in one map, all of them in the other."""
    authorizer = {"tenant": "t1", "principalId": "me", "integrationLatency": 21}
    event = connect_event(
        upgrade(api(), headers=CLIENT, query="room=a&room=b"), stamp(), authorizer
    )
    assert event == {
        "headers": SEEN,
        "multiValueHeaders": lists(SEEN),
        "queryStringParameters": {"room": "b"},
        "multiValueQueryStringParameters": {"room": ["a", "b"]},
        "requestContext": {
            "routeKey": "$connect",
            "authorizer": authorizer,
            "eventType": "CONNECT",
            **CONTEXT,
        },
        "isBase64Encoded": False,
    }


def test_the_message_event() -> None:
    """No headers, no query; the body as it came."""
    authorizer = {"tenant": "t1", "principalId": "me"}
    body = '{"action":"sendMessage","text":"hello"}'
    event = message_event(
        upgrade(api(), headers=CLIENT, query="a=1"),
        stamp(),
        authorizer,
        route_key="sendMessage",
        message_id="PJqCFfHyKRcCHlw=",
        body=body,
    )
    assert event == {
        "requestContext": {
            "routeKey": "sendMessage",
            "authorizer": authorizer,
            "messageId": "PJqCFfHyKRcCHlw=",
            "eventType": "MESSAGE",
            **CONTEXT,
        },
        "body": body,
        "isBase64Encoded": False,
    }


def test_the_disconnect_event() -> None:
    """Four odd headers, the close code as a number and the reason as a string."""
    event = disconnect_event(
        upgrade(api(), headers=CLIENT),
        stamp(),
        None,
        code=1005,
        reason="Client-side close frame status not set",
    )
    headers = {"Host": HOST, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    assert event == {
        "headers": headers,
        "multiValueHeaders": lists(headers),
        "requestContext": {
            "routeKey": "$disconnect",
            "disconnectStatusCode": 1005,
            "eventType": "DISCONNECT",
            "disconnectReason": "Client-side close frame status not set",
            **CONTEXT,
        },
        "isBase64Encoded": False,
    }


def test_what_is_absent_is_left_out() -> None:
    """No query, authorizer, user agent or stage variables: no key for them."""
    event = connect_event(upgrade(api()), stamp(), None)
    assert set(event) == {"headers", "multiValueHeaders", "requestContext", "isBase64Encoded"}
    assert "authorizer" not in event["requestContext"]
    assert event["requestContext"]["identity"] == {"sourceIp": "192.0.2.1"}


def test_stage_variables_are_in_every_event() -> None:
    """A stage that has variables shows them on connect, message and disconnect."""
    from_client = upgrade(api(variables={"mode": "test"}))
    message = message_event(from_client, stamp(), None, route_key="x", message_id="m", body="")
    disconnect = disconnect_event(from_client, stamp(), None, code=1000, reason="")
    events = [
        authorizer_event(from_client, stamp()),
        connect_event(from_client, stamp(), None),
        message,
        disconnect,
    ]
    assert [event["stageVariables"] for event in events] == [{"mode": "test"}] * 4


@pytest.mark.parametrize(
    ("query", "single"),
    [
        ("a=%C3%A9+b", {"a": "é b"}),
        ("a=", {"a": ""}),
        ("a", {"a": ""}),
        ("a=1&a=2", {"a": "2"}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("%3D=%26", {"=": "&"}),
    ],
)
def test_query_parameters_are_decoded(query: str, single: dict[str, str]) -> None:
    """Names and values are URL-decoded, empty ones kept."""
    event = connect_event(upgrade(api(), query=query), stamp(), None)
    assert event["queryStringParameters"] == single


def test_repeated_headers() -> None:
    """The multi-value map has each of them, under the name that the client spelled."""
    headers = (("Host", "h"), ("X-Tag", "1"), ("X-Tag", "2"), ("x-tag", "3"))
    event = connect_event(upgrade(api(), headers=headers), stamp(), None)
    assert event["multiValueHeaders"]["X-Tag"] == ["1", "2"]
    assert event["headers"]["X-Tag"] == "2"
    assert event["headers"]["x-tag"] == "3"
    assert upgrade(api(), headers=headers).header("X-TAG") == "1, 2, 3"


def test_a_client_without_a_host() -> None:
    """HTTP/1.0 knows no Host header; the event still names one."""
    event = connect_event(upgrade(api(), headers=()), stamp(), None)
    assert event["requestContext"]["domainName"] == api().host


def test_events_are_json() -> None:
    """Every event can be handed over as JSON."""
    event = connect_event(upgrade(api(), headers=CLIENT, query="a=1"), stamp(), {"k": "v"})
    assert json.loads(json.dumps(event)) == event


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (0, "01/Jan/1970:00:00:00 +0000"),
        (1708326702790, "19/Feb/2024:07:11:42 +0000"),
        (1735689599999, "31/Dec/2024:23:59:59 +0000"),
    ],
)
def test_request_time(at_ms: int, text: str) -> None:
    """The time in UTC, in the format of AWS's logs, with English months."""
    assert request_time(at_ms) == text
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", text)
