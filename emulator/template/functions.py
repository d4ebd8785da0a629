"""AWS::Lambda::Function as a `Function`."""

from pathlib import Path

from emulator.errors import UsageError
from emulator.template import log_groups
from emulator.template.model import Function
from emulator.template.physical import Physical
from emulator.template.reader import Reader


NO_EFFECT = {"Architectures", "Description", "KmsKeyArn", "PackageType", "Tags"}


def function(reader: Reader, known: Physical, base: Path) -> Function:
    """Build the function; `base` is the template's folder, to which asset paths are relative."""
    name = known.ref
    reader.get("FunctionName")
    timeout = reader.number("Timeout", 3)
    if not 1 <= timeout <= 900:
        raise UsageError(f"{reader.where}: Timeout must lie between 1 and 900 seconds.")
    variables = reader.section("Environment").get("Variables", {})
    log_group, logging = log_groups.logging_config(reader, f"/aws/lambda/{name}")
    result = Function(
        logical_id=reader.resource.logical_id,
        name=name,
        arn=known.attributes["Arn"],
        handler=reader.text("Handler"),
        runtime=reader.text("Runtime"),
        code=_code(reader, base),
        timeout=timeout,
        memory_mb=int(reader.number("MemorySize", 128)),
        environment={key: _variable(value) for key, value in variables.items()},
        role_arn=reader.text("Role"),
        log_group=log_group,
        logging=logging,
    )
    if not result.runtime.startswith("python"):
        raise UsageError(
            f"{reader.where}: Runtime {result.runtime} is not supported; python3.x runtimes are."
        )
    reader.finish(NO_EFFECT)
    return result


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
