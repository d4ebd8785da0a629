"""Intrinsic functions: a parsed template in, plain values out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from emulator.errors import UsageError
from emulator.template.physical import Physical, Place, Resource, attribute, physical


NO_VALUE = object()
"""What `AWS::NoValue` resolves to: the entry that holds it disappears."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class Resolver:
    """Resolves values of one template; resources are resolved when something refers to them."""

    def __init__(
        self,
        document: Mapping[str, Any],
        parameters: Mapping[str, str | list[str]],
        place: Place,
    ) -> None:
        self._resources: Mapping[str, Any] = document["Resources"]
        self._conditions: Mapping[str, Any] = document.get("Conditions", {})
        self._mappings: Mapping[str, Any] = document.get("Mappings", {})
        self._place = place
        self._known: dict[str, Any] = {
            **parameters,
            "AWS::AccountId": place.account_id,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": place.partition,
            "AWS::Region": place.region,
            "AWS::StackId": (
                f"arn:{place.partition}:cloudformation:{place.region}:{place.account_id}"
                f":stack/{place.stack}/local"
            ),
            "AWS::StackName": place.stack,
            "AWS::URLSuffix": place.url_suffix,
        }
        self._built: dict[str, tuple[Resource, Physical]] = {}
        self._building: list[str] = []
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self.condition,
            "Fn::And": lambda v: all(self.resolve(item) for item in v),
            "Fn::Base64": lambda v: base64.b64encode(self._text(v).encode()).decode(),
            "Fn::Equals": lambda v: _plain(self.resolve(v[0])) == _plain(self.resolve(v[1])),
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::If": lambda v: self.resolve(v[1] if self.condition(v[0]) else v[2]),
            "Fn::Join": lambda v: str(v[0]).join(self._text(part) for part in self.resolve(v[1])),
            "Fn::Not": lambda v: not self.resolve(v[0]),
            "Fn::Or": lambda v: any(self.resolve(item) for item in v),
            "Fn::Select": lambda v: self.resolve(v[1])[int(self.resolve(v[0]))],
            "Fn::Split": lambda v: self._text(v[1]).split(str(v[0])),
            "Fn::Sub": self._sub,
        }

    def resource(self, logical_id: str) -> tuple[Resource, Physical]:
        """A resource with its properties resolved, and its physical id."""
        if logical_id not in self._built:
            if logical_id in self._building:
                circle = " -> ".join([*self._building, logical_id])
                raise UsageError(f"Circular dependency between resources: {circle}")
            self._building.append(logical_id)
            declaration = self._resources[logical_id]
            properties = self.resolve(declaration.get("Properties", {}))
            if not isinstance(properties, dict):
                raise UsageError(f"{logical_id}: its Properties must be a mapping.")
            resource = Resource(
                logical_id,
                declaration["Type"],
                properties,
                declaration.get("Metadata", {}),
            )
            self._building.pop()
            self._built[logical_id] = resource, physical(self._place, resource)
        return self._built[logical_id]

    def condition(self, name: str) -> bool:
        """A named condition's value."""
        if name not in self._conditions:
            raise UsageError(f"Condition {name} is used but not defined in the template.")
        return bool(self.resolve(self._conditions[name]))

    def resolve(self, value: Any) -> Any:
        """`value` with every intrinsic function in it carried out."""
        if isinstance(value, list):
            items = [self.resolve(item) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in self._functions and (name != "Condition" or isinstance(argument, str)):
                return self._call(name, argument)
            if name.startswith("Fn::"):
                raise UsageError(f"{name} is not supported by the emulator.")
        entries = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in entries.items() if item is not NO_VALUE}

    def _call(self, name: str, argument: Any) -> Any:
        try:
            return self._functions[name](argument)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise UsageError(f"{name} cannot be resolved: {argument!r} ({error!r})") from error

    def _ref(self, name: str) -> Any:
        if name in self._known:
            return self._known[name]
        if name in self._resources:
            return self.resource(name)[1].ref
        raise UsageError(f"Ref {name}: the template has no such parameter or resource.")

    def _get_att(self, value: str | list[Any]) -> str:
        if isinstance(value, str):
            value = value.split(".", 1)
        logical_id, name = str(value[0]), ".".join(str(self.resolve(part)) for part in value[1:])
        if logical_id not in self._resources:
            raise UsageError(f"Fn::GetAtt {logical_id}.{name}: the template has no such resource.")
        resource, known = self.resource(logical_id)
        return attribute(known, resource.type, logical_id, name)

    def _sub(self, value: Any) -> str:
        text, variables = (value, {}) if isinstance(value, str) else value
        local = {name: self._text(item) for name, item in variables.items()}

        def replace(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in local:
                return local[name]
            logical_id, dot, path = name.partition(".")
            return self._text(self._get_att([logical_id, path]) if dot else self._ref(name))

        return _VARIABLE.sub(replace, text)

    def _find_in_map(self, value: list[Any]) -> Any:
        name, first, second = (str(self.resolve(part)) for part in value[:3])
        return self._mappings[name][first][second]

    def _text(self, value: Any) -> str:
        resolved = self.resolve(value)
        if isinstance(resolved, str | int | float):
            return str(_plain(resolved))
        raise UsageError(f"A text is needed here, not {resolved!r}.")


def _plain(value: Any) -> Any:
    """CloudFormation knows only texts: `true` and `"true"`, `1` and `"1"` are the same to it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value
