"""What one resource says of another: checked when the template is read."""

import re
from collections.abc import Mapping

from emulator.errors import UsageError
from emulator.template.model import Function
from emulator.template.reader import Reader


FUNCTION_IN_URI = re.compile(r":function:([^:/]+)(?::[^/]+)?(?:/invocations)?$")


def in_template(reader: Reader, things: Mapping[str, object], name: str, what: str) -> str:
    """A name that must be in the template. Raises `UsageError` if it is not."""
    if name not in things:
        raise UsageError(f"{reader.where}: its {what} {name} is not in this template.")
    return name


def function_name(reader: Reader, uri: str, functions: Mapping[str, Function]) -> str:
    """The function in the URI of an integration or an authorizer.

    One that a stage variable names is looked for when the stages are known.
    """
    match = FUNCTION_IN_URI.search(uri)
    name = match[1] if match else uri
    if "${stageVariables." in name:
        return name
    return in_template(reader, functions, name, "Lambda function")
