"""`send`: messages into a room's log, each id once."""

from chat import errors, ids, items, members, protocol, pushes
from chat.context import Answer, Caller, Chat
from chat.items import Identity, Message, Plain
from chat.log import Commit, read_meta
from chat.protocol import Accepted, Draft, Rejected
from chat.writes import ABSENT, Write


DAY = 24 * 3600


async def send(chat: Chat, caller: Caller, request: protocol.Send) -> Answer:
    """Store the messages, in one transaction; answer for each of them."""
    sending = Sending(chat, caller.uid, request)
    commit = Commit(chat, await read_meta(chat, request.rid))
    await commit.run(sending.build)
    await sending.read_known()

    results = [sending.result(draft) for draft in request.msgs]
    frames = pushes.log(request.rid, commit.meta.head, sending.fresh)
    frames += pushes.again(request.rid, sending.known)
    to = await members.of(chat, request.rid, commit.mv) if frames else frozenset()
    return Answer([protocol.reply(request.r, msgs=results)], [pushes.Push(frames, to)])


class Sending:
    """The messages of one `send` on their way.

    `fresh` are those of the last attempt, `known` those that had been stored before.
    """

    def __init__(self, chat: Chat, uid: str, request: protocol.Send) -> None:
        self.fresh: list[Message] = []
        self.known: list[Message] = []
        self._chat = chat
        self._uid = uid
        self._rid = request.rid
        self._rejected: dict[str, Rejected] = {}
        self._pending: dict[str, Draft] = {}
        self._places: dict[str, str] = {}
        for draft in request.msgs:
            if rejected := _unacceptable(draft):
                self._rejected[draft.id] = rejected
            else:
                # An id given twice in one batch is one message.
                self._pending.setdefault(draft.id, draft)

    def build(self, commit: Commit) -> list[Write]:
        """All that an attempt stores, beside the log's own state."""
        self.fresh = [self._message(commit, draft) for draft in self._pending.values()]
        if not self.fresh:
            return []
        writes = [members.check(self._rid, self._uid)]
        for message in self.fresh:
            writes += [self._claim(message), Write("Put", items.dump(message))]
        return writes

    def result(self, draft: Draft) -> Accepted | Rejected:
        """What the sender is told of one message."""
        for message in (*self.fresh, *self.known):
            if message.id == draft.id:
                return Accepted(
                    id=message.id, pos=message.pos, rev=message.rev, n=message.n, at=message.at
                )
        return self._rejected[draft.id]

    async def read_known(self) -> None:
        """Read what was stored of the ids that were already taken by this user."""
        pk = items.room_pk(self._rid)
        keys = [(pk, items.MESSAGE + pos) for pos in self._places.values()]
        found = await self._chat.table.get_many(keys)
        self.known = [items.load(Message, plain) for plain in found.values()]
        for id_ in self._places.keys() - {message.id for message in self.known}:
            self._reject(id_, "notfound", "This message has reached the end of its retention.")

    def _message(self, commit: Commit, draft: Draft) -> Message:
        rev = commit.rev()
        at = ids.decode_time(rev)
        return Message(
            pk=items.room_pk(self._rid),
            sk=items.MESSAGE + ids.pos(at, self._chat.site, self._chat.clock.tail()),
            site=self._chat.site,
            rev=rev,
            id=draft.id,
            uid=self._uid,
            n=commit.ordinal(),
            body=draft.body,
            bodyAt=rev,
            exp=at // 1000 + self._chat.retention_days * DAY,
        )

    def _claim(self, message: Message) -> Write:
        """The id is this message's, unless somebody has it."""
        identity = Identity(
            pk=message.pk,
            sk=items.IDENTITY + message.id,
            site=message.site,
            uid=message.uid,
            pos=message.pos,
            exp=message.exp,
        )

        def taken(stood: Plain | None) -> None:
            del self._pending[message.id]
            if stood is not None and stood["uid"] == self._uid:
                self._places[message.id] = str(stood["pos"])
            else:
                self._reject(message.id, "conflict", "This id belongs to another message.")

        return Write("Put", items.dump(identity), ABSENT, lost=taken)

    def _reject(self, id_: str, code: errors.Code, msg: str) -> None:
        self._rejected[id_] = Rejected(id=id_, e=code, msg=msg)


def _unacceptable(draft: Draft) -> Rejected | None:
    if not draft.body.strip():
        return Rejected(id=draft.id, e="invalid", msg="A message needs a text.")
    if len(draft.body.encode()) > protocol.BODY or (
        len(protocol.encode(draft.body)) > protocol.JSON_BODY
    ):
        return Rejected(id=draft.id, e="toobig", msg=f"A text may have {protocol.BODY} bytes.")
    return None
