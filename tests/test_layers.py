"""Imports point one way, pure modules do no I/O, and the platform knows nothing of the product.

`MAY_IMPORT` is the architecture as data: what is not named there may not be imported.
"""

import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]

FIRST_PARTY = frozenset({"emulator", "handlers", "deploy", "tests"})

MAY_IMPORT: dict[str, frozenset[str]] = {
    "handlers": frozenset({"handlers"}),
    "emulator.template": frozenset({"emulator.errors"}),
    "emulator.gateway": frozenset(
        {
            "emulator.clock",
            "emulator.errors",
            "emulator.iam",
            "emulator.runtime.invoker",
            "emulator.telemetry.datum",
            "emulator.template.model",
        }
    ),
    "emulator.runtime": frozenset(
        {
            "emulator.children",
            "emulator.clock",
            "emulator.errors",
            "emulator.iam",
            "emulator.telemetry",
            "emulator.template.model",
        }
    ),
    "emulator.cognito": frozenset(
        {
            "emulator.clock",
            "emulator.errors",
            "emulator.iam.credentials",
            "emulator.runtime.invoker",
            "emulator.settings",
            "emulator.template.model",
            # CreateUserPool takes what a template says of a pool.
            "emulator.template.physical",
            "emulator.template.reader",
            "emulator.template.user_pools",
        }
    ),
    "emulator.storage": frozenset(
        {
            "emulator.children",
            "emulator.clock",
            "emulator.errors",
            "emulator.iam",
            "emulator.template.model",
        }
    ),
    "emulator.objects": frozenset(
        {"emulator.clock", "emulator.errors", "emulator.iam", "emulator.template.model"}
    ),
    "emulator.iam": frozenset({"emulator.clock", "emulator.errors"}),
    "emulator.telemetry": frozenset(
        {"emulator.clock", "emulator.errors", "emulator.iam", "emulator.template.model"}
    ),
    "emulator.console": frozenset({"emulator.template.model"}),
    # The modules beside the packages.
    "emulator.errors": frozenset(),
    "emulator.clock": frozenset(),
    "emulator.children": frozenset(),
    "emulator.settings": frozenset({"emulator.errors"}),
    "emulator.listeners": frozenset(
        {"emulator.errors", "emulator.gateway.protocol", "emulator.gateway.upgrade"}
    ),
    "emulator.dispatch": frozenset({"emulator.gateway.management", "emulator.gateway.websocket"}),
    "emulator.edge": frozenset({"emulator.gateway.deployments", "emulator.template.model"}),
    "emulator.certificates": frozenset({"emulator.clock", "emulator.iam.credentials"}),
    "emulator.hosts": frozenset(),
    "emulator.tls": frozenset(
        {
            "emulator.certificates",
            "emulator.clock",
            "emulator.errors",
            "emulator.hosts",
            "emulator.settings",
        }
    ),
    "emulator.loopback": frozenset({"emulator.gateway.deployments"}),
    "emulator.aws_endpoint": frozenset(
        {"emulator.clock", "emulator.errors", "emulator.iam", "emulator.storage.forward"}
    ),
    "emulator.app": frozenset({"emulator"}),
    "emulator.commands": frozenset(
        {
            "emulator.app",
            "emulator.clock",
            "emulator.errors",
            "emulator.iam.credentials",
            "emulator.settings",
            "emulator.telemetry",
            "emulator.storage",
        }
    ),
    "emulator.cli": frozenset({"emulator.commands", "emulator.errors"}),
    "emulator.__main__": frozenset({"emulator.cli"}),
}
"""By package or module: the first-party names that it may import besides its own."""

PURE = (
    "emulator.commands.log_lines",
    "emulator.errors",
    "emulator.gateway.access_log",
    "emulator.gateway.events",
    "emulator.gateway.exchange",
    "emulator.gateway.gate",
    "emulator.gateway.models",
    "emulator.gateway.parity",
    "emulator.gateway.policy",
    "emulator.gateway.results",
    "emulator.gateway.selection",
    "emulator.gateway.session",
    "emulator.gateway.throttle",
    "emulator.iam.conditions",
    "emulator.iam.patterns",
    "emulator.iam.policy",
    "emulator.runtime.environment",
    "emulator.runtime.invoker",
    "emulator.runtime.output",
    "emulator.runtime.redaction",
    "emulator.runtime.system_log",
    "emulator.telemetry.datum",
    "emulator.telemetry.emf",
    "emulator.telemetry.filter_pattern",
    "emulator.telemetry.json_pattern",
    "emulator.telemetry.query",
    "emulator.template.log_groups",
    "emulator.template.managed_policies",
    "emulator.template.model",
    "emulator.template.parameters",
    "emulator.template.parse",
    "emulator.template.physical",
    "emulator.template.reader",
    "emulator.template.resolve",
    "emulator.template.roles",
    "emulator.template.stages",
)

