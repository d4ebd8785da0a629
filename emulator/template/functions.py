"""AWS::Lambda::Function as a `Function`."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from emulator.errors import UsageError
from emulator.template import log_groups
from emulator.template.code import CodePaths
from emulator.template.layers import function_layers
from emulator.template.model import Function
from emulator.template.physical import Physical
from emulator.template.reader import Reader


RUNTIMES = re.compile(r"python3\.\d+|nodejs\d+\.x|provided(\.al2(023)?)?")
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""

NO_EFFECT = {"Architectures", "Description", "KmsKeyArn", "Tags"}

INLINE_FILES = {"python": "index.py", "nodejs": "index.js"}
"""The file that CloudFormation writes inline source text to, by the runtime's language.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html"""

MOST_VARIABLES = 4096
"""Bytes of all environment variables together, as JSON."""

RESERVED = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
        *("AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME"),
        *("AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION"),
        *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"),
    }
)
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""


def function(
    reader: Reader, known: Physical, code: CodePaths, layers: Mapping[str, Path]
) -> Function:
    """Build the function; `layers` are the contents of the template's layers, by ARN."""
    name = known.ref
    reader.get("FunctionName")
    timeout = reader.number("Timeout", 3)
    if not 1 <= timeout <= 900:
        raise UsageError(f"{reader.where}: Timeout must lie between 1 and 900 seconds.")
    memory_mb = int(reader.number("MemorySize", 128))
    if not 128 <= memory_mb <= 10240:
        raise UsageError(f"{reader.where}: MemorySize must lie between 128 and 10240 (MB).")
    log_group, logging = log_groups.logging_config(reader, f"/aws/lambda/{name}")
    if reader.text("PackageType", "Zip") == "Image":
        raise UsageError(
            f"{reader.where}: container images cannot be run by the emulator; give the function a "
            "Runtime, a Handler and its code as a folder or zip file."
        )
    runtime = reader.text("Runtime")
    inline = _inline(reader)
    result = Function(
        logical_id=reader.resource.logical_id,
        name=name,
        arn=known.attributes["Arn"],
        handler=reader.text("Handler"),
        runtime=runtime,
        code=code.find(reader, "Code", name) if inline is None else _inline_file(reader, runtime),
        inline=inline,
        layers=function_layers(reader, layers, code),
        timeout=timeout,
        memory_mb=memory_mb,
        environment=_variables(reader),
        role_arn=reader.text("Role"),
        log_group=log_group,
        logging=logging,
        reserved_concurrency=_reserved(reader),
    )
    if not RUNTIMES.fullmatch(result.runtime):
        raise UsageError(
            f"{reader.where}: Runtime {result.runtime} is not supported by the emulator. It runs "
            "python3.x and nodejs20.x, nodejs22.x, …, and any program named `bootstrap` as "
            "provided.al2023 or provided.al2."
        )
    reader.finish(NO_EFFECT)
    return result


def _reserved(reader: Reader) -> int | None:
    if reader.get("ReservedConcurrentExecutions") is None:
        return None
    reserved = int(reader.number("ReservedConcurrentExecutions", 0))
    if reserved < 0:
        raise UsageError(f"{reader.where}: ReservedConcurrentExecutions must not be negative.")
    return reserved


def _inline(reader: Reader) -> str | None:
    code = reader.get("Code")
    if not isinstance(code, dict) or "ZipFile" not in code:
        return None
    if not isinstance(code["ZipFile"], str):
        raise UsageError(f"{reader.where}: Code.ZipFile must be source text.")
    return code["ZipFile"]


def _inline_file(reader: Reader, runtime: str) -> Path:
    for language, file in INLINE_FILES.items():
        if runtime.startswith(language):
            return Path(file)
    raise UsageError(
        f"{reader.where}: Code.ZipFile can hold source text of Python and Node.js only, "
        f"not of {runtime}."
    )


def _variables(reader: Reader) -> dict[str, str]:
    """The function's own variables, held to the rules of CreateFunction."""
    given = reader.section("Environment").get("Variables", {})
    variables = {name: _variable(value) for name, value in given.items()}
    reserved = sorted(RESERVED.intersection(variables))
    if reserved:
        raise UsageError(
            f"{reader.where}: Lambda sets these environment variables itself, so the template "
            f"cannot: {', '.join(reserved)}."
        )
    for name in variables:
        if not re.fullmatch(r"[a-zA-Z]([a-zA-Z0-9_])+", name):
            raise UsageError(
                f"{reader.where}: no environment variable can be named {name!r}; names have a "
                "letter first, then one or more letters, digits and underscores."
            )
    size = len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode())
    if size > MOST_VARIABLES:
        raise UsageError(
            f"{reader.where}: its environment variables exceed the 4KB limit: they are {size} "
            "bytes as JSON. Keep large values elsewhere, such as in a table or in the code."
        )
    return variables


def _variable(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
