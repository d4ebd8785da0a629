"""What the functions import: it decides what a cold start costs, and what may be in the zip."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest


HANDLERS = Path(__file__).parents[2] / "handlers"
OWN = {path.stem for path in HANDLERS.glob("*.py")} | {"chat"}
DECLARED = {"aioboto3", "aiobotocore", "aiohttp", "botocore", "jose", "msgspec"}
# For type checkers only.
TYPES = {
    "types_aiobotocore_dynamodb",
    "types_aiobotocore_apigatewaymanagementapi",
    "types_aiobotocore_s3",
}


@pytest.mark.parametrize("path", sorted(HANDLERS.rglob("*.py")), ids=lambda path: path.name)
def test_functions_import_what_is_in_their_zip(path: Path) -> None:
    """The standard library, declared packages, themselves."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= sys.stdlib_module_names | OWN | DECLARED | TYPES


@pytest.mark.process
@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("chat.tokens, chat.origins, chat.headers", {"aioboto3", "aiohttp", "botocore", "msgspec"}),
        ("chat.service", {"aioboto3", "aiohttp", "boto3"}),
        ("pre_sign_up", {"asyncio", "botocore", "msgspec", "jose"}),
    ],
)
def test_imports_stay_light(module: str, heavy: set[str]) -> None:
    """The authorizer needs no SDK, the trigger nothing at all."""
    script = (
        f"import sys; sys.path.insert(0, {str(HANDLERS)!r}); import {module}; print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=20
    )
    assert not heavy & set(run.stdout.split())
