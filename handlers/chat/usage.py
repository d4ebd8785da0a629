"""Usage events for research: who was connected how long, wrote how much where, read how far.

They are lines of the functions' logs, kept as long as those (one year) and found by CloudWatch Logs
or `labchat logs`. An item for each would be a write of its own for every message and every read; a
line costs no request. Nothing is recorded without the parameter `UsageKey`, nothing of those who do
not want to be counted (`user.set`), and nobody under one's own id: people have the pseudonyms that an
export with the same key gives them.
"""

import base64
import hashlib
import hmac
import os

from chat import telemetry
from chat.context import Caller, Chat
from chat.protocol import requests
from chat.protocol.requests import AnyRequest


DIGITS = 16  # of base 32: 80 bits


def key_from_environment() -> bytes:
    """The key of the pseudonyms; empty if nothing is to be recorded."""
    return bytes.fromhex(os.environ["USAGE_KEY"])


def pseudonym(uid: str, key: bytes) -> str:
    """The same for the same person and key, and told back by nobody without it."""
    digest = hmac.digest(key, uid.encode(), hashlib.sha256)
    return "p_" + base64.b32encode(digest).decode()[:DIGITS].lower()


def record(key: bytes, event: str, uid: str, at: int, **more: object) -> None:
    """Write an event of somebody who is counted; `at` is in milliseconds."""
    if key:
        telemetry.write({"usage": event, "who": pseudonym(uid, key), "at": at, **more})


def record_request(chat: Chat, caller: Caller, request: AnyRequest, at: int) -> None:
    """Write what a request says of its user's ways, if anything: no text, only its length."""
    key, uid = chat.usage_key, caller.uid
    match request:
        case requests.Send():
            for draft in request.msgs:
                said = {"length": len(draft.body), "files": len(draft.att)}
                record(key, "sent", uid, at, rid=request.rid, **said)
        case requests.Read():
            record(key, "read", uid, at, rid=request.rid, n=request.n)
        case _:
            pass
