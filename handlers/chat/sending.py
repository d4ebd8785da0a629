"""`send`: messages into a room's log, each id once."""

from collections.abc import Iterator, Sequence

from msgspec import UNSET
from msgspec.structs import replace

from chat import errors, files, history, ids, items, members, pushes, search
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import File, Identity, Message, Plain
from chat.log import Commit, read_meta
from chat.protocol import replies, requests
from chat.protocol.codec import encode
from chat.protocol.fields import BODY, JSON_BODY
from chat.protocol.replies import Sent
from chat.protocol.requests import Draft
from chat.writes import ABSENT, Write, where


DAY = 24 * 3600

# A transaction holds 100 (DynamoDB quotas); two are the log's state and the sender's membership.
WRITES = 98


async def send(chat: Chat, caller: Caller, request: requests.Send) -> Answer:
    """Store the messages, in one transaction if it can hold them; answer for each of them."""
    results: list[Sent] = []
    told: list[pushes.Push] = []
    meta = await read_meta(chat, request.rid)
    for drafts in _portions(request.msgs):
        sending = Sending(chat, caller.uid, request.rid, drafts)
        commit = Commit(chat, meta)
        await commit.run(sending.build)
        await sending.read_known()
        results += [sending.result(draft) for draft in drafts]
        frames = pushes.log(request.rid, commit.meta.head, [*sending.fresh, *sending.roots])
        frames += pushes.again(request.rid, sending.known)
        if frames:
            to = await members.of(chat, request.rid, commit.mv)
            told.append(pushes.Push(frames, to))
        meta = commit.after
    return Answer([encode(replies.Send(r=request.r, msgs=results))], told)


