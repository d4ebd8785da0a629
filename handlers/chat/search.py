"""`search`: messages of a room by words, person and time.

Beside each message lies its folded text, with the names of its files, in a partition of its own (`W#rid`), written in the same
transaction: so a search is right at every moment, after edits and deletions too. It is read from the
newest on, the database sifting; nothing is scanned. One request reads at most `PAGES` megabytes,
128 read units each, and says from where to go on.
"""

import unicodedata

from chat import frames, ids, items, members, pushes
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.items import Message, Plain, Words
from chat.protocol import replies, requests
from chat.protocol.codec import encode
from chat.protocol.fields import OVERHEAD
from chat.writes import Condition, Write, where


PAGES = 4
FOUND = 50
TERMS = 8


def fold(text: str) -> str:
    """Letters without marks, in one case: `Đường` is found by `duong`."""
    # Taking a character apart may bring forth capitals (℡), and folding them marks (ΐ).
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(each for each in plain if not unicodedata.combining(each))
    return bare.replace("đ", "d")


def index(message: Message) -> Write:
    """The part of a transaction by which a message is found."""
    words = Words(
        pk=items.WORDS + message.rid,
        sk=message.pos,
        site=message.site,
        uid=message.uid,
        words=fold("\n".join([message.body, *(file.name for file in message.att or [])])),
        exp=message.exp,
    )
    return Write("Put", items.dump(words))


def forget(message: Message) -> Write:
    """The part of a transaction by which it is found no more."""
    key: Plain = {"pk": items.WORDS + message.rid, "sk": message.pos}
    return Write("Delete", key)


async def search(chat: Chat, caller: Caller, request: requests.Search) -> Answer:
    """Messages that hold all words, newest first."""
    await members.require(chat, request.rid, caller.uid)
    terms = fold(request.q).split()
    if len(terms) > TERMS or not (terms or request.uid):
        raise Refused("invalid", f"Search for 1 to {TERMS} words, or for a person.")
    places, next_ = await _places(chat, request, terms)
    pk = items.room_pk(request.rid)
    found = await chat.table.get_many((pk, items.MESSAGE + place) for place in places)
    now = chat.clock.now() // 1000
    hits = [items.load(Message, plain) for plain in found.values()]
    hits = sorted((hit for hit in hits if hit.exp > now), key=lambda hit: hit.pos, reverse=True)
    page = frames.fit([pushes.message(hit) for hit in hits], OVERHEAD)
    if len(page) < len(hits):
        next_ = page[-1].pos
    reply = replies.Search(r=request.r, items=page, next=next_)
    return Answer([encode(reply)])


async def _places(chat: Chat, request: requests.Search, terms: list[str]) -> tuple[list[str], str]:
    """The places of what matches, and where to go on, which is nowhere when all was read."""
    pk = items.WORDS + request.rid
    span = where(
        "pk = :pk AND sk BETWEEN :first AND :last",
        pk=pk,
        first=ids.encode_time(request.since or 0),
        last=ids.encode_time(request.until) if request.until else "~",
    )
    at = request.before or ""
    places: list[str] = []
    for _ in range(PAGES):
        plain, at = await chat.table.sift(span, _matching(terms, request.uid), after=at)
        places += [str(each["sk"]) for each in plain]
        if len(places) > FOUND:
            return places[:FOUND], places[FOUND - 1]
        if not at:
            break
    return places, at


def _matching(terms: list[str], uid: str | None) -> Condition:
    values: dict[str, object] = {f"w{number}": term for number, term in enumerate(terms)}
    tests = [f"contains(words, :{name})" for name in values]
    if uid is not None:
        tests.append("uid = :uid")
        values["uid"] = uid
    return where(" AND ".join(tests), **values)
