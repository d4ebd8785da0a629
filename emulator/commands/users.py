"""`labchat users`: the people of a user pool."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import ClientError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from emulator.commands.cognito_client import Pool, find_pool, reason, told
from emulator.commands.people_file import Person, read_people
from emulator.commands.running import data_dir_option
from emulator.commands.terminal import console
from emulator.errors import UsageError


pool_option = click.option("--pool", metavar="ID|NAME", help="Which pool, where there are several.")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON, for scripts.")
usernames = click.argument("username", nargs=-1, required=True, metavar="USERNAME…")


@click.group()
def users() -> None:
    """Add, import, list and manage the people of a user pool of the running emulator."""


@users.command()
@click.argument("username")
@click.option("--name", help="The person's name.")
@click.option(
    "--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="Any attribute."
)
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="A group to be in.")
@click.option("--mail/--no-mail", default=True, show_default=True, help="Mail the password.")
@pool_option
@json_option
@data_dir_option
def add(  # noqa: PLR0913 - click passes each option as an argument
    username: str,
    name: str | None,
    attributes: tuple[str, ...],
    groups: tuple[str, ...],
    mail: bool,
    pool: str | None,
    as_json: bool,
    data_dir: Path,
) -> None:
    """Add one person, who gets a temporary password by mail and picks another at sign-in."""
    given = _pairs(attributes) | ({"name": name} if name else {})
    if "@" in username:
        given.setdefault("email", username)
    with told():
        made = _create(find_pool(data_dir, pool), Person(0, username, None, groups, given), mail)
    _show([_summary(made)], as_json)


@users.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mail/--no-mail", default=True, show_default=True, help="Mail the passwords.")
@pool_option
@json_option
@data_dir_option
def import_(file: Path, mail: bool, pool: str | None, as_json: bool, data_dir: Path) -> None:
    """Add everybody in a CSV file.

    Its first line names the columns: username or email, any attribute, groups (separated by
    semicolons), and sub, which is kept, so that what belongs to a person elsewhere still does.
    Who exists already is left as they are.
    """
    people = read_people(file)
    chosen = find_pool(data_dir, pool)
    _check_groups(chosen, people)
    existing, failed = [], []
    with Progress(console=console, transient=True) as progress:
        for person in progress.track(people, description="Importing"):
            try:
                _create(chosen, person, mail)
            except ClientError as error:
                if error.response["Error"]["Code"] == "UsernameExistsException":
                    existing.append(person.username)
                else:
                    failed.append((person, reason(error)))
    added = len(people) - len(existing) - len(failed)
    if as_json:
        problems = [
            {"line": person.line, "username": person.username, "error": why}
            for person, why in failed
        ]
        click.echo(json.dumps({"added": added, "existing": existing, "failed": problems}))
    else:
        console.print(f"{added} added, {len(existing)} were there already.", highlight=False)
    for person, why in failed:
        text = f"line {person.line}, {person.username}: {why}"
        console.print(text, highlight=False, markup=False, style="red")
    if failed:
        raise UsageError(f"{len(failed)} could not be added; mend their lines and import again.")


@users.command("list")
@click.option("--filter", "text", default="", help="""As in ListUsers: 'email ^= "ada"'.""")
@pool_option
@json_option
@data_dir_option
def list_(text: str, pool: str | None, as_json: bool, data_dir: Path) -> None:
    """List people."""
    with told():
        found = find_pool(data_dir, pool).pages("list_users", "Users", Filter=text)
        _show([_summary(user) for user in found], as_json)


@users.command()
@usernames
@pool_option
@data_dir_option
def disable(username: Sequence[str], pool: str | None, data_dir: Path) -> None:
    """Lock people out: no sign-in, no refreshing; access tokens end here within their lifetime."""
    _each(find_pool(data_dir, pool), username, "admin_disable_user", "disabled")


@users.command()
@usernames
@pool_option
@data_dir_option
def enable(username: Sequence[str], pool: str | None, data_dir: Path) -> None:
    """Let people in again."""
    _each(find_pool(data_dir, pool), username, "admin_enable_user", "enabled")


@users.command()
@usernames
@pool_option
@data_dir_option
def reset(username: Sequence[str], pool: str | None, data_dir: Path) -> None:
    """Make the old password useless and mail a code, or another temporary password."""
    chosen = find_pool(data_dir, pool)
    for name in username:
        with told(name):
            status = chosen.call("admin_get_user", Username=name)["UserStatus"]
            if status == "FORCE_CHANGE_PASSWORD":
                chosen.call("admin_create_user", Username=name, MessageAction="RESEND")
            else:
                chosen.call("admin_reset_user_password", Username=name)
            console.print(f"{name}: mail is on its way", highlight=False, markup=False)


@users.command()
@click.argument("username", required=False)
@click.option("--add", "entered", multiple=True, metavar="GROUP", help="Let the person in.")
@click.option("--remove", "left", multiple=True, metavar="GROUP", help="Take the person out.")
@click.option("--create", multiple=True, metavar="GROUP", help="Make a group first.")
@pool_option
@json_option
@data_dir_option
def groups(  # noqa: PLR0913 - click passes each option as an argument
    username: str | None,
    entered: tuple[str, ...],
    left: tuple[str, ...],
    create: tuple[str, ...],
    pool: str | None,
    as_json: bool,
    data_dir: Path,
) -> None:
    """List the groups of the pool, or of one person; change them first if asked to."""
    if username is None and (entered or left):
        raise UsageError("--add and --remove need a USERNAME.")
    chosen = find_pool(data_dir, pool)
    with told():
        for group in create:
            chosen.call("create_group", GroupName=group)
        for group in entered:
            chosen.call("admin_add_user_to_group", Username=username, GroupName=group)
        for group in left:
            chosen.call("admin_remove_user_from_group", Username=username, GroupName=group)
        if username is None:
            found = chosen.pages("list_groups", "Groups")
        else:
            found = chosen.pages("admin_list_groups_for_user", "Groups", Username=username)
        rows = [
            {
                "group": group["GroupName"],
                "precedence": group.get("Precedence"),
                "description": group.get("Description"),
            }
            for group in found
        ]
    _show(rows, as_json)


def _check_groups(pool: Pool, people: Iterable[Person]) -> None:
    """Before anybody is added, so that nobody is added by half."""
    with told():
        known = {group["GroupName"] for group in pool.pages("list_groups", "Groups")}
    for person in people:
        for name in person.groups:
            if name not in known:
                raise UsageError(
                    f"Line {person.line}: there is no group {name}; make it with "
                    f"`labchat users groups --create {name}`."
                )


def _create(pool: Pool, person: Person, mail: bool) -> dict[str, Any]:
    """The new user. Addresses that an administrator gives count as verified."""
    attributes = dict(person.attributes)
    for address in ("email", "phone_number"):
        if address in attributes:
            attributes.setdefault(f"{address}_verified", "true")
    request: dict[str, Any] = {
        "Username": person.username,
        "UserAttributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
    }
    if not mail:
        request["MessageAction"] = "SUPPRESS"
    made: dict[str, Any] = pool.create_user(person.sub, **request)["User"]
    for group in person.groups:
        pool.call("admin_add_user_to_group", Username=made["Username"], GroupName=group)
    return made


def _summary(user: dict[str, Any]) -> dict[str, Any]:
    attributes = {pair["Name"]: pair["Value"] for pair in user["Attributes"]}
    return {
        "username": user["Username"],
        "email": attributes.get("email"),
        "name": attributes.get("name"),
        "status": user["UserStatus"],
        "enabled": user["Enabled"],
        "sub": attributes["sub"],
    }


def _show(rows: Iterable[dict[str, Any]], as_json: bool) -> None:
    """As a table, or as a JSON object a line."""
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    rows = list(rows)
    if not rows:
        console.print("Nobody and nothing.")
        return
    if all("username" in row and row["username"] == row["sub"] for row in rows):
        rows = [{name: row[name] for name in row if name != "username"} for row in rows]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in rows[0]:
        table.add_column(name.upper(), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    # A pipe has no width: nothing is folded for it.
    Console(width=None if sys.stdout.isatty() else 1000).print(table)


def _cell(value: object) -> Text:
    """A stranger's text shall neither be markup nor move the cursor."""
    if value is None:
        return Text("–")
    text = str(value) if not isinstance(value, bool) else ("yes" if value else "no")
    return Text("".join(c if c.isprintable() else "?" for c in text))


def _each(pool: Pool, names: Iterable[str], operation: str, done: str) -> None:
    for name in names:
        with told(name):
            pool.call(operation, Username=name)
            console.print(f"{name}: {done}", highlight=False, markup=False)


def _pairs(texts: Iterable[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for name, equals, _ in pairs:
        if not equals or not name:
            raise UsageError(f"--attribute {name}: give it as NAME=VALUE.")
    return {name: value for name, _, value in pairs}
