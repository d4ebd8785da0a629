"""CSV files of people: what is understood, and the line of what is not."""

from pathlib import Path

import pytest

from emulator.commands.people_file import Person, read_people
from emulator.errors import UsageError


SUB = "11111111-2222-4333-8444-555555555555"


def read(tmp_path: Path, text: str) -> list[Person]:
    file = tmp_path / "people.csv"
    file.write_text(text, encoding="utf-8")
    return read_people(file)


def test_all_columns(tmp_path: Path) -> None:
    """Attributes by name, groups apart, empty cells left out."""
    text = (
        "username,email,name,groups,sub,custom:lab\n"
        f'ada,ada@lab.example,"Lovelace, Ada",staff; admins,{SUB.upper()},\n'
    )
    assert read(tmp_path, text) == [
        Person(
            line=2,
            username="ada",
            sub=SUB,
            groups=("staff", "admins"),
            attributes={"email": "ada@lab.example", "name": "Lovelace, Ada"},
        )
    ]


def test_cognito_s_own_header(tmp_path: Path) -> None:
    """cognito:username is the name, cognito:mfa_enabled means nothing here."""
    text = "cognito:username,cognito:mfa_enabled,email_verified\nada,FALSE,true\n"
    [person] = read(tmp_path, text)
    assert (person.username, person.attributes) == ("ada", {"email_verified": "true"})


def test_the_address_is_the_name_where_there_is_none(tmp_path: Path) -> None:
    """As in pools whose users sign in with it."""
    [person] = read(tmp_path, "email\nada@lab.example\n")
    assert person.username == "ada@lab.example"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the first line must name the columns"),
        ("name\nAda\n", "the first line must name the columns"),
        ("email,email\na,b\n", "the column email is there twice"),
        ("username,cognito:username\na,b\n", "the column username is there twice"),
        ("email,name\nada@lab.example\n", "line 2: it has not as many fields"),
        ("email\nada@lab.example,Ada\n", "line 2: it has not as many fields"),
        ("email,sub\nada@lab.example,7\n", "line 2: the sub '7' is no UUID"),
        ("email,name\n,Ada\n", "line 2: there is no user name"),
        ("email\na@b.cd\nA@b.cd\n", "line 3: a@b.cd stands in line 2 already"),
        (f"email,sub\na,{SUB}\nb,{SUB}\n", f"line 3: {SUB} stands in line 2 already"),
        ('email\n"ada\n', "is not CSV"),
    ],
)
def test_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    """In one sentence."""
    with pytest.raises(UsageError, match=problem):
        read(tmp_path, text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, or of another encoding."""
    with pytest.raises(UsageError, match="No such file"):
        read_people(tmp_path / "nowhere.csv")
    (tmp_path / "latin.csv").write_bytes(b"email\n\xe4@lab.example\n")
    with pytest.raises(UsageError, match="not CSV in UTF-8"):
        read_people(tmp_path / "latin.csv")
