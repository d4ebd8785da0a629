"""Asking the user pool about a token, over a real socket."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from chat import standing, tokens

from tests.handlers.fakes import FakeClock
from tests.handlers.test_tokens import CLIENT, ISSUER, ONE, Pool


class UserPools(BaseHTTPRequestHandler):
    """Answers as it is told to."""

    status, document = 200, dict[str, Any]()
    asked: ClassVar[list[tuple[str | None, dict[str, Any]]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.headers["X-Amz-Target"], body))
        content = json.dumps(self.document).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@pytest.fixture
def pools() -> Iterator[tuple[str, type[UserPools]]]:
    """Where they are, and what they are told."""

    class Own(UserPools):
        asked: ClassVar[list[tuple[str | None, dict[str, Any]]]] = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Own
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "kind", "stands"),
    [
        (200, None, True),
        (400, "NotAuthorizedException", False),
        (400, "com.amazonaws.cognito#UserNotFoundException", False),
        (400, "TooManyRequestsException", True),
        (500, "InternalErrorException", True),
        (503, None, True),
    ],
)
def test_answers(
    pools: tuple[str, type[UserPools]], status: int, kind: str | None, stands: bool
) -> None:
    """Only a plain no takes a token's worth; the token is all that is asked with."""
    url, told = pools
    told.status, told.document = status, {"__type": kind} if kind else {}
    assert standing.ask(url)("a.b.c") is stands
    assert told.asked == [("AWSCognitoIdentityProviderService.GetUser", {"AccessToken": "a.b.c"})]


def test_nobody_answers() -> None:
    """Then the signature is enough."""
    assert standing.ask("http://127.0.0.1:9")("a.b.c")


def test_endpoints() -> None:
    """AWS's own by the region in the pool's id, or the one that is set."""
    assert (
        standing.endpoint_of("eu-west-1_x", None) == "https://cognito-idp.eu-west-1.amazonaws.com/"
    )
    assert standing.endpoint_of("eu-west-1_x", "http://here") == "http://here"


@pytest.mark.parametrize("stands", [True, False])
def test_a_token_that_was_taken_back(stands: bool) -> None:
    """It opens nothing, however good its signature is."""
    keys = tokens.Keys(Pool(ONE), FakeClock())
    verifier = tokens.TokenVerifier(keys, ISSUER, CLIENT, lambda token: stands)
    if stands:
        assert verifier.verify(ONE.sign()).uid == "ada"
    else:
        with pytest.raises(tokens.Unacceptable):
            verifier.verify(ONE.sign())
