"""Sockets: three ports in a row, and what happens when one is taken."""

import contextlib
import socket

import pytest

from emulator.errors import UsageError
from emulator.listeners import Sockets, bind, port_of


def taken() -> socket.socket:
    """A listening socket on some port whose two predecessors are likely free."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    holder.listen()
    return holder


def close(sockets: Sockets) -> None:
    for each in (sockets.edge, sockets.aws, sockets.objects):
        each.close()


def test_any_three_ports() -> None:
    """Port 0 takes three different free ports."""
    sockets = bind("127.0.0.1", 0)
    ports = {port_of(each) for each in (sockets.edge, sockets.aws, sockets.objects)}
    close(sockets)
    assert len(ports) == 3


def test_three_ports_in_a_row() -> None:
    """The AWS endpoint and the objects take the two ports after the edge's."""
    for _ in range(20):
        with contextlib.closing(taken()) as holder:
            first = port_of(holder) - 3
        with contextlib.suppress(UsageError):
            sockets = bind("127.0.0.1", first)
            ports = [port_of(each) for each in (sockets.edge, sockets.aws, sockets.objects)]
            close(sockets)
            assert ports == [first, first + 1, first + 2]
            return
    pytest.fail("no three free ports were found")


@pytest.mark.parametrize("offset", [0, 1, 2])
def test_a_port_that_is_taken(offset: int) -> None:
    """The message names the port and the way out; no socket stays behind."""
    with contextlib.closing(taken()) as holder:
        first = port_of(holder) - offset
        with pytest.raises(UsageError, match=r"Port \d+ on 127\.0\.0\.1 cannot be used"):
            bind("127.0.0.1", first)
    # Had a socket stayed open, the unclosed-resource warning would fail this run.


def test_a_host_that_is_not_here() -> None:
    """An address of another machine cannot be listened on."""
    with pytest.raises(UsageError, match="--port"):
        bind("203.0.113.1", 0)


def test_the_aws_endpoint_stays_on_loopback() -> None:
    """Whatever host the edge has, what needs no sign-in is for this machine only."""
    sockets = bind("0.0.0.0", 0)
    hosts = [each.getsockname()[0] for each in (sockets.edge, sockets.aws, sockets.objects)]
    close(sockets)
    assert hosts == ["0.0.0.0", "127.0.0.1", "0.0.0.0"]
