"""Commits what `forgetting` plans: while people write, and as often as it takes."""

import random
import time
from collections.abc import Iterator
from typing import Any

import click
from botocore.exceptions import ClientError
from chat import bans, ids, items, shapes
from chat.attributes import from_wire, to_wire
from chat.clock import Clock
from chat.items import Key, Plain
from chat.table import TRANSIENT
from chat.writes import Condition, Write, where

from deploy.data.forgetting import WRITES, Change, Trace, Traces, first, forgotten, traces
from deploy.data.site import Site


ATTEMPTS = 200
BATCH_GET = 100  # keys of one BatchGetItem (DynamoDB API reference)


class Commits:
    """Changes of one site's data, in the name of nobody."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._site = site
        self._clock = clock
        lobby = (items.room_pk(ids.LOBBY), items.META)
        state = self._read([lobby]).get(lobby)
        self._letter = items.load(items.Meta, state).site if state else "A"
        """Where changes are committed: as the last one was."""

    def traces(self, uid: str) -> Iterator[Traces]:
        """What a person has left, room by room."""
        damaged: list[shapes.Unsound] = []
        for rid in self._rooms():
            found = traces(rid, uid, self._site.partition(items.room_pk(rid), damaged.append))
            if found.found or found.member:
                yield found

    def take_out(self, found: Traces) -> Iterator[int]:
        """Take a person out of a room; yields how many traces are gone with each commit."""
        left, most, lost = list(found.found), WRITES, 0
        while left or found.member:
            portion = first(left, most)
            if self._commit(found, portion, leave=not left):
                yield len(portion) or 1
                if not left:
                    return
                left, most, lost = left[len(portion) :], most * 2, 0
            else:
                # A small change meets others less often than one that takes long to make.
                most, lost = max(1, len(portion) // 2), lost + 1
                if lost == ATTEMPTS:
                    raise _restless()
                time.sleep(random.uniform(0, 0.01 * min(lost, 8)))

    def rename(self, uid: str) -> None:
        """The person's place in the directory, under a placeholder."""
        key = (items.USERS, items.MEMBER + uid)
        if (plain := self._read([key]).get(key)) is not None:
            rev = ids.rev(self._clock.now(), self._letter)
            self._write(
                [Write("Put", items.dump(forgotten(items.load(items.Profile, plain), rev)))]
            )

    def shut_out(self, uid: str) -> None:
        """Let the person in no more, whatever token they still hold."""
        for _ in range(ATTEMPTS):
            stood = self._read([bans.KEY]).get(bans.KEY)
            before = [] if stood is None else items.load(items.Banned, stood).uids
            if uid in before:
                return
            after = items.Banned(site=self._letter, uids=sorted([*before, uid]))
            same = where("attribute_not_exists(pk)") if stood is None else _uids_are(before)
            if self._write([Write("Put", items.dump(after), same)]):
                return
        raise _restless()

    def _commit(self, found: Traces, portion: list[Trace], *, leave: bool) -> bool:
        """One change of the room's log; false when somebody else was faster."""
        meta_key = (items.room_pk(found.rid), items.META)
        member_key = (items.room_pk(found.rid), items.MEMBER + found.uid)
        state = self._read([meta_key]).get(meta_key)
        if state is None:
            return True
        meta = items.load(items.Meta, state)
        # What is read after the head is as of the head, if the commit succeeds.
        stood = self._read([trace.key for trace in portion] + [member_key] * leave)
        change = Change(meta, self._clock.now(), self._letter)
        for trace in portion:
            # Meanwhile it may have reached the end of its retention.
            if trace.key in stood:
                change.take_out(trace, found.uid, items.load(items.Message, stood[trace.key]))
        if leave and member_key in stood:
            change.leave(items.load(items.Member, stood[member_key]))
        if change.writes and not self._write([_advance(meta, change.meta), *change.writes]):
            return False
        self._remove(change.objects)
        return True

    def _remove(self, keys: list[str]) -> None:
        """Nobody is told where these objects are any more; now they are gone."""
        if keys:
            store, bucket = self._site.client("s3"), self._site.bucket
            for key in keys:
                store.delete_object(Bucket=bucket, Key=key)

    def _rooms(self) -> list[str]:
        """The ids of all rooms; only a scan finds those that are private."""
        passed: list[shapes.Unsound] = []
        return [
            str(plain["pk"])[len(items.ROOM_OF_USER) :]
            for plain in self._site.scan(passed.append)
            if plain["sk"] == items.META
        ]

    def _read(self, keys: list[Key]) -> dict[Key, Plain]:
        """Items as of now. Raises `ClickException` for a damaged one."""
        table, found = self._site.chat_table, dict[Key, Plain]()
        left: list[Any] = [to_wire(dict(zip(("pk", "sk"), key, strict=True))) for key in keys]
        while left:
            batch, left = left[:BATCH_GET], left[BATCH_GET:]
            answer = self._site.database.batch_get_item(
                RequestItems={table: {"Keys": batch, "ConsistentRead": True}}
            )
            left += answer["UnprocessedKeys"].get(table, {"Keys": []})["Keys"]
            for raw in answer["Responses"].get(table, []):
                plain = from_wire(raw)
                try:
                    shapes.check(plain)
                except shapes.Unsound as unsound:
                    raise click.ClickException(
                        f"damaged: {unsound}. Mend or delete this item, then try again."
                    ) from None
                found[shapes.key_of(plain)] = plain
        return found

    def _write(self, writes: list[Write]) -> bool:
        """All of these or none; false when somebody else was faster."""
        for write in writes:
            if write.kind == "Put":
                shapes.check_new(write.target)
        try:
            self._site.database.transact_write_items(
                TransactItems=[write.in_transaction(self._site.chat_table) for write in writes]
            )
        except ClientError as error:
            reasons: Any = error.response.get("CancellationReasons", [])
            codes = {reason.get("Code") for reason in reasons} - {"None", "ConditionalCheckFailed"}
            if not reasons or codes - TRANSIENT:
                raise
            return False
        return True


def _advance(before: items.Meta, after: items.Meta) -> Write:
    key: Plain = {"pk": before.pk, "sk": before.sk}
    state: Plain = {"head": after.head, "n": after.n, "mv": after.mv, "site": after.site}
    return Write("Update", key, where("head = :seen", seen=before.head), state)


def _uids_are(uids: list[str]) -> Condition:
    return where("uids = :uids", uids=uids)


def _restless() -> click.ClickException:
    return click.ClickException(
        "The chat is too busy: run the same command again, it goes on where it ended."
    )
