"""docs/data.md, as far as it is made from the types of an export's rows.

python -m tests.support.data_docs
"""

import inspect
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from deploy.data.files import plain_type
from deploy.data.rows import FILES
from tests.support.protocol_docs import renewed
from tests.support.server import ROOT


PAGE = ROOT / "docs" / "data.md"

WORDS = {"datetime": "time", "int": "integer", "str": "text", "bool": "boolean"}


def page(text: str) -> str:
    """The page with its made part renewed."""
    return renewed(text, {"files": "\n".join(map(_table, FILES))})


def _table(name: str) -> str:
    shape = FILES[name]
    lines = [f"**{name}** — {inspect.getdoc(shape)}", "", "| column | type | |", "|---|---|---|"]
    for column, kind in get_type_hints(shape, include_extras=True).items():
        lines.append(f"| `{column}` | {_type(kind)} | {_says(kind)} |")
    return "\n".join([*lines, ""])


def _type(kind: Any) -> str:
    """A column's type in words."""
    given, optional = plain_type(kind)
    if get_origin(given) is list:
        words = f"list of {_type(get_args(given)[0])}"
    elif get_origin(given) is None:
        words = WORDS[given.__name__]
    else:
        words = "text"  # one of a few words
    return words + ", or null" if optional else words


def _says(kind: Any) -> str:
    """What the outermost annotation says."""
    if get_origin(kind) is Annotated:
        told = [each.description for each in kind.__metadata__ if each.description]
        return str(told[-1]) if told else ""
    return ""


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
