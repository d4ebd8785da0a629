"""What of this checkout is deployed."""

import subprocess
from pathlib import Path

from deploy.errors import DeployError
from deploy.packaging.build import Sources


ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "deploy"
DIST = CACHE / "dist"
"""Where packages are built unless a folder is named."""
CLIENT = ROOT / "static" / "dist"


def template(name: str) -> str:
    """The text of one of deploy/*.yaml."""
    return (Path(__file__).parent / f"{name}.yaml").read_text()


def sources(template_file: Path | None = None) -> Sources:
    """What a build is made of. Raises `DeployError` outside a checkout."""
    handlers = ROOT / "handlers"
    if not (handlers / "requirements.txt").is_file():
        raise DeployError(
            "The functions' sources are not beside this package; run the command from a checkout."
        )
    text = template("template") if template_file is None else template_file.read_text()
    return Sources(text, handlers, CACHE)


def commit() -> str:
    """The commit of git, with `+` if something is changed; empty where there is no git."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--", "handlers", "deploy", "static")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head + ("+" if changed else "")


def _git(*arguments: str) -> str:
    run = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    return run.stdout.strip()
