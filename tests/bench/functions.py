"""Lambda: what the emulator adds to AWS's runtime client, and what a cold start takes."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from emulator.clock import Clock, Entropy
from emulator.iam.credentials import KeyRing
from emulator.runtime.functions import start_functions
from emulator.runtime.pool import Pool
from emulator.runtime.prepare import Preparation
from emulator.telemetry.cloudwatch import CloudWatch
from emulator.template.model import Function, Stack
from emulator.template.physical import Place
from emulator.template.stack import load
from tests.bench.bare_runtime import start_bare
from tests.bench.measuring import Contender, print_table, take_turns
from tests.support.server import PACKAGES, TEMPLATE


TRIVIAL = "def handler(event, context):\n    return event\n"
EVENT = b'{"action": "echo", "text": "a message of usual length"}'


async def measure() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        (data_dir / "packages").symlink_to(PACKAGES)
        (data_dir / "code").mkdir()
        (data_dir / "code" / "module.py").write_text(TRIVIAL)
        stack = load(TEMPLATE, Place("bench", "us-east-1", "000000000000"), {})
        some = next(iter(stack.functions.values()))
        trivial = replace(
            some, name="trivial", handler="module.handler", code=data_dir / "code", environment={}
        )
        await _warm(stack, trivial, data_dir)
        await _cold(stack, trivial, data_dir)


async def _warm(stack: Stack, function: Function, data_dir: Path) -> None:
    async with _pool(stack, function, data_dir) as pool:
        packages = next(iter(PACKAGES.glob("*/awslambdaric"))).parent
        environment = {"PYTHONPATH": f"{function.code}:{packages}"}
        bare, process = await start_bare(function.code, function.handler, environment)

        async def invoke(_: int) -> None:
            await pool.invoke(function.name, EVENT)

        async def invoke_bare(_: int) -> None:
            await bare.invoke(EVENT)

        contenders = [
            Contender("runtime client on a bare Runtime API (the floor)", invoke_bare, 1000),
            Contender("warm invocation through the pool", invoke, 1000),
        ]
        await take_turns(contenders)
        process.kill()
        await process.wait()
    print_table("Warm invocations", contenders)


async def _cold(stack: Stack, trivial: Function, data_dir: Path) -> None:
    contenders = []
    for function in [trivial, *stack.functions.values()]:

        async def start(_: int, function: Function = function) -> None:
            async with _pool(stack, function, data_dir) as pool:
                await pool.invoke(function.name, b"{}")

        contenders.append(Contender(function.handler, start, 3))
    await take_turns(contenders)
    print_table("Cold start to first answer", contenders, floor=False)


@asynccontextmanager
async def _pool(stack: Stack, function: Function, data_dir: Path) -> AsyncIterator[Pool]:
    alone = replace(stack, functions={function.name: function})
    clock, entropy = Clock(), Entropy()
    nowhere = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1"}
    keys = KeyRing(b"secret", stack.account_id)
    preparation = Preparation(data_dir, entropy, keys, stack.region, nowhere)
    cloudwatch = await CloudWatch.open(data_dir, clock)
    sources = (clock, entropy)
    pool = await start_functions(alone, data_dir, preparation, sources, cloudwatch.open_log, 10)
    try:
        yield pool
    finally:
        await asyncio.shield(pool.close())
        await asyncio.shield(cloudwatch.close())
