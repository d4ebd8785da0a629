"""Third-party packages for a target, installed once and compiled, and the files of each."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from deploy.errors import DeployError
from deploy.packaging.target import Target


LEFT_OUT = re.compile(r"\.(pyi|pyx|pxd|c|h|pth)$|\.dist-info/(?!METADATA$|licenses/)|(^|/)\.\.?/")
"""What no import reads: stubs, sources of extension modules, records of the installer, programs."""

SERVICE_DATA = re.compile(r"^botocore/data/([^/]+)/")
"""Descriptions of services, of which there are several hundred."""

TASK_ROOT = "/var/task"
"""Where Lambda unpacks a function, for the file names in tracebacks."""


def install(lock: Path, target: Target, cache: Path) -> Path:
    """A folder with everything that is locked; made once by content."""
    key = hashlib.sha256(f"{target}{lock.read_text()}".encode()).hexdigest()[:16]
    folder = cache / key
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=cache))
    try:
        _fill(making, lock, target)
        making.rename(folder)
    except OSError:
        # Another build that shares the cache was faster.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder


def _fill(folder: Path, lock: Path, target: Target) -> None:
    _uv(
        *("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
        *("--link-mode", "copy", "--target", str(folder), "--python-platform", target.platform),
        *("--python-version", target.python, "--python", sys.executable, "-r", str(lock)),
    )
    compile_all(folder, target)


def compile_all(folder: Path, target: Target) -> None:
    """Compile a folder for a target, so that no cold start has to.

    Its own folder is read-only there, so that bytecode is made anew in each environment if it is not
    in the package. Unchecked: nothing but the package itself could change the source.
    """
    if not target.bytecode:
        return
    run = subprocess.run(
        [
            *(interpreter(target), "-m", "compileall", "-q", "-j", "0"),
            *("--invalidation-mode", "unchecked-hash"),
            *("-s", str(folder), "-p", TASK_ROOT, str(folder)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise DeployError(f"Python {target.python} cannot compile the code: {run.stdout.strip()}")


def interpreter(target: Target) -> str:
    """A Python of the target's minor version on this machine; bytecode is the same on any."""
    if target.python == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    try:
        return _uv("python", "find", "--no-project", target.python).strip()
    except DeployError:
        raise DeployError(
            f"Bytecode for Lambda is made by Python {target.python}, which is not here: install it "
            f"with `uv python install {target.python}`, or do without by --no-bytecode, with which "
            "cold starts take about a second longer."
        ) from None


class Installed:
    """The distributions in a folder."""

    def __init__(self, folder: Path, target: Target) -> None:
        self._folder = folder
        self._target = target
        self._known = {
            canonicalize_name(each.metadata["Name"]): each
            for each in distributions(path=[str(folder)])
        }

    def needed(
        self, imported: Iterable[str], declared: Iterable[Requirement]
    ) -> set[NormalizedName]:
        """The distributions behind imported names, and what they require themselves.

        `declared` says which extras are wanted of them.
        """
        extras = {canonicalize_name(each.name): each.extras for each in declared}
        providers = self._providers()
        waiting = [
            (name, frozenset(extras.get(name, ())))
            for each in imported
            for name in providers.get(each, ())
        ]
        seen = set()
        while waiting:
            each = waiting.pop()
            if each not in seen:
                seen.add(each)
                waiting += self._required(*each)
        return {name for name, _ in seen}

    def files(self, names: Iterable[NormalizedName], services: frozenset[str]) -> dict[str, Path]:
        """The files of distributions by name in the package, with the data of these services."""
        found = {}
        for name in names:
            for file in self._known[name].files or ():
                path = str(file)
                data = SERVICE_DATA.match(path)
                if not LEFT_OUT.search(path) and not (data and data[1] not in services):
                    found[path] = self._folder / path
        return with_bytecode(found, self._target)

    def _required(
        self, name: NormalizedName, extras: frozenset[str]
    ) -> list[tuple[NormalizedName, frozenset[str]]]:
        found = []
        for text in self._known[name].requires or ():
            requirement = Requirement(text)
            environments = [{**self._target.markers, "extra": each} for each in extras | {""}]
            marker = requirement.marker
            if marker is None or any(marker.evaluate(each) for each in environments):
                required = canonicalize_name(requirement.name)
                if required in self._known:
                    found.append((required, frozenset(requirement.extras)))
        return found

    def _providers(self) -> Mapping[str, list[NormalizedName]]:
        """The distributions by the top-level names that they have modules of."""
        found: dict[str, list[NormalizedName]] = {}
        for name, each in self._known.items():
            for top in _top_levels(each):
                found.setdefault(top, []).append(name)
        return found


def with_bytecode(files: Mapping[str, Path], target: Target) -> dict[str, Path]:
    """The same files, and the bytecode beside the sources among them."""
    found = dict(files)
    for name, path in files.items():
        if target.bytecode and name.endswith(".py"):
            folder, _, base = name.rpartition("/")
            compiled = f"__pycache__/{base.removesuffix('.py')}.{target.tag}.pyc"
            found[f"{folder}/{compiled}".lstrip("/")] = path.parent / compiled
    return found


def _top_levels(distribution: Distribution) -> set[str]:
    tops = set()
    for file in distribution.files or ():
        first, *rest = file.parts
        if rest and not first.endswith(".dist-info"):
            tops.add(first)
        elif first.endswith((".py", ".so")):
            tops.add(first.partition(".")[0])
    return tops


def _uv(*arguments: str) -> str:
    """Run uv; its output. Raises `DeployError` with its own words.

    It trusts the machine's own certificate authorities, as pip does; some networks need it.
    """
    run = subprocess.run(
        [sys.executable, "-m", "uv", "--system-certs", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        if "No module named uv" in run.stderr:
            raise DeployError("Packages are fetched by uv, which is not here; run: pip install uv")
        raise DeployError(f"uv {arguments[0]} failed; mend it and try again: {run.stderr.strip()}")
    return run.stdout
