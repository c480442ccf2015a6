"""Which process executes a run, and whether it is known to have died."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_IS_POSIX: Final = os.name == "posix"
_GONE_STATES: Final = {"Z", "X"}


@dataclass(frozen=True, slots=True)
class Process:
    """What distinguishes a process from all others.

    Attributes:
        host: Name of its machine.
        pid: Its process id.
        machine: What only processes of the same boot of the same machine share, and of the same container; None if the
            system does not say.
        started: When it started, in the system's own unit; None if the system does not say.
    """

    host: str
    pid: int
    machine: str | None
    started: str | None


def this_process() -> Process:
    """Return the process that asks."""
    return _process(os.getpid())


@cache
def _process(pid: int) -> Process:
    return Process(socket.gethostname(), pid, _machine(), _state_and_start(pid)[1])


def has_died(process: Process) -> bool:
    """Whether a process is known to have died. False also says that nothing is known."""
    me = this_process()
    if process == me:
        return False
    if me.machine is not None:
        return process.machine == me.machine and _is_gone(process)
    # A database in WAL mode is used by one machine. But without /proc two containers look the same.
    is_sound = process.machine is None and process.host == me.host and _IS_POSIX and sys.platform != "linux"
    return is_sound and not _exists(process.pid)


def shares_uptime(process: Process) -> bool:
    """Whether this process reads the same monotonic clock, which cannot be set."""
    machine = this_process().machine
    return machine is not None and process.machine == machine


def _is_gone(process: Process) -> bool:
    if not _exists(process.pid):
        return True
    state, started = _state_and_start(process.pid)
    if started is None:  # /proc may hide the processes of other users
        return False
    return state in _GONE_STATES or (process.started is not None and started != process.started)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


# The boot id is the same in all containers of a machine, and process ids are not: without the namespaces, each of two
# containers would think that the other one's process 1 has died. tests/unit/stores/test_owners.py.
def _machine() -> str | None:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        pids = (_PROC / "self/ns/pid").readlink()
    except OSError:
        return None
    try:
        times = str((_PROC / "self/ns/time").readlink())
    except OSError:
        times = ""
    return f"{boot} {pids} {times}".rstrip()


def _state_and_start(pid: int) -> tuple[str | None, str | None]:
    try:
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        return fields[0], fields[19]
    except (OSError, IndexError):
        return None, None
