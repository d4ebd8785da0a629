"""The mailbox as a page: `GET /mail`, and the same as data: `GET /mail.json`.

It shows codes and temporary passwords. Mount it only where the operator alone can reach it.
"""

from datetime import UTC, datetime
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from emulator.cognito.mailbox import Mailbox, Message


HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
ol { list-style: none; padding: 0; }
li { border: 1px solid color-mix(in srgb, currentColor 20%, transparent);
  border-radius: .5rem; padding: .75rem 1rem; margin: .75rem 0; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; }
h2 { font-size: 1rem; margin: 0; }
p { margin: .4rem 0 0; }
time, small { opacity: .75; font-size: .875rem; }
code { font-size: 1.25rem; user-select: all; }
"""


def mail_routes(mailbox: Mailbox) -> list[Route]:
    """The two routes."""

    async def page(request: Request) -> Response:
        return HTMLResponse(render(await mailbox.newest()), headers=HEADERS)

    async def data(request: Request) -> Response:
        messages = [message.document() for message in await mailbox.newest()]
        return JSONResponse({"messages": messages}, headers=HEADERS)

    return [Route("/mail", page), Route("/mail.json", data)]


def render(messages: list[Message]) -> str:
    """The whole page, without scripts; it reloads itself every five seconds."""
    items = "".join(_item(message) for message in messages)
    content = f"<ol>{items}</ol>" if items else "<p>No messages yet.</p>"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Mailbox</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Mailbox</h1>
<p><small>Messages of the local user pools that have not left this machine.</small></p>
{content}
</main>
</body>
</html>
"""


def _item(message: Message) -> str:
    sent = datetime.fromtimestamp(message.sent, UTC)
    return (
        f"<li><header><h2>{escape(message.subject)}</h2>"
        f'<time datetime="{sent:%Y-%m-%dT%H:%M:%SZ}">{sent:%Y-%m-%d %H:%M:%S} UTC</time></header>'
        f"<small>To {escape(message.recipient)} from {escape(message.pool_id)}</small>"
        f"<p>{escape(message.body)}</p><p><code>{escape(message.code)}</code></p></li>"
    )
