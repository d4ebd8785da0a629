"""CSV files of people for `labchat users import`.

The header names attributes; Cognito's own spelling of an import file is understood too
(https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html).
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emulator.errors import UsageError


USERNAME, SUB, GROUPS = "username", "sub", "groups"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Person:
    """One row."""

    line: int
    username: str
    sub: str | None
    groups: tuple[str, ...]
    attributes: dict[str, str]


def read_people(path: Path) -> list[Person]:
    """All rows, checked. Raises `UsageError` that names the line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            _check_header(path, reader.fieldnames or ())
            people = [_person(path, reader.line_num, row) for row in reader]
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} is not CSV in UTF-8 ({error}).") from error
    _check_unique(path, people)
    return people


def _check_header(path: Path, names: Iterable[str]) -> None:
    known = [_column(name) for name in names]
    if USERNAME not in known and "email" not in known:
        raise UsageError(
            f"{path}: the first line must name the columns, among them username or email."
        )
    if twice := sorted({name for name in known if known.count(name) > 1}):
        raise UsageError(f"{path}: the column {twice[0]} is there twice.")


def _person(path: Path, line: int, row: dict[str | None, str | None]) -> Person:
    if None in row or None in row.values():
        raise UsageError(f"{path}, line {line}: it has not as many fields as the first line.")
    cells = {_column(str(name)): str(value).strip() for name, value in row.items()}
    groups = tuple(name.strip() for name in cells.pop(GROUPS, "").split(";") if name.strip())
    sub = cells.pop(SUB, "").lower() or None
    if sub is not None and not UUID.fullmatch(sub):
        raise UsageError(f"{path}, line {line}: the sub {sub!r} is no UUID.")
    username = cells.pop(USERNAME, "") or cells.get("email", "")
    if not username:
        raise UsageError(f"{path}, line {line}: there is no user name.")
    attributes = {
        name: value for name, value in cells.items() if value and name != "cognito:mfa_enabled"
    }
    return Person(line, username, sub, groups, attributes)


def _check_unique(path: Path, people: list[Person]) -> None:
    seen: dict[str, int] = {}
    for person in people:
        for value in filter(None, (person.username.casefold(), person.sub)):
            if seen.setdefault(value, person.line) != person.line:
                raise UsageError(
                    f"{path}, line {person.line}: {value} stands in line {seen[value]} already."
                )


def _column(name: str) -> str:
    name = name.strip()
    return USERNAME if name == "cognito:username" else name
