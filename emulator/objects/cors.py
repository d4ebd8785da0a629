"""Which pages of other origins a bucket answers (pure).

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
"""

from collections.abc import Iterable, Mapping, Sequence

from emulator.objects.errors import S3Error
from emulator.template.model import CorsRule


VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def preflight(rules: Sequence[CorsRule], asked: Mapping[str, str]) -> dict[str, str]:
    """The headers of the answer to OPTIONS; raises `S3Error` when no rule lets the page ask."""
    origin = asked.get("origin", "")
    method = asked.get("access-control-request-method", "")
    if not origin:
        message = "Insufficient information. Origin request header needed."
        raise S3Error(400, "BadRequest", message)
    if not method:
        message = "Invalid Access-Control-Request-Method: null"
        raise S3Error(400, "BadRequest", message)
    if not rules:
        message = "CORSResponse: CORS is not enabled for this bucket."
        raise S3Error(403, "AccessForbidden", message, Method=method, ResourceType="BUCKET")
    listed = asked.get("access-control-request-headers", "")
    wanted = [name.strip().lower() for name in listed.split(",") if name.strip()]
    for rule in rules:
        if _lets_in(rule, origin, method) and all(_covers(rule.headers, each) for each in wanted):
            allowed = {"Access-Control-Allow-Headers": ", ".join(wanted)} if wanted else {}
            return _headers(rule, origin) | allowed
    message = (
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
        "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers "
        "are not whitelisted by the resource's CORS spec."
    )
    raise S3Error(403, "AccessForbidden", message, Method=method, ResourceType="OBJECT")


def headers(rules: Iterable[CorsRule], method: str, origin: str | None) -> dict[str, str]:
    """What is added to the answer to a request proper: nothing if no rule covers it."""
    if origin is None:
        return {}
    found = next((rule for rule in rules if _lets_in(rule, origin, method)), None)
    return {} if found is None else _headers(found, origin)


def _lets_in(rule: CorsRule, origin: str, method: str) -> bool:
    return method in rule.methods and _covers(rule.origins, origin)


def _headers(rule: CorsRule, origin: str) -> dict[str, str]:
    anybody = "*" in rule.origins
    return {
        "Access-Control-Allow-Origin": "*" if anybody else origin,
        "Access-Control-Allow-Methods": ", ".join(rule.methods),
        **({} if anybody else {"Access-Control-Allow-Credentials": "true"}),
        **({"Access-Control-Expose-Headers": ", ".join(rule.exposed)} if rule.exposed else {}),
        **({} if rule.max_age is None else {"Access-Control-Max-Age": str(rule.max_age)}),
        "Vary": VARY,
    }


def _covers(patterns: Iterable[str], value: str) -> bool:
    """Each may have one `*` in it, which stands for any run of characters."""
    return any(_matches(pattern.lower(), value.lower()) for pattern in patterns)


def _matches(pattern: str, value: str) -> bool:
    start, star, end = pattern.partition("*")
    if not star:
        return pattern == value
    long_enough = len(value) >= len(start) + len(end)
    return long_enough and value.startswith(start) and value.endswith(end)
