"""Packages for this machine, built once."""

from pathlib import Path

import pytest

from tests.deploy.builds import built


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build of this checkout."""
    return built(tmp_path_factory.mktemp("packages") / "dist")
