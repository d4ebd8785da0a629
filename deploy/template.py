"""CloudFormation templates as plain data (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Reads the short forms: `!Ref X` is {"Ref": "X"}, `!Sub X` is {"Fn::Sub": "X"}, …"""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    match node:
        case yaml.ScalarNode():
            value: Any = loader.construct_scalar(node)
            if suffix == "GetAtt":
                value = value.split(".", 1)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
        case _:
            raise TypeError(type(node).__name__)
    return {name: value}


_Loader.add_multi_constructor("!", _intrinsic)


def parse(text: str) -> dict[str, Any]:
    """The whole template."""
    document: dict[str, Any] = yaml.load(text, _Loader)
    return document


@dataclass(frozen=True, slots=True)
class Function:
    """What of a function in the template a package depends on."""

    logical_id: str
    module: str
    """Name of the module with the handler, in handlers/."""
    runtime: str
    architecture: str
    """`arm64` or `x86_64`."""


def functions(document: Mapping[str, Any]) -> list[Function]:
    """The functions of a template."""
    found = []
    for name, resource in document["Resources"].items():
        if resource["Type"] == "AWS::Lambda::Function":
            properties = resource["Properties"]
            (architecture,) = properties.get("Architectures", ["x86_64"])
            module = properties["Handler"].rpartition(".")[0]
            found.append(Function(name, module, properties["Runtime"], architecture))
    return found
