"""Many people at the door at once, and a power cut while they register."""

import asyncio
import itertools
from typing import Any

import aiohttp
import pytest

from tests.fakes import until
from tests.support.kills import kill_emulator
from tests.support.people import PASSWORD, site
from tests.support.server import Server
from tests.support.sign_ins import Api, accounts, all_at_once


pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

CROWD = 200


async def test_two_hundred_sign_ins_at_once(server: Server) -> None:
    """All of them complete; `make bench` says how long they take."""
    emails = await asyncio.to_thread(accounts, server, 10)
    assert len(await all_at_once(server, emails, CROWD)) == CROWD


async def test_a_kill_loses_no_sign_up_that_was_answered(own_server: Server) -> None:
    """SIGKILL three times while eight people register one after another."""
    await asyncio.to_thread(own_server.start)
    answered: dict[str, str] = {}
    stop = asyncio.Event()
    writers = [asyncio.create_task(_register(own_server, n, answered, stop)) for n in range(8)]
    for _ in range(3):
        await _more(answered)
        await kill_emulator(own_server)
    await _more(answered)
    stop.set()
    await asyncio.gather(*writers)
    found = await asyncio.to_thread(_subs, own_server)
    assert {email: found.get(email) for email in answered} == answered


async def _register(
    server: Server, writer: int, answered: dict[str, str], stop: asyncio.Event
) -> None:
    """Sign up under one name after another; note what was answered."""
    client_id = site(server)["userPoolClientId"]
    numbers = itertools.count()
    while not stop.is_set():
        email = f"writer{writer}-{next(numbers)}@lab.example"
        attributes = [{"Name": "email", "Value": email}]
        async with aiohttp.ClientSession() as session:
            try:
                answer: dict[str, Any] = await Api(server, session).call(
                    "SignUp",
                    ClientId=client_id,
                    Username=email,
                    Password=PASSWORD,
                    UserAttributes=attributes,
                )
            except (aiohttp.ClientError, AssertionError):
                await asyncio.sleep(0.05)  # killed, or not back yet: nothing was promised
            else:
                answered[email] = answer["UserSub"]


async def _more(answered: dict[str, str]) -> None:
    """Wait until twenty more have been answered."""
    count = len(answered) + 20
    await until(lambda: len(answered) >= count, within=120)


def _subs(server: Server) -> dict[str, str]:
    """Everybody whom the server knows, by address."""
    pages = (
        server.client("cognito-idp")
        .get_paginator("list_users")
        .paginate(UserPoolId=site(server)["userPoolId"])
    )
    users = (user["Attributes"] for page in pages for user in page["Users"])
    people = ({pair["Name"]: pair["Value"] for pair in attributes} for attributes in users)
    return {person["email"]: person["sub"] for person in people}
