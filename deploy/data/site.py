"""Where the chat's data is: a running emulator, found by the file that it leaves, or AWS."""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from chat.attributes import from_wire, to_wire
from chat.items import Plain
from chat.shapes import Unsound, check


RUNNING_FILE = "running.json"
"""In the data directory while an emulator runs on it (docs/data.md)."""

BATCH = 25  # items of one BatchWriteItem (DynamoDB API reference)

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 8}, user_agent_extra="labchat")


@dataclass(frozen=True)
class Site:
    """One lab's chat. Its clients are made when they are asked for."""

    session: boto3.Session
    endpoints: dict[str, str]
    """By service, where it is not AWS's own."""
    tables: list[str]
    buckets: dict[str, str]
    """Names by logical id, where nobody needs to be asked for them."""
    stack: str
    name: str
    """For people."""

    def client(self, service: str, **options: Any) -> Any:
        """The SDK's client for a service."""
        url = self.endpoints.get(service, self.endpoints.get("*"))
        return self.session.client(service, endpoint_url=url, config=CONFIG, **options)

    @cached_property
    def database(self) -> Any:
        """DynamoDB."""
        return self.client("dynamodb")

    def table(self, resource: str) -> str:
        """The table that the template has under this name."""
        (found,) = (
            table
            for table in self.tables
            if re.fullmatch(rf"{re.escape(self.stack)}-{resource}-\w+", table)
        )
        return found

    @cached_property
    def chat_table(self) -> str:
        """Rooms, messages, members, users."""
        return self.table("ChatTable")

    @cached_property
    def bucket(self) -> str:
        """Uploaded files."""
        if "AttachmentBucket" in self.buckets:
            return self.buckets["AttachmentBucket"]
        prefix = f"{self.stack}-attachmentbucket-".lower()
        listed = self.client("s3").list_buckets(Prefix=prefix)["Buckets"]
        (found,) = (str(each["Name"]) for each in listed)
        return found

    def size(self) -> int:
        """About how many items the table holds; AWS counts every six hours."""
        return int(self.database.describe_table(TableName=self.chat_table)["Table"]["ItemCount"])

    def scan(self, damaged: Callable[[Unsound], None]) -> Iterator[Plain]:
        """Every sound item; the others are told."""
        pages = self.database.get_paginator("scan").paginate(
            TableName=self.chat_table, ConsistentRead=True
        )
        for page in pages:
            yield from _sound((from_wire(raw) for raw in page["Items"]), damaged)

    def partition(self, pk: str, damaged: Callable[[Unsound], None]) -> Iterator[Plain]:
        """Every sound item of a partition."""
        pages = self.database.get_paginator("query").paginate(
            TableName=self.chat_table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
        )
        for page in pages:
            yield from _sound((from_wire(raw) for raw in page["Items"]), damaged)

    def empty(self) -> bool:
        """Whether nobody has used the chat yet."""
        answer = self.database.scan(TableName=self.chat_table, Limit=1, ConsistentRead=True)
        return not answer["Items"]

    def put(self, plain: list[Plain]) -> None:
        """Store items, at most `BATCH`."""
        left: Any = {self.chat_table: [{"PutRequest": {"Item": to_wire(item)}} for item in plain]}
        while left:
            left = self.database.batch_write_item(RequestItems=left)["UnprocessedItems"]


def _sound(plain: Iterable[Plain], damaged: Callable[[Unsound], None]) -> Iterator[Plain]:
    for item in plain:
        try:
            check(item)
        except Unsound as unsound:
            damaged(unsound)
        else:
            yield item


def find_site(source: str, data_dir: Path, stack: str | None) -> Site:
    """The chat on AWS, or that of the emulator on a data directory. Raises `ClickException`."""
    if source == "aws":
        session, endpoints, buckets = boto3.Session(), dict[str, str](), dict[str, str]()
        if session.region_name is None:
            raise click.ClickException("Which region? Set AWS_REGION, or `region` in a profile.")
        name = f"AWS {session.region_name}"
    else:
        session, endpoints, buckets = _running(data_dir)
        name = f"the emulator on {data_dir}"
    database = session.client("dynamodb", endpoint_url=endpoints.get("dynamodb"), config=CONFIG)
    pages = database.get_paginator("list_tables").paginate()
    tables = [table for page in pages for table in page["TableNames"]]
    found = [
        match[1]
        for table in tables
        if (match := re.fullmatch(r"(.+)-ChatTable-\w+", table)) and stack in (None, match[1])
    ]
    if len(found) == 1:
        return Site(session, endpoints, tables, buckets, found[0], name)
    if not found:
        raise click.ClickException(
            f"There is no chat{f' {stack}' if stack else ''} on {name}: "
            "name its stack with --stack, or start it with `labchat up`."
        )
    raise click.ClickException(
        f"Which of the chats on {name}? Choose one with --stack: {', '.join(sorted(found))}."
    )


def _running(data_dir: Path) -> tuple[boto3.Session, dict[str, str], dict[str, str]]:
    try:
        addresses = json.loads((data_dir / RUNNING_FILE).read_text())
        keys = ConfigParser()
        keys.read_string(Path(addresses["credentials"]).read_text())
        os.kill(addresses["pid"], 0)  # A killed emulator leaves its file behind.
    except (FileNotFoundError, ProcessLookupError) as error:
        raise click.ClickException(
            f"No emulator runs on {data_dir}: start one with `labchat up`, name its data "
            "directory with --data-dir, or read from AWS with --source aws."
        ) from error
    default = keys["default"]
    session = boto3.Session(
        default["aws_access_key_id"],
        default["aws_secret_access_key"],
        region_name=default["region"],
    )
    endpoints = {
        "*": addresses["aws"],
        "dynamodb": addresses["dynamodb"],
        "apigatewaymanagementapi": addresses["management"],
        "s3": addresses["objects"],
    }
    return session, endpoints, addresses["buckets"]


class Asking:
    """What the SDK says of a failed call becomes one sentence with the next step."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ClientError):
            told = error.response["Error"]
            raise click.ClickException(
                f"{told.get('Code')}: {told.get('Message')} "
                "Check the credentials with `aws sts get-caller-identity`, then try again."
            ) from error
        if isinstance(error, BotoCoreError):
            raise click.ClickException(
                f"{error}. Check the network and the credentials, then try again."
            ) from error
