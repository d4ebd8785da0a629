"""What a function of the template needs before it can run: folders, packages, variables."""

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path

from emulator.clock import Entropy
from emulator.iam.credentials import KeyRing
from emulator.runtime.code.paths import python_path
from emulator.runtime.code.store import CodeStore
from emulator.runtime.packages import RUNTIME_REQUIREMENTS, Packages
from emulator.runtime.variables import function_variables
from emulator.template.model import Function


class Preparation:
    """Makes functions ready, as often as what they are made of has changed."""

    def __init__(
        self,
        data_dir: Path,
        entropy: Entropy,
        keys: KeyRing,
        region: str,
        endpoints: Mapping[str, str],
    ) -> None:
        """`endpoints` are the variables by which SDKs find the emulated services."""
        self._store = CodeStore(data_dir / "code", entropy)
        self._packages = Packages(data_dir / "packages", entropy)
        self._keys = keys
        self._region = region
        self._endpoints = endpoints

    async def ready(self, function: Function) -> tuple[Function, dict[str, str]]:
        """The function as it is run, and the environment variables of its processes.

        Raises `UsageError` for whatever it cannot be made of.
        """
        runnable = await asyncio.to_thread(self._store.unpacked, function)
        # A zip file holds what it needs; a folder is what such a file is built of.
        requirements = function.code / "requirements.txt"
        declared = [await self._packages.install(requirements)] if requirements.is_file() else []
        runtime = await self._packages.install(RUNTIME_REQUIREMENTS)
        return runnable, function_variables(
            runnable,
            region=self._region,
            credentials=self._keys.add_role(function.role_arn, function.name),
            endpoints=self._endpoints,
            search_path=python_path(runnable, declared, runtime),
            keep_bytecode=self._store.owns(runnable),
        )

    async def forget_others(self, functions: Collection[Function]) -> None:
        """Remove the unpacked code of earlier starts that none of these ready functions uses."""
        folders = {folder for each in functions for folder in (each.code, *each.layers)}
        await asyncio.to_thread(self._store.keep_only, folders)
