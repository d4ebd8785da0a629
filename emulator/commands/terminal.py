"""How commands speak to people: on standard error, so that standard output stays data."""

import sys

from rich.console import Console


console = Console(stderr=True, width=None if sys.stderr.isatty() else 1000)
"""Honours NO_COLOR; where no terminal is it writes plain text, and breaks no lines."""
