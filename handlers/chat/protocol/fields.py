"""What fields may hold, and the limits that clients are told."""

from typing import Annotated, Literal

from msgspec import Meta

from chat import ids


VERSION = 1
SUBPROTOCOL = "labchat.v1"

# API Gateway closes the socket at 32 KB a frame ("Quotas for WebSocket"); 4 KB are left for
# whatever wraps the text on its way.
FRAME = 28 * 1024
BODY = 16 * 1024
BATCH = 20

# What surrounds a list in a reply: `r` (64 characters of at most 6 bytes) and a few short fields.
OVERHEAD = 1024
# A text in its JSON form; beside it a message has its reactions, attachments and mentions, and
# must still fit any frame.
JSON_BODY = 20 * 1024
REACTIONS = 3 * 1024
ATTACHMENTS = 2 * 1024

# Files of a message, characters of a file's name, bytes of a small picture of one.
FILES = 8
FILE_NAME = 120
THUMB = 64 * 1024

NAME = 64
TOPIC = 250
STATUS = 100
MENTIONS = 20
PEOPLE = 20

Text64 = Annotated[str, Meta(max_length=64)]
Ulid = Annotated[str, Meta(pattern=ids.ULID_PATTERN)]
Uid = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_-]+\Z")]
Rev = Annotated[str, Meta(pattern=ids.REV_PATTERN)]
Pos = Annotated[str, Meta(pattern=ids.POS_PATTERN)]
Start = Annotated[str, Meta(pattern=rf"^\Z|{ids.REV_PATTERN}")]
Place = Annotated[str, Meta(pattern=rf"{ids.POS_PATTERN}|{ids.ULID_PATTERN}")]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Time = Annotated[int, Meta(ge=0, lt=1 << 48)]
Days = Annotated[int, Meta(ge=1, le=3650)]
Emoji = Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[^\s#]+\Z")]
People = Annotated[list[Uid], Meta(min_length=1, max_length=PEOPLE)]
Mentions = Annotated[list[Uid], Meta(max_length=MENTIONS)]
Files = Annotated[list[Pos], Meta(max_length=FILES)]
Pixels = Annotated[int, Meta(ge=1, le=65_535)]
Digest = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{43}=\Z")]
Page = Annotated[int, Meta(ge=1, le=100)]

Kind = Literal["public", "private", "direct"]
Role = Literal["owner", "admin", "member"]
Level = Literal["all", "mentions", "none"]
# What every browser can make.
ThumbType = Literal["image/webp", "image/jpeg", "image/png"]
