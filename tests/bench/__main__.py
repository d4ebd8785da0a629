"""`make bench`: figures side by side in one run, as tables. It asserts nothing.

The machine's other work moves every figure, so the rounds of the contenders take turns and the
ratios say more than the milliseconds. `make bench ARGS=functions` measures one part alone.
"""

import asyncio
import sys

import uvloop

from tests.bench import chat, fanout, functions, gateway, messages, sign_ins


PARTS = {
    "chat": chat.measure,
    "fanout": fanout.measure,
    "functions": functions.measure,
    "gateway": gateway.measure,
    "messages": messages.measure,
    "sign_ins": sign_ins.measure,
}


async def main(wanted: list[str]) -> None:
    """Measure the parts that are named, or all."""
    for name, measure in PARTS.items():
        if not wanted or name in wanted:
            await measure()


if __name__ == "__main__":
    if unknown := set(sys.argv[1:]) - set(PARTS):
        sys.exit(f"{', '.join(unknown)}: no such part; there are {', '.join(PARTS)}.")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1:]))
