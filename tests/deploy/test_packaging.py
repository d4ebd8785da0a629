"""Packages hold what their handler imports, are the same each time, and run by themselves."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from deploy import checkout
from deploy.errors import DeployError
from deploy.packaging import archive
from deploy.packaging.build import Build, build, read, template_target
from deploy.packaging.imports import reach
from deploy.packaging.target import Target, this_machine
from tests.deploy.template import FILES
from tests.support.people import LOBBY, Person, new_id, sign_in, sign_up
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]


@pytest.fixture
def here(packages: Path) -> tuple[Path, Build]:
    """The packages for this machine, and their record."""
    return packages, read(packages)


VARIABLES = {
    "CHAT_TABLE": "t",
    "CONNECTION_TABLE": "t",
    "USER_POOL_ID": "eu-central-1_x",
    "USER_POOL_CLIENT_ID": "c",
    "ALLOWED_ORIGINS": "https://chat.example",
    "SITE": "A",
    "RETENTION_DAYS": "1",
    "MESSAGES_PER_MINUTE": "1",
    "ALLOWED_DOMAINS": "",
    "ALLOWED_EMAILS": "",
    "SOCKET_URL": "wss://x",
    "HEALTH_SECRET": "/x",
    "ATTACHMENT_BUCKET": "b",
    "FILE_BYTES": "1",
    "FILE_TYPES": "text/plain",
    "USAGE_KEY": "00" * 32,
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
}
"""Enough for each function to start."""

HANDLER_OF = {
    "AuthorizerFunction": "authorizer",
    "ConnectFunction": "connect",
    "MessageFunction": "message",
    "DisconnectFunction": "disconnect",
    "PreSignUpFunction": "pre_sign_up",
    "HealthFunction": "health",
}


@pytest.mark.parametrize("function", HANDLER_OF)
def test_a_package_runs_alone(here: tuple[Path, Build], tmp_path: Path, function: str) -> None:
    """Nothing but the zip file and the standard library is there, and clients are made."""
    folder, made = here
    assert made.packages.keys() == HANDLER_OF.keys()
    with ZipFile(folder / f"{function}.zip") as package:
        package.extractall(tmp_path)
    script = (
        f"import {HANDLER_OF[function]} as it, sys; assert callable(it.handler); print(it.__file__)"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"], **VARIABLES},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert Path(run.stdout.strip()).parent == tmp_path


def test_each_has_what_it_imports_and_no_more(here: tuple[Path, Build]) -> None:
    """The trigger is a few hundred bytes, the authorizer has no SDK, the check no cryptography."""
    _, made = here
    of = {name: set(package.distributions) for name, package in made.packages.items()}
    assert of["PreSignUpFunction"] == set()
    assert {"python-jose", "cryptography"} <= of["AuthorizerFunction"]
    assert not of["AuthorizerFunction"] & {"botocore", "aiohttp", "aioboto3"}
    assert {"aioboto3", "botocore", "python-jose"} <= of["MessageFunction"]
    assert not of["HealthFunction"] & {"cryptography", "python-jose"}
    for package in made.packages.values():
        assert package.zipped < 20 * 2**20


def test_bytecode_is_beside_every_source(here: tuple[Path, Build]) -> None:
    """Unchecked, and with the paths that tracebacks on Lambda are to show."""
    folder, _ = here
    tag = sys.implementation.cache_tag
    with ZipFile(folder / "AuthorizerFunction.zip") as package:
        names = set(package.namelist())
        compiled = package.read(f"__pycache__/authorizer.{tag}.pyc")
    for name in names:
        if name.endswith(".py"):
            parent, _, base = name.rpartition("/")
            assert f"{parent}/__pycache__/{base[:-3]}.{tag}.pyc".lstrip("/") in names
    assert compiled[4:8] == (0b01).to_bytes(4, "little")  # PEP 552: a hash, not to be checked
    assert b"/var/task/authorizer.py" in compiled


def test_the_same_again_is_the_same(here: tuple[Path, Build], tmp_path: Path) -> None:
    """Byte by byte, in another folder: build, zip files, record."""
    folder, made = here
    again = tmp_path / "again"
    assert build(checkout.sources(), again, this_machine()) == made
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


@pytest.mark.soak
def test_packages_for_lambda_are_for_its_processor(tmp_path: Path) -> None:
    """Extension modules are those of arm64, and twice the same."""
    sources = checkout.sources()
    target = template_target(sources.template, bytecode=False)
    assert (target.python, target.architecture) == ("3.13", "arm64")
    made = build(sources, tmp_path / "one", target)
    assert build(sources, tmp_path / "two", target) == made
    with ZipFile(tmp_path / "one" / "MessageFunction.zip") as package:
        modules = [name for name in package.namelist() if name.endswith(".so")]
        assert modules
        for name in modules:
            # ELF's e_machine: 0xB7 is AArch64.
            assert package.read(name)[18:20] == b"\xb7\x00", name


def test_a_spoilt_build_is_not_deployed(here: tuple[Path, Build], tmp_path: Path) -> None:
    """What is read must be what was built."""
    folder, made = here
    assert read(folder) == made
    for path in folder.iterdir():
        os.link(path, tmp_path / path.name)
    (tmp_path / "PreSignUpFunction.zip").unlink()
    archive.write(tmp_path / "PreSignUpFunction.zip", {"pre_sign_up.py": Path(__file__)})
    with pytest.raises(DeployError, match=r"PreSignUpFunction\.zip is not what was built"):
        read(tmp_path)
    with pytest.raises(DeployError, match="holds no build"):
        read(tmp_path / "nowhere")


SOURCES = {
    "one": "import os\nfrom pack import part\nfrom pack.deep.module import name\n",
    "pack": "",
    "pack.part": "import outside.thing\nCLIENT = session.client('dynamodb')\n",
    "pack.unused": "import never\n",
    "pack.deep": "",
    "pack.deep.module": "if TYPE_CHECKING:\n    import types_only\ndef f():\n    import late\n",
}


def test_imports_are_followed() -> None:
    """Through packages, into functions, past what is for type checkers only."""
    found = reach(SOURCES, "one")
    assert found.modules == {"one", "pack", "pack.part", "pack.deep", "pack.deep.module"}
    assert found.outside == {"os", "outside", "late"}
    assert found.services == {"dynamodb"}


def test_a_service_must_be_named() -> None:
    """Else its description would be missing from the package."""
    with pytest.raises(DeployError, match=r'one\.py, line 1: .*client\("dynamodb"\)'):
        reach({"one": "session.client(name)"}, "one")


def test_a_content_s_digest_knows_names_and_bytes(tmp_path: Path) -> None:
    """It changes with either, and with nothing else."""
    for name, text in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / name).write_text(text)
    a, b, c = (tmp_path / name for name in "abc")
    assert archive.digest({"x": a}) == archive.digest({"x": b})
    assert len({archive.digest(each) for each in ({"x": a}, {"y": a}, {"x": c})}) == 3


def test_targets_are_named_as_uv_and_python_name_them() -> None:
    """For Lambda on Amazon Linux 2023."""
    target = Target("3.13", "arm64")
    assert target.platform == "aarch64-manylinux_2_28"
    assert target.tag == "cpython-313"
    assert target.markers["platform_machine"] == "aarch64"


async def test_packages_run_in_the_emulator(
    packages: Path, own_server: Server, tmp_path: Path
) -> None:
    """`labchat up --packages`, where the sources are not: sign up, connect, write."""
    (tmp_path / "deploy").mkdir()
    own_server.template = Path(
        shutil.copy(FILES["template"], tmp_path / "deploy" / "template.yaml")
    )
    own_server.options = ("--packages", str(packages))
    await asyncio.to_thread(own_server.start)
    await asyncio.to_thread(sign_up, own_server, "ada@lab.example", "Ada")
    token = (await asyncio.to_thread(sign_in, own_server, "ada@lab.example"))["AccessToken"]
    async with Person(own_server, token) as ada:
        await ada.call("hello", v=1, name="Ada", within=120)
        reply = await ada.say("from a package", ids=[new_id(1)], rid=LOBBY)
    assert reply["msgs"][0]["ok"]
