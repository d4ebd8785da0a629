"""Names of this machine, and hosts in URLs and headers."""

import ipaddress
import socket

import pytest

from emulator.hosts import asked_for, in_url, is_any, is_loopback, served_names


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_loopback_listener(host: str) -> None:
    """It is reached by local names, and by the address it listens on."""
    assert is_loopback(host)
    assert not is_any(host)
    names = served_names(host)
    assert "localhost" in names
    assert host in names


def test_a_listener_on_one_address() -> None:
    """It is reached by that name alone."""
    assert served_names("chat.lab.example") == ["chat.lab.example"]
    assert not is_loopback("chat.lab.example")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_listener_on_all_addresses(host: str) -> None:
    """It is reached by every address and name of the machine; never by the one it was given."""
    names = served_names(host)
    assert is_any(host)
    assert host not in names
    assert {"localhost", "127.0.0.1", f"{socket.gethostname().lower()}.local"} <= set(names)
    addresses = [name for name in names if name[0].isdigit() or ":" in name]
    for address in addresses:
        assert not ipaddress.ip_address(address).is_link_local
    with socket.create_server(("0.0.0.0", 0)) as server:
        for address in addresses:
            if ":" not in address:
                socket.create_connection((address, server.getsockname()[1]), 5).close()
                server.accept()[0].close()


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("localhost:8080", "localhost"),
        ("LAB.local", "LAB.local"),
        ("192.168.1.5:8080", "192.168.1.5"),
        ("[::1]:8080", "[::1]"),
        ("[fe80::1]", "[fe80::1]"),
        ("", None),
        ("a b", None),
        ("a;script-src *", None),
        ("a'", None),
        ("a:8080; x", None),
        ("[::1", None),
        ("a:b", None),
    ],
)
def test_the_host_that_was_asked_for(header: str, host: str | None) -> None:
    """Only what is a host goes on into a policy."""
    assert asked_for(header) == host


def test_hosts_in_urls() -> None:
    """IPv6 addresses stand in brackets."""
    assert [in_url(host) for host in ("lab.local", "::1")] == ["lab.local", "[::1]"]
