"""Which language a function is written in."""

import re

from emulator.runtime.languages.custom import Custom
from emulator.runtime.languages.language import Language
from emulator.runtime.languages.nodejs import NodeJs
from emulator.runtime.languages.python import Python
from emulator.template.model import Function


_LANGUAGES: dict[str, Language] = {"python": Python(), "nodejs": NodeJs(), "provided": Custom()}


def language_of(function: Function) -> Language:
    """The language of a function's runtime, which the template's reader has checked."""
    family = re.match("[a-z]+", function.runtime)
    assert family is not None
    return _LANGUAGES[family[0]]
