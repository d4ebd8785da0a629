"""How commands speak to people: on standard error, so that standard output stays data."""

from rich.console import Console


console = Console(stderr=True)
"""Honours NO_COLOR, and writes plain text where no terminal is."""
