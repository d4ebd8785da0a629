"""Merging two histories, against a model that replays every change ever made."""

from dataclasses import dataclass, field
from typing import Any

from chat import ids
from chat.merge import History, Message, Stamped, merge
from hypothesis import given, settings, strategies as st


SITES = "AL"
IDS = ["m1", "m2", "m3"]
PEOPLE = ["ada", "bob"]
EMOJI = ["👍", "🎉"]


@dataclass(frozen=True)
class Change:
    """Something done at a site at a time."""

    kind: str
    id: str
    uid: str
    text: str
    at: int
    site: str

    @property
    def stamp(self) -> str:
        return ids.rev(self.at, self.site)


@dataclass
class Site:
    """What one site makes of the changes it sees, in the order of its own clock."""

    name: str
    messages: dict[str, Message] = field(default_factory=dict)
    reactions: dict[tuple[str, str, str], Stamped] = field(default_factory=dict)
    roles: dict[str, Stamped] = field(default_factory=dict)

    def do(self, change: Change) -> None:
        stamp, there = change.stamp, self.messages.get(change.id)
        if change.kind == "send" and there is None:
            # Only its author sends an id, whichever site that reaches.
            pos = ids.pos(change.at, self.name, "00000")
            body = Stamped(change.text, stamp)
            self.messages[change.id] = Message(uid=f"author of {change.id}", pos=pos, body=body)
        elif change.kind == "role":
            self.roles[change.uid] = Stamped(change.text, stamp)
        elif there is not None and not there.deleted:
            self._alter(change, there)

    def _alter(self, change: Change, there: Message) -> None:
        stamp = change.stamp
        body, deleted, pinned = there.body, there.deleted, there.pinned
        if change.kind == "edit":
            body = Stamped(change.text, stamp)
        elif change.kind == "del":
            body, deleted = Stamped("", body.at), stamp
        elif change.kind == "pin":
            pinned = Stamped(change.text, stamp)
        elif change.kind == "react":
            key = (change.id, change.uid, EMOJI[len(change.text) % 2])
            self.reactions[key] = Stamped(change.text, stamp)
        self.messages[change.id] = Message(
            uid=there.uid, pos=there.pos, body=body, deleted=deleted, pinned=pinned
        )

    @property
    def history(self) -> History:
        return History(messages=self.messages, reactions=self.reactions, roles=self.roles)


CHANGES = st.lists(
    st.builds(
        Change,
        kind=st.sampled_from(["send", "send", "edit", "del", "pin", "react", "role"]),
        id=st.sampled_from(IDS),
        uid=st.sampled_from(PEOPLE),
        text=st.sampled_from(["", "x", "yy"]),
        at=st.integers(1, 9),
        site=st.sampled_from(SITES),
    ),
    max_size=25,
    # One site does one thing in a millisecond: the head of its log sees to that.
    unique_by=lambda change: (change.at, change.site),
)


def lived(changes: list[Change]) -> tuple[History, History]:
    """The two sites' histories, neither of which has heard of the other."""
    sites = {name: Site(name) for name in SITES}
    for change in sorted(changes, key=lambda change: change.at):
        sites[change.site].do(change)
    return sites["A"].history, sites["L"].history


def brute(one: History, other: History) -> History:
    """The same by looking at every value that either site holds, one field after the other."""
    messages = {}
    for id_ in IDS:
        forms = [each.messages[id_] for each in (one, other) if id_ in each.messages]
        if not forms:
            continue
        deletions = sorted(form.deleted for form in forms if form.deleted)
        bodies = sorted((form.body.at, form.body.value) for form in forms)
        pins = sorted((form.pinned.at, form.pinned.value) for form in forms)
        homely = [form.pos for form in forms if form.pos[10] == "A"]
        messages[id_] = Message(
            uid=forms[0].uid,
            pos=min(homely or [form.pos for form in forms]),
            body=Stamped("" if deletions else bodies[-1][1], bodies[-1][0]),
            deleted=deletions[-1] if deletions else "",
            pinned=Stamped(pins[-1][1], pins[-1][0]),
        )
    reactions = _latest([*one.reactions.items(), *other.reactions.items()])
    roles = _latest([*one.roles.items(), *other.roles.items()])
    return History(messages=messages, reactions=reactions, roles=roles)


def _latest(found: list[tuple[Any, Stamped]]) -> dict[Any, Stamped]:
    return dict(sorted(found, key=lambda each: (each[1].at, each[1].value)))


@settings(max_examples=500)
@given(CHANGES)
def test_a_merge_is_what_the_model_says(changes: list[Change]) -> None:
    """Every message of either site is there once, with its later fields; a deletion wins."""
    one, other = lived(changes)
    assert merge(one, other) == brute(one, other)


@settings(max_examples=300)
@given(CHANGES, CHANGES)
def test_order_and_repetition_do_not_matter(first: list[Change], second: list[Change]) -> None:
    """In either order, twice, and with a third history in any grouping: the same result."""
    one, other = lived(first)
    third = lived(second)[1]
    merged = merge(one, other)
    assert merge(other, one) == merged
    assert merge(merged, other) == merged == merge(merged, merged) == merge(one, merged)
    assert merge(merge(one, other), third) == merge(one, merge(other, third))


@given(CHANGES)
def test_nothing_is_lost(changes: list[Change]) -> None:
    """Each id of either site is there, and neither text nor deletion is invented."""
    one, other = lived(changes)
    merged = merge(one, other)
    assert merged.messages.keys() == one.messages.keys() | other.messages.keys()
    for id_, message in merged.messages.items():
        forms = [each.messages[id_] for each in (one, other) if id_ in each.messages]
        assert message.body.value in {form.body.value for form in forms} | {""}
        assert bool(message.deleted) == any(form.deleted for form in forms)
