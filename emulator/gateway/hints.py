"""Hints on what AWS does otherwise, told in the terminal, each once."""

import logging

from emulator.gateway.parity import Hint


logger = logging.getLogger(__name__)


class Hints:
    """Remembers what has been told. There are as many `about`s as functions, routes and APIs."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def tell(self, hint: Hint) -> None:
        """Warn, unless it was told before."""
        if hint.about not in self._told:
            self._told.add(hint.about)
            logger.warning("%s", hint.text)
