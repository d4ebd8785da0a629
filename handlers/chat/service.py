"""One frame of one client: decoded, served, answered; then the others are told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from chat import (
    bans,
    changes,
    connections,
    errors,
    fanout,
    files,
    history,
    membership,
    presence,
    rates,
    rooms,
    search,
    sending,
    sessions,
    settings,
    telemetry,
    usage,
)
from chat.context import Answer, Caller, Chat
from chat.errors import Refused
from chat.headers import Event
from chat.protocol import codec, requests
from chat.protocol.requests import AnyRequest
from chat.sockets import Sockets
from chat.table import Overloaded
from chat.telemetry import Served


log = logging.getLogger(__name__)

ACTIONS: dict[type[AnyRequest], Callable[[Chat, Caller, Any], Awaitable[Answer]]] = {
    requests.Hello: sessions.hello,
    requests.Auth: sessions.auth,
    requests.Ping: sessions.ping,
    requests.UserSet: sessions.change,
    requests.Focus: presence.focus,
    requests.Typing: presence.typing,
    requests.Send: sending.send,
    requests.Edit: changes.edit,
    requests.Delete: changes.delete,
    requests.React: changes.react,
    requests.Pin: changes.pin,
    requests.Hist: history.hist,
    requests.Thread: history.thread,
    requests.Pins: history.pins,
    requests.Search: search.search,
    requests.Sync: history.sync,
    requests.Read: sessions.read,
    requests.FileUpload: files.upload,
    requests.FileOpen: files.open_,
    requests.FileList: files.listing,
    requests.RoomCreate: rooms.create,
    requests.RoomDirect: rooms.direct,
    requests.RoomList: rooms.browse,
    requests.RoomJoin: rooms.join,
    requests.RoomLeave: membership.leave,
    requests.RoomSet: settings.change,
    requests.RoomLevel: settings.level,
    requests.MemberList: membership.listing,
    requests.MemberAdd: membership.add,
    requests.MemberRemove: membership.remove,
    requests.MemberRole: membership.set_role,
    requests.AdminBan: bans.ban,
    requests.AdminBanned: bans.listing,
    requests.AdminAudit: bans.acts,
}


async def serve(chat: Chat, sockets: Sockets, event: Event) -> None:
    """Everything a MESSAGE event leads to.

    The answer goes first, so that a slow or dead peer never delays an acknowledgement.
    """
    served = Served(chat.site, chat.clock.now(), chat.memory.cold)
    chat.memory.cold = False
    context = event["requestContext"]
    authorizer = context["authorizer"]
    caller = Caller(uid=authorizer["uid"], connection=context["connectionId"])
    try:
        request = codec.decode(event.get("body") or "")
    except Refused as refused:
        served.r, served.e = codec.reference(event.get("body") or ""), refused.code
        reply = codec.failure(served.r, refused)
        await fanout.give(chat, sockets, caller.connection, [reply])
    else:
        await _serve(chat, sockets, caller, int(authorizer["exp"]), request, served)
    telemetry.write(telemetry.line(served))


async def _serve(
    chat: Chat,
    sockets: Sockets,
    caller: Caller,
    token_exp: int,
    request: AnyRequest,
    served: Served,
) -> None:
    answer = await respond(chat, caller, token_exp, request)
    if not await fanout.give(chat, sockets, caller.connection, answer.replies):
        log.warning("the asking socket was not reached")
    acknowledged = chat.clock.now()
    told, *_ = await asyncio.gather(
        fanout.deliver(chat, sockets, answer.pushes),
        fanout.close(chat, sockets, answer.closes),
        files.remove(chat, answer.removes),
        _charge(chat, caller, request),
    )
    served.action = str(request.__struct_config__.tag)
    served.r, served.e = request.r, answer.e
    if isinstance(request, requests.Send) and not answer.e:
        served.messages = len(request.msgs)
    served.took, served.fanout = acknowledged - served.at, chat.clock.now() - acknowledged
    served.sockets, served.lost = told.sockets, told.lost
    if caller.connection in told.counted and not answer.e:
        usage.record_request(chat, caller, request, served.at)


async def respond(chat: Chat, caller: Caller, token_exp: int, request: AnyRequest) -> Answer:
    """The answer to this request, whatever happens."""
    try:
        rates.admit(chat, caller, request)
        if not isinstance(request, requests.Auth):
            await connections.check(chat, caller, token_exp)
        await bans.check(chat, caller.uid)
        return await ACTIONS[type(request)](chat, caller, request)
    except Refused as refused:
        return Answer([codec.failure(request.r, refused)], e=refused.code)
    except Overloaded:
        return Answer([codec.failure(request.r, errors.busy())], e=errors.busy().code)
    except Exception:
        # Neither the request nor the event is logged: they hold texts and tokens.
        log.exception("%s failed", type(request).__name__)
        return Answer([codec.failure(request.r, errors.busy())], e=telemetry.FAILED)


async def _charge(chat: Chat, caller: Caller, request: AnyRequest) -> None:
    try:
        await rates.charge(chat, caller, request)
    except Exception:
        # What was asked is done; it counts for nothing rather than against the others' pushes.
        log.exception("a request could not be counted")
