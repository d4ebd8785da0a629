"""deploy/template.yaml as plain data: `!Ref X` is {"Ref": "X"}, `!Sub X` {"Fn::Sub": "X"}, ..."""

from pathlib import Path
from typing import Any

import yaml


PATH = Path(__file__).parents[2] / "deploy" / "template.yaml"


class _Loader(yaml.SafeLoader):
    pass


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


def load(path: Path = PATH) -> dict[str, Any]:
    """The whole template."""
    template: dict[str, Any] = yaml.load(path.read_text(), _Loader)
    return template
