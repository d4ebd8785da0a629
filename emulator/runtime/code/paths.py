"""The search paths of a function and its layers.

On AWS the layers are merged into /opt, where a later one's files replace an earlier one's. Here each
stays in its own folder, so on every path the later ones come first.
https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from emulator.template.model import Function


def python_path(function: Function, declared: Sequence[Path], runtime: Path) -> list[Path]:
    """Where Python imports from: the code with the packages that it declares, the layers, and
    last what the Lambda runtime itself brings along."""
    layers = in_layers(function, f"python/lib/{function.runtime}/site-packages", "python")
    return [function.code, *declared, *layers, runtime]


def library_path(function: Function) -> list[Path]:
    """LD_LIBRARY_PATH."""
    return [function.code, function.code / "lib", *in_layers(function, "lib")]


def node_path(function: Function) -> list[Path]:
    """NODE_PATH, as far as layers are concerned."""
    version = function.runtime.removesuffix(".x").replace("nodejs", "node")
    return in_layers(function, f"nodejs/{version}/node_modules", "nodejs/node_modules")


def joined(folders: Iterable[str | Path]) -> str:
    """Folders as a search path in an environment variable."""
    return ":".join(map(str, folders))


def in_layers(function: Function, *folders: str) -> list[Path]:
    """Those of the folders, given as below /opt, that layers have, in the order of search."""
    paths = [layer / folder for folder in folders for layer in reversed(function.layers)]
    return [path for path in paths if path.is_dir()]
