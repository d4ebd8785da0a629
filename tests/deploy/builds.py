"""Builds for this machine, and builds that differ from one by an edit."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from deploy import checkout
from deploy.packaging.build import RECORD, TEMPLATE, Sources, build
from deploy.packaging.target import this_machine


def built(to: Path, handlers: Path | None = None) -> Path:
    """The packages of this checkout, or of other handlers."""
    sources = checkout.sources()
    if handlers is not None:
        sources = Sources(sources.template, handlers, sources.cache)
    build(sources, to, this_machine())
    return to


def with_template(base: Path, to: Path, edit: Callable[[str], str]) -> Path:
    """The same packages with another template, as a build of its own."""
    to.mkdir()
    for package in base.glob("*.zip"):
        os.link(package, to / package.name)
    text = (base / TEMPLATE).read_text()
    edited = edit(text)
    assert edited != text
    (to / TEMPLATE).write_text(edited)
    record = json.loads((base / RECORD).read_text())
    (to / RECORD).write_text(json.dumps(record | {"id": to.name}))
    return to


def with_handlers(to: Path, file: str, old: str, new: str) -> Path:
    """A copy of the handlers with one edit."""
    shutil.copytree(checkout.ROOT / "handlers", to, ignore=shutil.ignore_patterns("__pycache__"))
    text = (to / file).read_text()
    assert text.count(old) == 1
    (to / file).write_text(text.replace(old, new))
    return to
