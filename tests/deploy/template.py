"""The templates of deploy/ as plain data: `!Ref X` is {"Ref": "X"}, `!Sub X` {"Fn::Sub": "X"}, ..."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from deploy.template import parse


ROOT = Path(__file__).parents[2]
HANDLERS = ROOT / "handlers"
FILES = {name: ROOT / "deploy" / f"{name}.yaml" for name in ("template", "hosting", "account")}


@dataclass(frozen=True, slots=True)
class Template:
    """One of the templates, to be looked at and, for mutants, to be spoilt."""

    name: str
    text: str
    document: dict[str, Any]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """All resources by logical id."""
        found: dict[str, dict[str, Any]] = self.document["Resources"]
        return found

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of all resources of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == f"AWS::{kind}"
        }

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every statement of every role, with the role's logical id."""
        for name, role in self.of_type("IAM::Role").items():
            for policy in role.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement

    def functions_behind(self, live: str) -> str:
        """The function of an alias."""
        reference: str = self.resources[live]["Properties"]["FunctionName"]["Ref"]
        return reference

    def copy(self) -> "Template":
        """One that may be spoilt."""
        return Template(self.name, self.text, copy.deepcopy(self.document))


@cache
def read(name: str) -> Template:
    """The whole template; spoil copies of it only."""
    text = FILES[name].read_text()
    return Template(name, text, parse(text))


def load() -> dict[str, Any]:
    """The chat's template as data."""
    return read("template").document


def as_list(value: Any) -> list[Any]:
    """IAM lets a single value stand for a list."""
    return value if isinstance(value, list) else [value]


def references(value: Any) -> set[str]:
    """The logical ids and parameters that a value names."""
    match value:
        case {"Ref": str(name)}:
            return {name}
        case {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case {"Fn::Sub": str(text)}:
            return {each.partition(".")[0] for each in re.findall(r"\$\{([\w:.]+)\}", text)}
        case {"Fn::Sub": [str(text), dict(given)]}:
            inner = references({"Fn::Sub": text}) - given.keys()
            return inner | references(given)
        case dict():
            return set[str]().union(*(references(each) for each in value.values()))
        case list():
            return set[str]().union(*(references(each) for each in value))
        case _:
            return set()
