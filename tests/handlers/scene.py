"""A private room with people inside and outside, and a few messages."""

from dataclasses import dataclass
from typing import Any

from tests.handlers.world import Json, Person, World, ulid


@dataclass
class Scene:
    """Who is there, and the names that tests use for what was made."""

    world: World
    people: dict[str, Person]
    names: dict[str, str]

    def fill(self, value: Any) -> Any:
        """The value with names in braces replaced."""
        match value:
            case str():
                return self.names.get(value[1:-1], value) if value[:1] == "{" else value
            case list():
                return [self.fill(each) for each in value]
            case dict():
                return {key: self.fill(each) for key, each in value.items()}
            case _:
                return value

    async def log(self) -> list[Json]:
        """All that the room's log says."""
        found: list[Json] = []
        after, more = "", True
        while more:
            page = await self.people["ada"].ask("sync", rid=self.names["rid"], after=after)
            found += page["items"]
            after, more = page["cur"], page["more"]
        return found


async def scene_of(world: World) -> Scene:
    """Ada's private room with Bob in it; Eve is outside, Gus is banned from it, Root is admin."""
    people = {uid: await world.person(uid) for uid in ("ada", "bob", "eve", "gus")}
    people["root"] = await world.person("root", admin=True)
    people["new"] = await world.person("new", hello=False)
    ada, bob = people["ada"], people["bob"]
    rid = ulid()
    assert (await ada.ask("room.create", rid=rid, name="secret", kind="private"))["ok"]
    assert (await ada.ask("member.add", rid=rid, uids=["bob"]))["ok"]
    assert (await ada.ask("member.remove", rid=rid, uid="gus", ban=True))["ok"]
    direct = (await ada.ask("room.direct", rid=ulid(), uids=["bob"]))["room"]["rid"]
    (one,) = await ada.send(rid, "one")
    (two,) = await bob.send(rid, "two")
    for person in people.values():
        person.take()
    names = {"rid": rid, "direct": direct, "id": one["id"], "bobs": two["id"], "new": ulid()}
    return Scene(world, people, names)


async def with_files(scene: Scene) -> Scene:
    """Ada has sent a file; Bob has uploaded another."""
    ada, bob, rid = scene.people["ada"], scene.people["bob"], scene.names["rid"]
    sent = await ada.upload(rid, "plan.txt", thumb={"size": 3, "type": "image/png"})
    message = {"id": ulid(), "body": "", "att": [sent]}
    assert (await ada.ask("send", rid=rid, msgs=[message]))["msgs"][0]["ok"]
    scene.names |= {"file": sent, "unsent": await bob.upload(rid), "nofile": f"{sent[:11]}ZZZZZ"}
    for person in scene.people.values():
        person.take()
    return scene
