"""Fixtures: one database engine for all tests of the functions, fresh tables for each."""

import itertools
from collections.abc import AsyncIterator, Iterator

import aioboto3
import hypothesis
import pytest

from tests.handlers import engine
from tests.handlers.world import World


# Times are no claim of these tests, and the machine may be busy.
hypothesis.settings.register_profile("handlers", deadline=None, max_examples=50)
hypothesis.settings.load_profile("handlers")

_numbers = itertools.count()
# One session for all: it keeps the service models, which are slow to read.
_session = aioboto3.Session(
    aws_access_key_id="test",
    aws_secret_access_key="test",
    region_name="eu-central-1",
)


@pytest.fixture(scope="session")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the engine."""
    with engine.running(tmp_path_factory.mktemp("dynoxide")) as address:
        yield address


@pytest.fixture
async def world(dynamodb: str) -> AsyncIterator[World]:
    """A chat with empty tables."""
    async with _session.client("dynamodb", endpoint_url=dynamodb) as client:
        number = next(_numbers)
        yield World(
            client,
            await engine.create_table(client, "ChatTable", f"chat-{number}"),
            await engine.create_table(client, "ConnectionTable", f"connections-{number}"),
        )
