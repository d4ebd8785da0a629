"""Child processes that cannot outlive the emulator, not even when it is killed with SIGKILL."""

import ctypes
import os
import signal


_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def die_with_parent() -> None:
    """Run in the child between fork and exec: have the kernel kill it when its parent dies.

    It makes one system call and touches nothing else, which is what is allowed at that point.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def kill_group(pid: int) -> None:
    """End a child and whatever it started; each child leads its own process group."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
