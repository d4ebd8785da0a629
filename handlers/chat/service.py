"""One frame of one client: decoded, served, answered; then the others are told."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from chat import connections, errors, fanout, history, protocol, rooms, sending, sessions
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.headers import Event
from chat.protocol import AnyRequest
from chat.sockets import Sockets
from chat.table import Overloaded


log = logging.getLogger(__name__)

ACTIONS: dict[type[AnyRequest], Callable[[Chat, Caller, Any], Awaitable[Answer]]] = {
    protocol.Hello: sessions.hello,
    protocol.Auth: sessions.auth,
    protocol.Ping: sessions.ping,
    protocol.Send: sending.send,
    protocol.Hist: history.hist,
    protocol.Sync: history.sync,
    protocol.Read: sessions.read,
    protocol.RoomCreate: rooms.create,
    protocol.RoomList: rooms.browse,
    protocol.RoomJoin: rooms.join,
}


async def serve(chat: Chat, sockets: Sockets, event: Event) -> None:
    """Everything a MESSAGE event leads to.

    The answer goes first, so that a slow or dead peer never delays an acknowledgement.
    """
    context = event["requestContext"]
    authorizer = context["authorizer"]
    caller = Caller(uid=authorizer["uid"], connection=context["connectionId"])
    answer = await respond(chat, caller, int(authorizer["exp"]), event.get("body") or "")
    if not await fanout.give(chat, sockets, caller.connection, answer.replies):
        log.warning("the asking socket was not reached")
    await fanout.deliver(chat, sockets, answer.pushes)


async def respond(chat: Chat, caller: Caller, token_exp: int, body: str) -> Answer:
    """The answer to this frame, whatever happens."""
    try:
        request = protocol.decode(body)
    except Refused as refused:
        return Answer([protocol.failure(protocol.reference(body), refused)])
    try:
        if not isinstance(request, protocol.Auth):
            await connections.check(chat, caller, token_exp)
        return await ACTIONS[type(request)](chat, caller, request)
    except Refused as refused:
        return Answer([protocol.failure(request.r, refused)])
    except Overloaded:
        return Answer([protocol.failure(request.r, errors.busy())])
    except Exception:
        # Neither the request nor the event is logged: they hold texts and tokens.
        log.exception("%s failed", type(request).__name__)
        return Answer([protocol.failure(request.r, errors.busy())])
