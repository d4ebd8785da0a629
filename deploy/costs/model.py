"""What a month of chatting uses of AWS (pure).

Each quantity follows from what client and functions do; where they do not decide it, the load says it.
The counts of units are those of the code: see `Traffic`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.costs.prices import Prices


KB, GB = 1024, 1024**3
HOURS = 730
YEAR = 12
"""Months that everything is kept."""


@dataclass(frozen=True, slots=True)
class Load:
    """What people do in a month."""

    people: int = 30
    messages: int = 50_000
    """That are written."""
    minutes: int = 150_000
    """Of open sockets, of all people together."""
    recipients: float = 9.0
    """Open sockets that hear a message, the writer's own among them."""
    session_minutes: float = 60.0
    """How long a socket stays open."""
    visible: float = 0.4
    """Share of the time in which the page is being looked at."""
    uploads: int = 300
    upload_kb: float = 600.0
    """Of an average file, which is downloaded as often as a message is heard."""
    custom_domain: bool = True


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one act of the chat costs in units. Constants of client, functions and template."""

    ping_visible_s: float = 45.0
    ping_hidden_s: float = 240.0
    """static/src/net/keepalive.ts."""
    reads_per_message: float = 0.3
    """`read` frames of each hearer: the client sends one for what came in between."""
    typing_per_message: float = 0.5
    """`typing` frames of the writer; each is pushed to all hearers."""
    presence_per_session: float = 2.0
    """Pushes to everybody when somebody comes or goes."""
    presence_s: float = 20.0
    """Those within this time are one."""
    writes_per_message: float = 9.0
    """A transaction costs double: head of the room, message with its index entry, text for searching;
    and the counter of the user's messages."""
    reads_of_message: float = 4.0
    """Head, membership and members, read consistently."""
    socket_row: float = 0.2 * KB
    """Whoever pushes reads the rows of all open sockets: chat/connections.py, `live`."""
    writes_per_session: float = 2.0
    """The socket's row is put and deleted."""
    reads_per_session: float = 40.0
    """Rooms, people and what is new, for a hundred rooms and people."""
    reads_per_ping: float = 0.5
    writes_per_read: float = 1.0
    message_ms: float = 45.0
    """Median of a `send` with nine hearers at 512 MB."""
    connect_ms: float = 25.0
    cold_share: float = 0.02
    cold_ms: float = 1500.0
    """Init phases are billed since August 2025."""
    memory_gb: float = 0.5
    stored_per_message: float = 2 * KB
    """Message, index entries and text for searching."""
    frame: float = 0.5 * KB
    log_per_event: float = 0.6 * KB
    """START, END and REPORT as JSON, and the access log's line."""
    page: float = 350 * KB
    """The client, loaded by a browser that has nothing of it; others ask whether it is new."""
    health_per_month: float = 4 * HOURS


Usage = Mapping[str, float]
"""Quantities by the names in prices.toml."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill."""

    service: str
    what: str
    quantity: float
    usd: float
    """Without anything free."""
    usd_after_free: float


def usage(load: Load, per: Traffic | None = None) -> Usage:
    """The quantities of one month, a year after the start, when storage is full."""
    per = per or Traffic()
    health = per.health_per_month
    sessions = load.minutes / load.session_minutes
    online = load.minutes / (HOURS * 60)  # sockets that are open on average
    pings = (
        load.minutes
        * 60
        * (load.visible / per.ping_visible_s + (1 - load.visible) / per.ping_hidden_s)
    )
    marks = load.messages * load.recipients * per.reads_per_message
    typing = load.messages * per.typing_per_message
    # hello, and one repair of each room that has news.
    greetings = sessions * 3
    presence = min(sessions * per.presence_per_session, HOURS * 3600 / per.presence_s)
    requests = load.messages + pings + marks + typing + greetings + 4 * health
    pushes = (load.messages + typing) * load.recipients + presence * max(1.0, online) + requests
    connections = sessions + health
    invocations = requests + 3 * connections + health
    seconds = (
        (load.messages + greetings) * per.message_ms
        + (requests - load.messages - greetings) * per.message_ms / 3
        + 3 * connections * per.connect_ms
        + invocations * per.cold_share * per.cold_ms
        + health * 1500
    ) / 1000
    stored = load.messages * YEAR * per.stored_per_message / GB
    files = load.uploads * YEAR * load.upload_kb * KB / GB
    downloads = load.uploads * load.recipients
    logs = (invocations * per.log_per_event) / GB
    pages = sessions * 0.1 * per.page / GB
    return {
        "api_messages": requests + pushes,
        "api_minutes": load.minutes + health * 0.1,
        "lambda_requests": invocations,
        "lambda_compute": seconds * per.memory_gb,
        "table_writes": load.messages * per.writes_per_message
        + marks * per.writes_per_read
        + connections * per.writes_per_session
        + health * per.writes_per_message,
        "table_reads": load.messages * per.reads_of_message
        + (load.messages + typing + presence) * max(1.0, online * per.socket_row / (4 * KB))
        + sessions * per.reads_per_session
        + pings * per.reads_per_ping
        + (marks + typing),
        "table_storage": stored,
        "table_recovery": stored,
        "backup_storage": stored * YEAR / 2,
        "files_storage": files,
        "files_puts": load.uploads,
        "files_gets": downloads,
        "out_traffic": (pushes * per.frame + downloads * load.upload_kb * KB) / GB,
        "edge_traffic": pages + (requests + pushes) * per.frame / GB,
        "edge_requests": sessions * 5,
        "pages_traffic": pages,
        "pages_storage": 0.01,
        "zone": 1.0 if load.custom_domain else 0.0,
        "dns_queries": sessions * 4 if load.custom_domain else 0.0,
        "log_ingestion": logs,
        "log_storage": logs * YEAR * 0.15,
        "alarms": 10,
        "dashboards": 1,
        "people": load.people + 1,
    }


def bill(usage: Usage, prices: Prices) -> list[Line]:
    """The lines of a month's bill."""
    return [
        Line(
            price.service,
            price.what,
            usage[name],
            price.cost(usage[name], free=False),
            price.cost(usage[name], free=True),
        )
        for name, price in prices.of.items()
    ]


def total(lines: list[Line]) -> tuple[float, float]:
    """US dollars of a bill: without anything free, and after it."""
    return sum(line.usd for line in lines), sum(line.usd_after_free for line in lines)
