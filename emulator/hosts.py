"""Under which names and addresses this machine is reached."""

import fcntl
import ipaddress
import re
import socket
import struct
from functools import lru_cache
from pathlib import Path


_SIOCGIFADDR = 0x8915
"""Linux's request for an interface's IPv4 address; netdevice(7)."""

_HOST_HEADER = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches a listener on `host`."""
    return host in {"127.0.0.1", "localhost", "::1"}


def is_any(host: str) -> bool:
    """Whether a listener on `host` takes connections to every address of this machine."""
    return host in {"0.0.0.0", "::"}


def served_names(host: str) -> list[str]:
    """The names and addresses under which a listener on `host` is reached, the best one first."""
    if is_loopback(host):
        # Not every machine resolves `localhost` to the IPv6 address too.
        return ["::1", "localhost"] if host == "::1" else ["localhost", "127.0.0.1"]
    if not is_any(host):
        return [host]
    name = socket.gethostname().lower()
    names = [name, f"{name}.local"] if re.fullmatch(r"[a-z0-9-]{1,63}", name) else []
    return list(dict.fromkeys([*_addresses(), *names, "localhost", "127.0.0.1", "::1"]))


@lru_cache(maxsize=1024)
def is_own(host_header: str) -> bool:
    """Whether a Host header names what is on this machine alone, or a service of AWS's.

    A page of some other name that resolves to this machine is turned away by it, so that no web
    site can reach the services through a visitor's browser.
    """
    host = (asked_for(host_header) or "").lower()
    return host in {"localhost", "127.0.0.1"} or host.endswith((".localhost", ".amazonaws.com"))


def in_url(host: str) -> str:
    """A host as it stands in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host


def asked_for(host_header: str) -> str | None:
    """The host in a Host header, as it stands in a URL; `None` if it is not one."""
    match = _HOST_HEADER.fullmatch(host_header)
    return match[1] if match else None


def _addresses() -> list[str]:
    """This machine's addresses in its networks, that of the default route first."""
    found = [_default_address(), *_ipv4_addresses(), *_ipv6_addresses()]
    usable = [address for address in found if address and _is_usable(address)]
    return list(dict.fromkeys(usable))


def _is_usable(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    # Link-local addresses need a zone, which browsers cannot name.
    return not parsed.is_loopback and not parsed.is_link_local


def _default_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # Sends nothing; the kernel looks up the route.
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return address


def _ipv4_addresses() -> list[str]:
    addresses = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            try:
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
            except OSError:
                continue  # An interface without an IPv4 address.
            addresses.append(socket.inet_ntoa(answer[20:24]))
    return addresses


def _ipv6_addresses() -> list[str]:
    try:
        lines = Path("/proc/net/if_inet6").read_text().splitlines()
    except OSError:
        return []
    return [socket.inet_ntop(socket.AF_INET6, bytes.fromhex(line[:32])) for line in lines]
