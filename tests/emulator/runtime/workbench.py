"""A pool whose functions the tests write."""

import json
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.clock import Clock, Entropy
from emulator.iam.credentials import KeyRing
from emulator.runtime.invoker import Result
from emulator.runtime.pool import Pool
from emulator.runtime.variables import function_variables
from emulator.template.model import Function
from tests.fakes import MemoryLog


@dataclass
class Bench:
    """A pool whose functions are written by the test."""

    folder: Path
    packages: Path
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
        source: str,
        *,
        name: str = "f",
        handler: str = "module.handler",
        timeout: float = 10,
        memory_mb: int = 256,
        reserved: int | None = None,
        **variables: str,
    ) -> None:
        """Make a function of a module's source text known."""
        code = self.folder / name
        code.mkdir()
        (code / "module.py").write_text(textwrap.dedent(source))
        function = Function(
            logical_id=name,
            name=name,
            arn=f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
            handler=handler,
            runtime="python3.13",
            code=code,
            timeout=timeout,
            memory_mb=memory_mb,
            environment=variables,
            role_arn="arn:aws:iam::000000000000:role/r",
            log_group=f"/aws/lambda/{name}",
            reserved_concurrency=reserved,
        )
        credentials = KeyRing(b"secret", "000000000000").add_role(function.role_arn, name)
        self.added[name] = (
            function,
            function_variables(
                function,
                region="us-east-1",
                credentials=credentials,
                endpoints={"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1"},
                search_path=[code, self.packages],
            ),
        )
        self.pool.add(*self.added[name])

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
