"""Template text to plain data: YAML or JSON, with every short form (`!Ref`) in its long form."""

from typing import Any

import yaml

from emulator.errors import UsageError


_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: no timestamps, no duplicate keys, tags are intrinsics."""


# CloudFormation keeps `2012-10-17` a string.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = _mapping(loader, node)
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    return {name: value}


def _mapping(loader: _Loader, node: yaml.Node) -> dict[str, Any]:
    assert isinstance(node, yaml.MappingNode)
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        # As written: `NO`, `0123` and the like are names here, not booleans and numbers.
        key = str(loader.construct_scalar(key_node))
        if key in mapping:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key '{key}' stands here twice", key_node.start_mark
            )
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


_Loader.add_multi_constructor("!", _intrinsic)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse(text: str) -> dict[str, Any]:
    """The template as data. Raises `UsageError` with the line when the text is not readable."""
    try:
        document = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise UsageError(f"The template is not valid YAML or JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise UsageError("The template has no Resources section; is it a CloudFormation template?")
    for section in _SECTIONS:
        _check_section(section, document.get(section, {}))
    return document


def _check_section(section: str, content: Any) -> None:
    """Everything that is read later may rely on entries being mappings."""
    if not isinstance(content, dict):
        raise UsageError(f"The template's section {section} must be a mapping.")
    for name, entry in content.items():
        if not isinstance(entry, dict):
            raise UsageError(f"{section}: the entry {name} must be a mapping, not {entry!r}.")
        if section == "Resources" and not isinstance(entry.get("Type"), str):
            raise UsageError(f"Resources: the entry {name} has no Type.")
