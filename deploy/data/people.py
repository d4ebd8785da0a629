"""One person: found by what others know of them, in the directory and in the user pool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import click
from chat import items

from deploy.data.site import Site


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's id, account and profile; each of the last two may be gone already."""

    uid: str
    pool: str = ""
    username: str = ""
    account: Mapping[str, Any] = field(default_factory=dict)
    """As Cognito's AdminGetUser has it."""
    profile: items.Profile | None = None

    @property
    def called(self) -> str:
        """For people."""
        name = self.profile.name if self.profile else ""
        mail = attributes(self.account).get("email", "")
        return " ".join(part for part in (name, f"<{mail}>" if mail else "", self.uid) if part)


def attributes(account: Mapping[str, Any]) -> dict[str, str]:
    """An account's attributes by name."""
    return {each["Name"]: each["Value"] for each in account.get("UserAttributes", [])}


def find_person(site: Site, profiles: Mapping[str, items.Profile], name: str) -> Person:
    """Somebody by mail address, id or display name. Raises `ClickException` unless it is one."""
    cognito = site.client("cognito-idp")
    pool = _pool(site, cognito)
    known = {uid for uid, profile in profiles.items() if name in (uid, profile.name)}
    found = {}
    for key in ("email", "sub"):
        text = f"{key} = {_quoted(name)}"
        for user in cognito.list_users(UserPoolId=pool, Filter=text)["Users"]:
            sub = next(each["Value"] for each in user["Attributes"] if each["Name"] == "sub")
            found[sub] = user["Username"]
    known |= found.keys()
    if len(known) != 1:
        problem = f"Several people are called {name}: their ids are {', '.join(sorted(known))}"
        raise click.ClickException(
            f"{problem if known else f'There is nobody called {name} on {site.name}'}; "
            "give a mail address or an id."
        )
    (uid,) = known
    username = found.get(uid) or _username(cognito, pool, uid)
    account = cognito.admin_get_user(UserPoolId=pool, Username=username) if username else {}
    return Person(uid, pool, username, account, profiles.get(uid))


def delete_account(site: Site, person: Person) -> None:
    """End the person's sessions, then remove the account."""
    if person.username:
        cognito = site.client("cognito-idp")
        whom = {"UserPoolId": person.pool, "Username": person.username}
        cognito.admin_user_global_sign_out(**whom)
        cognito.admin_delete_user(**whom)


def _pool(site: Site, cognito: Any) -> str:
    """The pool of the stack's name, as the template calls it."""
    pages = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
    found = [
        str(pool["Id"])
        for page in pages
        for pool in page["UserPools"]
        if pool["Name"] == site.stack
    ]
    if len(found) != 1:
        raise click.ClickException(
            f"There is no user pool {site.stack} on {site.name}: name the stack with --stack."
        )
    return found[0]


def _username(cognito: Any, pool: str, uid: str) -> str:
    users = cognito.list_users(UserPoolId=pool, Filter=f"sub = {_quoted(uid)}")["Users"]
    return str(users[0]["Username"]) if users else ""


def _quoted(text: str) -> str:
    # https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
