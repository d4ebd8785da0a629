"""AWS::Logs::LogGroup and LoggingConfig."""

from pathlib import Path
from typing import Any

import pytest

from emulator.errors import UsageError
from emulator.template.model import LoggingConfig, LogGroup, Stack
from emulator.template.physical import Place
from emulator.template.stack import build


def stack(folder: Path, *, group: Any = None, **config: Any) -> Stack:
    """A function with a LoggingConfig, and a log group."""
    function = {
        "Type": "AWS::Lambda::Function",
        "Metadata": {"aws:asset:path": ".", "aws:asset:property": "Code"},
        "Properties": {
            "FunctionName": "f",
            "Runtime": "python3.13",
            "Handler": "m.h",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            **({"LoggingConfig": config} if config else {}),
        },
    }
    log = {"Type": "AWS::Logs::LogGroup", "Properties": group or {}}
    place = Place("s", "us-east-1", "000000000000", seed="")
    resources = {"Function": function, "Log": log, "Role": {"Type": "AWS::IAM::Role"}}
    return build({"Resources": resources}, place, {}, folder)


def test_what_functions_and_groups_say(tmp_path: Path) -> None:
    """The group by reference, format and levels; the group's days."""
    built = stack(
        tmp_path,
        group={"LogGroupName": "/own", "RetentionInDays": "30"},
        LogGroup={"Ref": "Log"},
        LogFormat="JSON",
        ApplicationLogLevel="DEBUG",
        SystemLogLevel="WARN",
    )
    assert built.log_groups == (LogGroup("Log", "/own", 30),)
    assert built.functions["f"].log_group == "/own"
    assert built.functions["f"].logging == LoggingConfig("JSON", "DEBUG", "WARN")
    assert built.warnings == ()


def test_what_holds_where_nothing_is_said(tmp_path: Path) -> None:
    """Text into /aws/lambda/NAME, INFO, kept for ever."""
    built = stack(tmp_path)
    assert [group.retention_days for group in built.log_groups] == [None]
    assert built.functions["f"].log_group == "/aws/lambda/f"
    assert built.functions["f"].logging == LoggingConfig("Text", "INFO", "INFO")


@pytest.mark.parametrize(
    ("group", "config", "told"),
    [
        ({"RetentionInDays": 2}, {}, "RetentionInDays must be one of 1, 3, 5"),
        ({}, {"LogFormat": "XML"}, "LogFormat must be one of Text, JSON"),
        ({}, {"LogFormat": "JSON", "ApplicationLogLevel": "LOUD"}, "ApplicationLogLevel must be"),
        (
            {},
            {"LogFormat": "JSON", "SystemLogLevel": "TRACE"},
            "SystemLogLevel must be one of DEBUG",
        ),
        ({}, {"SystemLogLevel": "WARN"}, "need LogFormat: JSON"),
    ],
)
def test_what_aws_would_refuse(tmp_path: Path, group: Any, config: Any, told: str) -> None:
    """It is told at the start, with the choices."""
    with pytest.raises(UsageError, match=told):
        stack(tmp_path, group=group, **config)
