"""What a function of the template needs before it can run: folders, packages, variables."""

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path

from emulator.clock import Entropy
from emulator.iam.credentials import KeyRing
from emulator.runtime.code.store import CodeStore
from emulator.runtime.debugging import Debugger
from emulator.runtime.languages.known import language_of
from emulator.runtime.packages import Packages
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
        language = language_of(function)
        # A zip file holds what it needs; a folder is what such a file is built of.
        source = function.code if function.code.is_dir() else None
        search_path = await language.search_path(runnable, source, self._packages)
        return runnable, function_variables(
            runnable,
            region=self._region,
            credentials=self._keys.add_role(function.role_arn, function.name),
            endpoints=self._endpoints,
            search_path=search_path,
            keep_bytecode=self._store.owns(runnable),
        )

    async def debugger(self, function: Function, port: int | None) -> Debugger:
        """What it takes to debug a function.

        Raises `UsageError` if its language cannot be debugged or the port is taken.
        """
        debugger = await language_of(function).debugger(port, self._packages)
        debugger.check()
        return debugger

    async def forget_others(self, functions: Collection[Function]) -> None:
        """Remove the unpacked code of earlier starts that none of these ready functions uses."""
        folders = {folder for each in functions for folder in (each.code, *each.layers)}
        await asyncio.to_thread(self._store.keep_only, folders)
