"""One line of JSON for each frame that is served: what, how long, how many heard; and the metrics.

CloudWatch takes metrics out of log lines of this form, so they cost no request. Each metric costs
0.30 USD a month beyond the first ten, for each value of its dimensions: so there are six, and what
one wants to tell apart (the action, the kind of an error) is a field of the line. Neither text,
token nor user is in it; `r` is, with which the client's own log names the request.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import re
import sys
from dataclasses import dataclass

from chat.protocol.codec import encode


NAMESPACE = "labchat"
FAILED = "failed"
"""Stands for an error that is nobody's fault but ours."""

# A client may put anything into `r`.
_PLAIN = re.compile(r"[0-9A-Za-z._-]{1,64}\Z", re.ASCII)


@dataclass
class Served:
    """What there is to say of a frame; times in milliseconds."""

    site: str
    at: int
    cold: bool
    action: str = ""
    r: str = ""
    e: str = ""
    messages: int = 0
    took: int = 0
    sockets: int = 0
    lost: int = 0
    fanout: int = 0


def line(served: Served) -> dict[str, object]:
    """The line, as far as it says something."""
    units = {
        "Messages": ("Count", served.messages),
        "Refused": ("Count", int(bool(served.e) and served.e != FAILED)),
        "Failed": ("Count", int(served.e == FAILED)),
        "ColdStarts": ("Count", int(served.cold)),
        "Sockets": ("Count", served.sockets),
        "FanOut": ("Milliseconds", served.fanout if served.sockets else 0),
    }
    said = {name: (unit, value) for name, (unit, value) in units.items() if value}
    definitions = [{"Name": name, "Unit": unit} for name, (unit, _) in said.items()]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Site"]], "Metrics": definitions}
    metrics = {"Timestamp": served.at, "CloudWatchMetrics": [directive]}
    return {
        **({"_aws": metrics, "Site": served.site} if said else {}),
        "action": served.action,
        "r": served.r if _PLAIN.match(served.r) else "",
        "took": served.took,
        **({"e": served.e} if served.e else {}),
        **({"lost": served.lost} if served.lost else {}),
        **{name: value for name, (_, value) in said.items()},
    }


def write(document: dict[str, object]) -> None:
    """Write a line into the function's log."""
    sys.stdout.write(encode(document).decode() + "\n")
    sys.stdout.flush()
