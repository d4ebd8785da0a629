"""AWS::ApiGatewayV2::Stage as a `Stage`: throttling, logs and metrics of its routes."""

import re
from collections.abc import Mapping
from typing import Any

from emulator.errors import UsageError
from emulator.template.model import (
    ACCOUNT_THROTTLING,
    AccessLog,
    RouteSettings,
    Stage,
    Throttling,
)
from emulator.template.reader import Reader


LEVELS = ("OFF", "ERROR", "INFO")

MAX_FORMAT = 3 * 1024
"""Characters of an access log's format; reference page on quotas."""

_LOG_GROUP = re.compile(r"arn:[^:]+:logs:[^:]*:[^:]*:log-group:(?P<name>[^:]+)(?::\*)?")


def build_stage(reader: Reader, name: str) -> Stage:
    """Build the stage `name`. Raises `UsageError`."""
    variables = reader.section("StageVariables")
    default = _settings(reader, "DefaultRouteSettings", reader.section("DefaultRouteSettings"))
    routes = {
        key: _settings(reader, f"RouteSettings.{key}", settings, default)
        for key, settings in reader.section("RouteSettings").items()
    }
    return Stage(
        name=name,
        variables={key: str(item) for key, item in variables.items()},
        default=default,
        routes=routes,
        access_log=_access_log(reader, reader.section("AccessLogSettings")),
    )


def _settings(
    reader: Reader,
    where: str,
    settings: Mapping[str, Any],
    default: RouteSettings = RouteSettings(),  # noqa: B008 - frozen
) -> RouteSettings:
    known = {"ThrottlingRateLimit", "ThrottlingBurstLimit"}
    known |= {"LoggingLevel", "DataTraceEnabled", "DetailedMetricsEnabled"}
    if others := sorted(set(settings) - known):
        raise UsageError(f"{reader.where}: {where} has no property {others[0]}.")
    level = str(settings.get("LoggingLevel", default.logging_level))
    if level not in LEVELS:
        raise UsageError(
            f"{reader.where}: {where}.LoggingLevel must be one of {', '.join(LEVELS)}."
        )
    return RouteSettings(
        throttling=_throttling(settings) or default.throttling,
        logging_level=level,
        data_trace=_flag(settings.get("DataTraceEnabled", default.data_trace)),
        detailed_metrics=_flag(settings.get("DetailedMetricsEnabled", default.detailed_metrics)),
    )


def _flag(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _throttling(settings: Mapping[str, Any]) -> Throttling | None:
    """Of one route's settings; what is not named is as the account's limit."""
    rate, burst = settings.get("ThrottlingRateLimit"), settings.get("ThrottlingBurstLimit")
    if rate is None and burst is None:
        return None
    account = ACCOUNT_THROTTLING
    return Throttling(
        rate=min(account.rate, float(account.rate if rate is None else rate)),
        burst=min(account.burst, int(account.burst if burst is None else burst)),
    )


def _access_log(reader: Reader, settings: Mapping[str, Any]) -> AccessLog | None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"""
    if not settings:
        return None
    destination, template = str(settings.get("DestinationArn", "")), settings.get("Format")
    where = f"{reader.where}: AccessLogSettings"
    if not isinstance(template, str) or not template:
        raise UsageError(f"{where} needs a Format.")
    if "\n" in template.strip() or len(template) > MAX_FORMAT:
        raise UsageError(f"{where}.Format must be one line of at most {MAX_FORMAT} characters.")
    if not re.search(r"\$context\.(requestId|extendedRequestId)\b", template):
        raise UsageError(f"{where}.Format must contain $context.requestId.")
    if others := re.findall(r"\$(?!context\.)\w+", template):
        raise UsageError(f"{where}.Format may hold $context variables only, not {others[0]}.")
    group = _LOG_GROUP.fullmatch(destination)
    if group is None:
        reader.warn(
            f"not supported by the emulator, without effect: access logs to {destination or '?'}; "
            "name a log group of CloudWatch"
        )
        return None
    return AccessLog(group["name"], template.strip())