IMPURE_IMPORTS = frozenset(
    {
        *("aiohttp", "asyncio", "boto3", "concurrent", "datetime", "http", "io", "logging"),
        *("multiprocessing", "os", "pathlib", "random", "secrets", "selectors", "shutil"),
        *("signal", "socket", "sqlite3", "ssl", "starlette", "subprocess", "sys", "tempfile"),
        *("threading", "time", "urllib.request", "uuid", "uvicorn", "emulator.clock"),
    }
)
"""What a pure module may not import."""

PURE_PARTS = frozenset(
    {("datetime", "date"), ("time", "gmtime"), ("time", "strftime"), ("pathlib", "Path")}
)
"""Names of impure modules that do nothing but compute or serve as a type.

`pathlib.Path` is allowed to name a type; calling it is not I/O, and its reading methods are looked
for by `IMPURE_CALLS`."""

IMPURE_CALLS = frozenset(
    {
        *("open", "print", "input", "read_text", "read_bytes", "write_text", "write_bytes"),
        *("mkdir", "unlink", "exists", "is_dir", "is_file", "iterdir", "stat", "now", "today"),
    }
)

PRODUCT_WORDS = frozenset(
    {"chat", "chats", "room", "rooms", "rid", "lobby", "conversation", "attachment", "attachments"}
)
"""Words of the product that runs on the platform. `labchat` is the program's own name."""

SAYS_WHAT_IT_IS_FOR = {
    # The help text of the command line introduces the whole program.
    "emulator/cli.py": frozenset({"chat"}),
}


def modules(package: str) -> list[Path]:
    """The source files of a package, or of one module."""
    path = ROOT.joinpath(*package.split("."))
    if path.is_dir():
        return sorted(path.rglob("*.py"))
    return [path.with_suffix(".py")]


def imported(source: str) -> list[str]:
    """The dotted names that a module imports; `from a import b` counts as `a.b`."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are banned"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def within(name: str, packages: Iterable[str]) -> bool:
    """Whether a dotted name is one of the packages or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def forbidden_imports(package: str, source: str) -> list[str]:
    """The first-party imports of a source text that its package has no right to."""
    allowed = MAY_IMPORT[package] | {package}
    return [
        name
        for name in imported(source)
        if name.partition(".")[0] in FIRST_PARTY and not within(name, allowed)
    ]


def impurities(source: str) -> list[str]:
    """What a pure module may not contain: imports that do I/O and calls that do."""
    found: list[str] = []
    allowed_modules = {module for module, _ in PURE_PARTS}
    for name in imported(source):
        module, _, member = name.rpartition(".")
        if within(name, allowed_modules) and (module or name) in allowed_modules:
            if module and (module, member) not in PURE_PARTS:
                found.append(name)
        elif within(name, IMPURE_IMPORTS):
            found.append(name)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = _called(node.func)
            owner, _, member = called.rpartition(".")
            if (owner and owner in allowed_modules and (owner, member) not in PURE_PARTS) or (
                (member or called) in IMPURE_CALLS
            ):
                found.append(f"{called}()")
        elif isinstance(node, ast.AsyncFunctionDef):
            # A protocol may describe what others do asynchronously.
            body = [each for each in node.body if not isinstance(each, ast.Expr)]
            if body:
                found.append(f"async def {node.name}")
    return found


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
        return f"{owner}.{function.attr}" if owner else function.attr
    return function.id if isinstance(function, ast.Name) else ""


def product_words(source: str) -> set[str]:
    """The product's words in a source text: in prose, in names, and in parts of names."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", source)
    return {word.lower() for word in words} & PRODUCT_WORDS


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package: str) -> None:
    """A package imports of this code base only what the architecture lets it."""
    files = modules(package)
    assert files
    wrong = {
        str(path.relative_to(ROOT)): names
        for path in files
        if (names := forbidden_imports(package, path.read_text()))
    }
    assert not wrong


def test_every_emulator_module_has_a_rule() -> None:
    """No module of the emulator lies outside the rules."""
    packages = {
        f"emulator.{path.stem}"
        for path in (ROOT / "emulator").iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    }
    assert packages == {package for package in MAY_IMPORT if package.startswith("emulator")}


def test_deploy_imports_nothing_of_the_emulator() -> None:
    """The deploy commands take handlers as files; they may import the handlers' pure rules."""
    for path in (ROOT / "deploy").rglob("*.py"):
        names = imported(path.read_text())
        assert not [name for name in names if within(name, ("emulator", "tests"))], path


