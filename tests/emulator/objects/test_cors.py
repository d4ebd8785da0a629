"""CORS as the template has it: preflights and requests proper."""

import pytest

from emulator.objects import cors
from emulator.objects.errors import S3Error
from emulator.template.model import CorsRule
from tests.emulator.objects.running import RULES, Objects


APP = "https://app.example"


def asked(origin: str, method: str = "GET", headers: str = "") -> dict[str, str]:
    """The headers of a preflight."""
    found = {"origin": origin, "access-control-request-method": method}
    return found | ({"access-control-request-headers": headers} if headers else {})


async def test_a_preflight_that_is_let_through(objects: Objects) -> None:
    """What the rule says, and that it holds for this origin."""
    headers = {
        "Origin": APP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "X-One, x-Two",
    }
    async with objects.http.options(f"{objects.base}/files/k", headers=headers) as answer:
        assert answer.status == 200
        found = {
            name: value
            for name, value in answer.headers.items()
            if name.startswith("Access-Control") or name == "Vary"
        }
        assert found == {
            "Access-Control-Allow-Origin": APP,
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "x-one, x-two",
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": "ETag",
            "Access-Control-Max-Age": "5",
            "Vary": cors.VARY,
        }


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        (asked("https://evil.example"), 403, "AccessForbidden"),
        (asked("http://localhost.evil.example"), 403, "AccessForbidden"),
        (asked("null"), 403, "AccessForbidden"),
        (asked(APP, "DELETE"), 403, "AccessForbidden"),
        (asked(APP, "GET", "authorization"), 403, "AccessForbidden"),
        ({"origin": APP}, 400, "BadRequest"),
        ({"access-control-request-method": "GET"}, 400, "BadRequest"),
    ],
)
async def test_a_preflight_that_is_refused(
    objects: Objects, headers: dict[str, str], status: int, code: str
) -> None:
    """With S3's code, and no header that would let the page in."""
    async with objects.http.options(f"{objects.base}/files/k", headers=headers) as answer:
        assert answer.status == status
        assert f"<Code>{code}</Code>" in await answer.text()
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_bucket_without_rules(objects: Objects) -> None:
    """Lets no page in."""
    async with objects.http.options(f"{objects.base}/plain/k", headers=asked(APP)) as answer:
        assert answer.status == 403
        assert "CORS is not enabled" in await answer.text()


async def test_requests_proper(objects: Objects) -> None:
    """A page may read answers, errors too, if a rule covers its origin and the method."""
    url = objects.url("get_object")
    for origin, allowed in ((APP, APP), ("http://localhost:5173", "http://localhost:5173")):
        async with objects.http.get(url, headers={"Origin": origin}) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (404, allowed)
    async with objects.http.get(url, headers={"Origin": "https://evil.example"}) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with objects.http.head(url, headers={"Origin": "https://any.example"}) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("rule", "origin", "allowed"),
    [
        ("*", "https://any", True),
        ("https://*.example", "https://a.example", True),
        ("https://*.example", "https://a.example.org", False),
        ("https://a*", "https://a", True),
        ("https://ab*bc", "https://abc", False),
        ("https://a", "https://a.b", False),
    ],
)
def test_origins_with_a_wildcard(rule: str, origin: str, allowed: bool) -> None:
    """One star stands for any run of characters, and its two sides do not overlap."""
    assert bool(cors.headers([CorsRule((rule,), ("GET",))], "GET", origin)) is allowed


def test_the_first_rule_that_covers_all_counts() -> None:
    """A rule that covers the origin but not the method is passed by."""
    assert cors.preflight(RULES, asked(APP, "HEAD"))["Access-Control-Allow-Origin"] == "*"
    with pytest.raises(S3Error):
        cors.preflight(RULES[:1], asked(APP, "HEAD"))
