"""Runs one function as Lambda does: its folder first on the path, one event after another.

    python run_function.py authorizer.handler < events.json      (one event a line)

Prints a line for each: {"result": ...} or {"error": message, "type": name}.
"""

import contextlib
import gc
import importlib
import json
import sys
from pathlib import Path


HANDLERS = Path(__file__).parents[2] / "handlers"


def main() -> None:
    """Import the handler's module once, then serve the events."""
    sys.path.insert(0, str(HANDLERS))
    module, _, name = sys.argv[1].rpartition(".")
    handler = getattr(importlib.import_module(module), name)
    # As in an execution environment, which is killed, nothing is closed at the end.
    gc.disable()
    for line in sys.stdin:
        try:
            # What a function writes goes to its log, not among the answers.
            with contextlib.redirect_stdout(sys.stderr):
                answer = {"result": handler(json.loads(line), None)}
        except Exception as error:  # noqa: BLE001 - whatever it is, Lambda reports it
            answer = {"error": str(error), "type": type(error).__name__}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