class Sending:
    """The messages of one `send` on their way.

    `fresh` are those of the last attempt, `roots` the messages whose threads they lengthen, `known`
    those that had been stored before.
    """

    def __init__(self, chat: Chat, uid: str, rid: str, drafts: Sequence[Draft]) -> None:
        self.fresh: list[Message] = []
        self.roots: list[Message] = []
        self.known: list[Message] = []
        self._chat = chat
        self._uid = uid
        self._rid = rid
        self._rejected: dict[str, Sent] = {}
        self._pending: dict[str, Draft] = {}
        self._places: dict[str, str] = {}
        self._strangers: set[str] = set()
        self._files: dict[str, list[File]] = {}
        for draft in drafts:
            if refused := refuse_text(draft.body, files=bool(draft.att)):
                self._reject(draft.id, refused)
            else:
                # An id given twice in one batch is one message.
                self._pending.setdefault(draft.id, draft)

    async def build(self, commit: Commit) -> list[Write]:
        """All that an attempt stores, beside the log's own state."""
        if commit.meta.closed:
            await self._refuse(list(self._pending.values()), errors.closed())
        await self._take_files()
        threads = await self._threads()
        self.fresh = [self._message(commit, draft) for draft in self._pending.values()]
        self.roots = [self._lengthened(commit, root) for root in threads]
        if not self.fresh:
            return []
        writes = [members.check(self._rid, self._uid)]
        for message in self.fresh:
            writes += [
                self._claim(message),
                Write("Put", items.dump(message)),
                search.index(message),
                *self._claim_files(message),
            ]
        writes += [Write("Put", items.dump(root)) for root in self.roots]
        return writes + self._mentions()

    def result(self, draft: Draft) -> Sent:
        """What the sender is told of one message: always what was true when it was first stored."""
        for message in (*self.fresh, *self.known):
            if message.id == draft.id:
                return Sent(
                    id=message.id,
                    ok=True,
                    pos=message.pos,
                    rev=message.pos[: ids.TIME + 1],
                    n=message.n,
                    at=message.at,
                )
        return self._rejected[draft.id]

    async def read_known(self) -> None:
        """Read what was stored of the ids that were already taken by this user."""
        pk = items.room_pk(self._rid)
        keys = [(pk, items.MESSAGE + pos) for pos in self._places.values()]
        found = await self._chat.table.get_many(keys)
        self.known = [items.load(Message, plain) for plain in found.values()]
        for id_ in self._places.keys() - {message.id for message in self.known}:
            self._reject(id_, errors.no_such_message())

    async def _threads(self) -> list[Message]:
        """The roots of the threads that are written to; without a root there is no thread."""
        roots = []
        for id_ in dict.fromkeys(draft.th for draft in self._pending.values() if draft.th):
            try:
                root = await history.find(self._chat, self._rid, id_)
                if root.th is not UNSET:
                    raise Refused("invalid", "A reply cannot have a thread of its own.")
                roots.append(root)
            except Refused as refused:
                within = [draft for draft in self._pending.values() if draft.th == id_]
                await self._refuse(within, refused)
        return roots

    async def _take_files(self) -> None:
        """Have the files at hand that come with messages; without them there is no message."""
        for draft in [*self._pending.values()]:
            files_taken = {file.pos for taken in self._files.values() for file in taken}
            if draft.att and draft.id not in self._files:
                try:
                    if not files_taken.isdisjoint(draft.att):
                        raise errors.no_such_file()
                    taken = await files.take(self._chat, self._uid, self._rid, draft)
                    self._files[draft.id] = taken
                except Refused as refused:
                    await self._refuse([draft], refused)

    def _claim_files(self, message: Message) -> list[Write]:
        def lost(_stood: Plain | None) -> None:
            if self._pending.pop(message.id, None):
                self._reject(message.id, errors.no_such_file())

        return [files.claim(file, message, lost) for file in self._files.get(message.id, [])]

    def _lengthened(self, commit: Commit, root: Message) -> Message:
        more = sum(message.th == root.id for message in self.fresh)
        return replace(
            root, rev=commit.rev(), site=self._chat.site, replies=(root.replies or 0) + more
        )

    def _message(self, commit: Commit, draft: Draft) -> Message:
        rev = commit.rev()
        at = ids.decode_time(rev)
        pos = ids.pos(at, self._chat.site, self._chat.clock.tail())
        return Message(
            pk=items.room_pk(self._rid),
            sk=items.MESSAGE + pos,
            site=self._chat.site,
            rev=rev,
            id=draft.id,
            uid=self._uid,
            n=commit.ordinal(),
            body=draft.body,
            bodyAt=rev,
            exp=at // 1000 + (commit.meta.days or self._chat.retention_days) * DAY,
            th=draft.th or UNSET,
            g1pk=items.thread_pk(self._rid, draft.th) if draft.th else UNSET,
            g1sk=pos if draft.th else UNSET,
            q=draft.q or UNSET,
            ment=draft.ment or UNSET,
            att=[files.shown(file) for file in self._files.get(draft.id, [])] or UNSET,
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
            self._pending.pop(message.id, None)
            if stood is not None and stood["uid"] == self._uid:
                self._places[message.id] = str(stood["pos"])
            else:
                taken_ = Refused("conflict", "This id belongs to another message.")
                self._reject(message.id, taken_)

        return Write("Put", items.dump(identity), ABSENT, lost=taken)

    def _mentions(self) -> list[Write]:
        """The markers of the mentioned; who is no member is not told."""
        newest = {uid: message.n for message in self.fresh for uid in message.ment or []}
        return [
            mention(self._rid, uid, n, self._strangers)
            for uid, n in newest.items()
            if uid != self._uid and uid not in self._strangers
        ]

    def _reject(self, id_: str, refused: Refused) -> None:
        self._rejected[id_] = Sent(id=id_, ok=False, e=refused.code, msg=refused.msg)

    async def _refuse(self, drafts: Sequence[Draft], refused: Refused) -> None:
        """Store none of these; but what was stored before stays accepted."""
        pk = items.room_pk(self._rid)
        keys = {draft.id: (pk, items.IDENTITY + draft.id) for draft in drafts}
        found = await self._chat.table.get_many(keys.values())
        for id_, key in keys.items():
            del self._pending[id_]
            if key in found and found[key]["uid"] == self._uid:
                self._places[id_] = str(found[key]["pos"])
            else:
                self._reject(id_, refused)


def _portions(drafts: Sequence[Draft]) -> Iterator[list[Draft]]:
    """Cut so that each part fits a transaction; nearly always it is one."""
    portion: list[Draft] = []
    room = WRITES
    for draft in drafts:
        # The message, its id, its words; its files; the root of its thread; the markers of the
        # mentioned.
        writes = 3 + len(draft.att) + (draft.th is not None) + len(draft.ment)
        if writes > room:
            yield portion
            portion, room = [], WRITES
        portion.append(draft)
        room -= writes
    yield portion


def mention(rid: str, uid: str, n: int, passed_over: set[str]) -> Write:
    """The marker of who is mentioned; `passed_over` gets who is no member, or has a newer mention."""

    def lost(_stood: Plain | None) -> None:
        passed_over.add(uid)

    key: Plain = {"pk": items.user_pk(uid), "sk": items.ROOM_OF_USER + rid}
    newest = where("attribute_exists(pk) AND #ment < :n", n=n)
    return Write("Update", key, newest, {"ment": n}, lost)


def refuse_text(body: str, *, files: bool) -> Refused | None:
    """Why this is no text of a message, with files or without, if it is none."""
    if not body.strip() and not files:
        return Refused("invalid", "A message needs a text.")
    if len(body.encode()) > BODY or len(encode(body)) > JSON_BODY:
        return Refused("toobig", f"A text may have {BODY} bytes.")
    return None
