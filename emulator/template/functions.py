"""AWS::Lambda::Function as a `Function`."""

import re
from pathlib import Path

from emulator.errors import UsageError
from emulator.template.model import Function
from emulator.template.physical import Physical
from emulator.template.reader import Reader


RUNTIMES = re.compile(r"python3\.\d+|nodejs\d+\.x|provided(\.al2(023)?)?")
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""

NO_EFFECT = {"Architectures", "Description", "KmsKeyArn", "PackageType", "Tags"}


def function(reader: Reader, known: Physical, base: Path) -> Function:
    """Build the function; `base` is the template's folder, to which asset paths are relative."""
    name = known.ref
    reader.get("FunctionName")
    timeout = reader.number("Timeout", 3)
    if not 1 <= timeout <= 900:
        raise UsageError(f"{reader.where}: Timeout must lie between 1 and 900 seconds.")
    memory_mb = int(reader.number("MemorySize", 128))
    if not 128 <= memory_mb <= 10240:
        raise UsageError(f"{reader.where}: MemorySize must lie between 128 and 10240 (MB).")
    variables = reader.section("Environment").get("Variables", {})
    logging_config = reader.section("LoggingConfig")
    if logging_config.get("LogFormat", "Text") != "Text":
        reader.warn("LoggingConfig.LogFormat is not supported by the emulator: logs are text")
    result = Function(
        logical_id=reader.resource.logical_id,
        name=name,
        arn=known.attributes["Arn"],
        handler=reader.text("Handler"),
        runtime=reader.text("Runtime"),
        code=_code(reader, base),
        timeout=timeout,
        memory_mb=memory_mb,
        environment={key: _variable(value) for key, value in variables.items()},
        role_arn=reader.text("Role"),
        log_group=str(logging_config.get("LogGroup", f"/aws/lambda/{name}")),
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


def _variable(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _code(reader: Reader, base: Path) -> Path:
    """The local folder of the code.

    The template names where the deployed package lies (S3); where its source lies stands in the
    metadata that the CDK and the SAM CLI agreed upon:
    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-cdk-testing.html
    """
    reader.get("Code")
    path = reader.resource.metadata.get("aws:asset:path")
    if not path or reader.resource.metadata.get("aws:asset:property") != "Code":
        raise UsageError(
            f"{reader.where}: where its source code lies is not said. Add to the resource: "
            "Metadata: {'aws:asset:path': FOLDER, 'aws:asset:property': Code}"
        )
    folder = (base / str(path)).resolve()
    if not folder.is_dir():
        raise UsageError(f"{reader.where}: its code folder {folder} does not exist.")
    return folder
