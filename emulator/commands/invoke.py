"""`labchat invoke`: run a function by hand, as `aws lambda invoke` does, by its short name."""

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from emulator.commands.running import Running, data_dir_option, find_running
from emulator.commands.terminal import console
from emulator.errors import UsageError


@click.command()
@click.argument("function")
@click.option(
    "--event",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="File with the event as JSON, such as one of `labchat up --record`. -: standard input.",
)
@click.option("--data", metavar="JSON", help="The event itself.  [default: {}]")
@click.option("--tail", is_flag=True, help="Show the end of what it logs, on standard error.")
@data_dir_option
def invoke(function: str, event: Path | None, data: str | None, tail: bool, data_dir: Path) -> None:
    """Run FUNCTION (logical id or name) of the running emulator, and print what it returns.

    The exit code is 1 if the function fails; its error goes to standard error then.
    """
    emulator = find_running(data_dir)
    name = _name(emulator, function)
    payload = _event(event, data)
    answer = _invoke(emulator, name, payload, tail)
    if tail:
        click.echo(base64.b64decode(answer.get("LogResult", "")), err=True, nl=False)
    result = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        _print_error(function, result)
        sys.exit(1)
    click.echo(result)


def _name(emulator: Running, given: str) -> str:
    """The function's name; the emulator says which there are."""
    functions: Mapping[str, str] = emulator.addresses["functions"]
    if given in functions:
        return functions[given]
    if given in functions.values():
        return given
    known = "\n".join(f"  {logical_id}  ({name})" for logical_id, name in functions.items())
    raise UsageError(f"There is no function {given}. There are:\n{known}")


def _event(file: Path | None, data: str | None) -> str:
    """The event's text, which is JSON."""
    if file is not None and data is not None:
        raise UsageError("Give the event by --event or by --data, not by both.")
    if file is None:
        source, text = "--data", data if data is not None else "{}"
    else:
        source, text = _read(file)
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{source} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise UsageError(f"{source} is nested too deep.") from error
    return text


def _read(file: Path) -> tuple[str, str]:
    standard_input = str(file) == "-"
    source = "Standard input" if standard_input else str(file)
    try:
        return source, (sys.stdin.buffer.read() if standard_input else file.read_bytes()).decode()
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{source} is not UTF-8 text.") from error


def _invoke(emulator: Running, name: str, payload: str, tail: bool) -> dict[str, Any]:
    client = boto3.Session().client(
        "lambda",
        endpoint_url=emulator.addresses["aws"],
        region_name=emulator.region,
        aws_access_key_id=emulator.access_key_id,
        aws_secret_access_key=emulator.secret_access_key,
        # The function's own timeout is the limit; a second attempt would run it twice.
        config=Config(read_timeout=None, retries={"total_max_attempts": 1}),
    )
    try:
        answer: dict[str, Any] = client.invoke(
            FunctionName=name, Payload=payload.encode(), LogType="Tail" if tail else "None"
        )
    except (BotoCoreError, ClientError) as error:
        raise UsageError(f"The emulator did not run {name}: {error}") from error
    return answer


def _print_error(function: str, document: str) -> None:
    """Type, message and trace of the error document; a text that is none as it is."""
    try:
        error = json.loads(document)
        headline = f"{function} failed: {error['errorType']}: {error['errorMessage']}"
        # In Node.js the trace begins with type and message, in as many lines as they have.
        calls = [line for line in error.get("trace", []) if line.startswith("    at ")]
        trace = error.get("stackTrace", calls)
    except (AttributeError, KeyError, TypeError, ValueError):
        headline, trace = f"{function} failed: {document}", []
    console.print(headline, style="bold red", markup=False, highlight=False, soft_wrap=True)
    for line in trace:
        console.print(
            str(line).rstrip("\n"), style="dim", markup=False, highlight=False, soft_wrap=True
        )