def test_handlers_import_only_what_they_declare() -> None:
    """A handler imports the standard library, itself, the SDK, and what it declares."""
    own = {path.stem for path in (ROOT / "handlers").iterdir()} | {"handlers"}
    declared = {
        re.split(r"[^\w-]", line, maxsplit=1)[0].replace("-", "_")
        for line in (ROOT / "handlers" / "requirements.in").read_text().splitlines()
        if line and not line.startswith("#")
    }
    # Import names that differ from the distribution's, and what the runtime brings by itself.
    allowed = own | declared | {"jose", "boto3", "botocore", "aiobotocore"}
    wrong = {
        (str(path.relative_to(ROOT)), name)
        for path in (ROOT / "handlers").rglob("*.py")
        for name in imported(path.read_text())
        if (top := name.partition(".")[0]) not in allowed and top not in sys.stdlib_module_names
    }
    # Imports for the type checker alone name stub packages.
    assert not {entry for entry in wrong if not entry[1].startswith("types_")}


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_do_no_io(module: str) -> None:
    """A pure module has no socket, no clock, no event loop, no file."""
    (path,) = modules(module)
    assert impurities(path.read_text()) == []


@pytest.mark.parametrize(
    "path",
    sorted(path for path in (ROOT / "emulator").rglob("*.py")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_the_platform_knows_nothing_of_the_product(path: Path) -> None:
    """No word of the chat stands in the emulator."""
    allowed = SAYS_WHAT_IT_IS_FOR.get(str(path.relative_to(ROOT)), frozenset())
    assert product_words(path.read_text()) <= allowed


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("handlers", "import emulator"),
        ("handlers", "from emulator.clock import Clock"),
        ("handlers", "import deploy.cost as cost"),
        ("emulator.template", "from emulator.clock import Clock"),
        ("emulator.template", "from handlers.chat import ids"),
        ("emulator.gateway", "from emulator.runtime.pool import Pool"),
        ("emulator.gateway", "from emulator.template.stack import load"),
        ("emulator.gateway", "import emulator.cognito"),
        ("emulator.runtime", "from emulator.gateway.session import Session"),
        ("emulator.cognito", "from emulator.runtime import pool"),
        ("emulator.storage", "from emulator import app"),
        ("emulator.objects", "from emulator.gateway import connections"),
        ("emulator.iam", "import emulator.template.model"),
        ("emulator.telemetry", "from emulator.runtime.worker import Log"),
        ("emulator.console", "from emulator.telemetry import logs"),
        ("emulator.cli", "from emulator.runtime.pool import Pool"),
        ("emulator.app", "from tests import fakes"),
    ],
)
def test_a_planted_import_is_found(package: str, line: str) -> None:
    """The rule above catches each kind of import against the arrows, wherever it stands."""
    assert forbidden_imports(package, f"import json\n\ndef f():\n    {line}\n")


def test_permitted_imports_pass() -> None:
    """The rule lets through what the architecture allows."""
    source = "import json\nfrom emulator.runtime.invoker import Result\nimport emulator.gateway.x\n"
    assert forbidden_imports("emulator.gateway", source) == []


def test_imports_of_a_similar_name_are_not_mistaken() -> None:
    """`emulator.runtime.invoker_x` is not `emulator.runtime.invoker`."""
    source = "from emulator.runtime.invoker_x import Y\n"
    assert forbidden_imports("emulator.gateway", source) == ["emulator.runtime.invoker_x.Y"]


@pytest.mark.parametrize(
    "source",
    [
        "import os\n",
        "import asyncio\n",
        "from socket import socket\n",
        "import subprocess as s\n",
        "import time\nat = time.monotonic()\n",
        "from time import sleep\n",
        "from pathlib import Path\ntext = Path('x').read_text()\n",
        "from pathlib import PosixPath\n",
        "from emulator.clock import Clock\n",
        "import urllib.request\n",
        "open('x')\n",
        "async def f():\n    return 1\n",
    ],
)
def test_planted_io_is_found(source: str) -> None:
    """The purity rule catches imports and calls that reach outside."""
    assert impurities(source)


@pytest.mark.parametrize(
    "source",
    [
        "import time\nat = time.gmtime(0)\n",
        "from urllib.parse import parse_qsl\n",
        "from pathlib import Path\ndef f(path: Path) -> None: ...\n",
        "class P:\n    async def f(self) -> int:\n        'Says so.'\n        ...\n",
    ],
)
def test_pure_code_passes(source: str) -> None:
    """The purity rule lets formatting, types and protocols through."""
    assert impurities(source) == []


@pytest.mark.parametrize(
    "line",
    [
        "# the chat's table",
        "class ChatTable: ...",
        "def join_room(): ...",
        "text = 'Rooms are listed'",
        "chat_table = 1",
    ],
)
def test_a_planted_product_word_is_found(line: str) -> None:
    """The product's words are found in comments, texts, and parts of names."""
    assert product_words(line)


def test_the_program_s_own_name_is_no_product_word() -> None:
    """`labchat`, and words that only contain one, pass."""
    assert not product_words("labchat up; chatter; headroom; Content-Disposition: attachmentless")
