"""Frames to requests, and answers to frames (pure)."""

import msgspec
from msgspec import UNSET, Struct

from chat.errors import Refused
from chat.protocol.fields import FRAME, Text64
from chat.protocol.replies import Failure
from chat.protocol.requests import AnyRequest


# The decoder's reason quotes a bad value in full; its beginning is enough.
REASON = 200

encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)


class _Reference(Struct, frozen=True):
    """The part of a bad request that its reply needs."""

    r: Text64 = ""


def decode(body: str) -> AnyRequest:
    """The request in this frame; raises `Refused`."""
    if len(body) > FRAME or len(body.encode()) > FRAME:
        raise Refused("toobig", f"A message may have {FRAME} bytes.")
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        # It names the field and what was expected there; it goes to the asking client only.
        raise Refused("invalid", str(error)[:REASON]) from error


def reference(body: str) -> str:
    """The `r` of a request that could not be decoded, or nothing."""
    try:
        return msgspec.json.decode(body, type=_Reference).r
    except (msgspec.MsgspecError, RecursionError):
        return ""


def failure(r: str, refused: Refused) -> bytes:
    """The frame of a failure."""
    after = UNSET if refused.after is None else refused.after
    return encode(Failure(r=r, e=refused.code, msg=refused.msg, after=after))
