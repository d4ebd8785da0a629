"""All packages of a template, and the build that they make together."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from packaging.requirements import Requirement

from deploy.errors import DeployError
from deploy.packaging import archive, target as targets
from deploy.packaging.imports import Reach, reach
from deploy.packaging.install import Installed, compile_all, install, with_bytecode
from deploy.packaging.target import Target
from deploy.template import Function, functions, parse


RECORD = "build.json"
TEMPLATE = "template.yaml"
LARGEST = 250 * 2**20
"""Bytes that Lambda unpacks at most, layers included."""


@dataclass(frozen=True, slots=True)
class Package:
    """One function's zip file."""

    sha256: str
    """Of the zip file."""
    digest: str
    """Of its content."""
    zipped: int
    unzipped: int
    files: int
    """How many."""
    distributions: list[str]
    """What of others is in it."""


@dataclass(frozen=True, slots=True)
class Build:
    """A build: its id says what is in it, and nothing of when and where it was made."""

    id: str
    python: str
    architecture: str
    packages: Mapping[str, Package]
    """By the functions' logical ids."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a build is made of."""

    template: str
    """The template's text."""
    handlers: Path
    """The folder with modules, requirements.in, and requirements.txt, which is locked."""
    cache: Path
    """For what was fetched."""


def build(sources: Sources, to: Path, target: Target) -> Build:
    """Make a zip file for each function and the build's record, in a folder made anew."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    packages = {}
    for function in functions(parse(sources.template)):
        packages[function.logical_id] = _package(sources, function, target, to)
    whole = hashlib.sha256(sources.template.encode())
    for name, package in sorted(packages.items()):
        whole.update(f"{name} {package.digest}\n".encode())
    made = Build(whole.hexdigest()[:12], target.python, target.architecture, packages)
    (to / TEMPLATE).write_text(sources.template)
    (to / RECORD).write_text(json.dumps(asdict(made), indent=2) + "\n")
    return made


def template_target(template: str, *, bytecode: bool = True) -> Target:
    """What the template's functions run on. Raises `DeployError` if they differ."""
    found = {targets.of(each, bytecode=bytecode) for each in functions(parse(template))}
    if len(found) != 1:
        raise DeployError("Give all functions of the template the same Runtime and Architectures.")
    return found.pop()


def read(folder: Path) -> Build:
    """The build in a folder, its zip files checked. Raises `DeployError`."""
    try:
        record = json.loads((folder / RECORD).read_text())
        (folder / TEMPLATE).stat()
    except OSError:
        raise DeployError(
            f"{folder} holds no build; make one with `labchat deploy package --to {folder}`."
        ) from None
    packages = {name: Package(**each) for name, each in record.pop("packages").items()}
    for name, package in packages.items():
        path = folder / f"{name}.zip"
        if not path.is_file() or archive.sha256(path) != package.sha256:
            raise DeployError(
                f"{path} is not what was built; build again with `labchat deploy package`."
            )
    return Build(**record, packages=packages)


def _package(sources: Sources, function: Function, target: Target, to: Path) -> Package:
    reached = reach(_texts(sources.handlers), function.module)
    installed = Installed(
        install(sources.handlers / "requirements.txt", target, sources.cache), target
    )
    names = installed.needed(reached.outside, _declared(sources.handlers))
    files = {
        **installed.files(names, reached.services),
        **_own(sources, reached, target),
    }
    unzipped = sum(path.stat().st_size for path in files.values())
    if unzipped > LARGEST:
        raise DeployError(
            f"{function.logical_id} is {unzipped >> 20} MB unzipped, and Lambda takes 250; import "
            "less in it."
        )
    path = to / f"{function.logical_id}.zip"
    archive.write(path, files)
    return Package(
        sha256=archive.sha256(path),
        digest=archive.digest(files),
        zipped=path.stat().st_size,
        unzipped=unzipped,
        files=len(files),
        distributions=sorted(names),
    )


def _texts(handlers: Path) -> dict[str, str]:
    """All modules by dotted name."""
    found = {}
    for path in handlers.rglob("*.py"):
        parts = path.relative_to(handlers).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path.read_text()
    return found


def _own(sources: Sources, reached: Reach, target: Target) -> dict[str, Path]:
    """The reached modules, as copies with bytecode of the target."""
    digest = hashlib.sha256(f"{target}".encode())
    files = {}
    for name in sorted(reached.modules):
        path = sources.handlers.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        files[path.relative_to(sources.handlers).as_posix()] = path
        digest.update(path.read_bytes())
    folder = sources.cache / f"own-{digest.hexdigest()[:16]}"
    shutil.rmtree(folder, ignore_errors=True)
    copies = {name: folder / name for name in files}
    for name, copy in copies.items():
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(files[name], copy)
    compile_all(folder, target)
    return with_bytecode(copies, target)


def _declared(handlers: Path) -> list[Requirement]:
    lines = (handlers / "requirements.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]
