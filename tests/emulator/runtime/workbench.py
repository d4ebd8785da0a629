"""A pool whose functions the tests write."""

import json
import stat
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.iam.credentials import KeyRing
from emulator.runtime.debugging import Debugger
from emulator.runtime.invoker import Result
from emulator.runtime.pool import Pool
from emulator.runtime.variables import function_variables
from emulator.template.model import Function, LoggingConfig
from tests.fakes import MemoryLog


FILES = {"pyth": "module.py", "node": "module.mjs", "prov": "bootstrap"}
"""Where a source text goes, by the start of the runtime's name."""


@dataclass
class Bench:
    """A pool whose functions are written by the test."""

    folder: Path
    packages: Path
    node_packages: Path | None = None
    pool: Pool = field(init=False)
    logs: list[tuple[str, str, MemoryLog]] = field(default_factory=list)
    added: dict[str, tuple[Function, dict[str, str]]] = field(default_factory=dict)
    """What the pool was given, by function name."""

    def __post_init__(self) -> None:
        self.configure()

    def configure(self, *, concurrency: int = 10, scale: float = 1) -> None:
        """Begin anew with another limit of the account or a faster clock; call it before `add`."""
        self.pool = Pool(
            Clock(scale), Entropy(), self._open, self.folder / "tmp", concurrency=concurrency
        )

    def _open(self, group: str, stream: str) -> MemoryLog:
        log = MemoryLog()
        self.logs.append((group, stream, log))
        return log

    def add(
        self,
        source: str = "",
        *,
        name: str = "f",
        handler: str = "module.handler",
        timeout: float = 10,
        runtime: str = "python3.13",
        files: Mapping[str, str] | None = None,
        debugger: Debugger | None = None,
        memory_mb: int = 256,
        reserved: int | None = None,
        logging: LoggingConfig = LoggingConfig(),  # noqa: B008 - frozen
        **variables: str,
    ) -> None:
        """Make a function of a module's source text known, or of several files."""
        code = self.folder / name
        for path, text in (files or {FILES[runtime[:4]]: source}).items():
            file = code / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))
            if file.name == "bootstrap":
                file.chmod(stat.S_IRWXU)
        function = Function(
            logical_id=name,
            name=name,
            arn=f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
            handler=handler,
            runtime=runtime,
            code=code,
            timeout=timeout,
            memory_mb=memory_mb,
            environment=variables,
            role_arn="arn:aws:iam::000000000000:role/r",
            log_group=f"/aws/lambda/{name}",
            reserved_concurrency=reserved,
            logging=logging,
        )
        credentials = KeyRing(b"secret", "000000000000").add_role(function.role_arn, name)
        search_path: dict[str, list[Path | None]] = {
            "pyth": [code, self.packages],
            "node": [self.node_packages],
        }
        self.added[name] = (
            function,
            function_variables(
                function,
                region="us-east-1",
                credentials=credentials,
                endpoints={"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1"},
                search_path=[path for path in search_path.get(runtime[:4], []) if path],
            ),
        )
        self.pool.add(*self.added[name])
        if debugger is not None:
            self.pool.debug(name, debugger)

    def reload(self, name: str = "f") -> None:
        """Tell the pool that the function's code has changed."""
        self.pool.reload(*self.added[name])

    async def call(self, event: Any = None, name: str = "f") -> Result:
        """Invoke with JSON data."""
        return await self.pool.invoke(name, json.dumps(event).encode())

    async def answer(self, event: Any = None, name: str = "f") -> Any:
        """Invoke and expect a result."""
        result = await self.call(event, name)
        assert result.error is None, result
        return result.document()

    @property
    def log(self) -> str:
        """All log streams, one after the other."""
        return "".join(log.text for _, _, log in self.logs)
