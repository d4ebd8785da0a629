"""What a function's module reaches by its imports (pure).

A package holds what its handler imports and nothing else: a cold start unpacks every byte of it.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deploy.errors import DeployError


@dataclass(frozen=True, slots=True)
class Reach:
    """All that one module needs."""

    modules: frozenset[str]
    """Dotted names among the sources, the packages that they lie in included."""
    outside: frozenset[str]
    """Top-level names of all else: the standard library's, other distributions'."""
    services: frozenset[str]
    """Services of AWS for which clients are made."""


def reach(sources: Mapping[str, str], start: str) -> Reach:
    """Follow the imports of a module; `sources` are the texts by dotted name.

    Raises `DeployError` if a client is made for a service that is not named right there.
    """
    modules: set[str] = set()
    outside: set[str] = set()
    services: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in modules:
            continue
        modules.add(name)
        tree = ast.parse(sources[name])
        services |= _services(tree, name)
        for imported in _imported(tree):
            found = _within(sources, imported)
            waiting += found
            if not found:
                outside.add(imported.partition(".")[0])
    return Reach(frozenset(modules), frozenset(outside), frozenset(services))


def _within(sources: Mapping[str, str], dotted: str) -> list[str]:
    """The modules that an imported name comes from: itself or its parent, and all packages above."""
    parts = dotted.split(".")
    names = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return [name for name in names if name in sources]


def _imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names that are imported when the module runs; `from a import b` counts as `a.b`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from _imported(ast.Module(body=node.orelse, type_ignores=[]))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from _imported(node)


def _services(tree: ast.AST, module: str) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("client", "resource", "create_client")
        ):
            name = node.args[0] if node.args else None
            if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
                raise DeployError(
                    f"{module}.py, line {node.lineno}: name the service as text, as in "
                    'client("dynamodb"), so that the package gets what the client needs.'
                )
            found.add(name.value)
    return found
