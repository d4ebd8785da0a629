"""AWS::Lambda::LayerVersion, and the layers that a function names."""

from collections.abc import Mapping
from pathlib import Path

from emulator.errors import UsageError
from emulator.template.code import CodePaths
from emulator.template.physical import Physical
from emulator.template.reader import Reader


NO_EFFECT = {"CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo"}

MOST_LAYERS = 5
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def layer_version(reader: Reader, known: Physical, code: CodePaths) -> tuple[str, Path]:
    """The layer's ARN and the folder or zip file of its content."""
    reader.get("LayerName")
    content = code.find(reader, "Content", _name(known.ref))
    reader.finish(NO_EFFECT)
    return known.ref, content


def function_layers(
    reader: Reader, contents: Mapping[str, Path], code: CodePaths
) -> tuple[Path, ...]:
    """The contents of a function's layers, in the template's order; `contents` is by ARN."""
    arns = reader.texts("Layers")
    if len(arns) > MOST_LAYERS:
        raise UsageError(
            f"{reader.where}: it names {len(arns)} layers; Lambda takes {MOST_LAYERS} at most."
        )
    found: list[Path] = []
    for arn in arns:
        content = contents.get(arn) or code.package(_name(arn))
        if content is not None:
            found.append(content)
            continue
        reader.warn(
            f"the layer {arn} is not in this template, so the function runs without it. "
            "Declare what it needs of the layer in the requirements.txt of its code"
            if code.packages is None
            else f"the layer {arn} is not in this template, so the function runs without it. "
            f"Put its content into {code.packages} as {_name(arn)}.zip"
        )
    return tuple(found)


def _name(arn: str) -> str:
    """The name in `arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION`."""
    return arn.split(":")[6] if arn.count(":") == 7 else arn
