"""Sees from outside what the writer thread of a back end is doing, and kills the
process at a chosen point of a commit.

/proc/<pid>/task/<tid>/syscall costs the watched process nothing and says in which system
call a sleeping thread waits. A sample takes some five microseconds and a sync more than
a hundred, so what was seen last still held, but for a rare miss, when the signal came.
"""

import os
import platform
import signal
import time
from pathlib import Path

# Numbers of fsync and fdatasync, and of futex.
SYNC_CALLS, FUTEX_CALL = {
    "x86_64": ((b"74", b"75"), b"202"),
    "aarch64": ((b"82", b"83"), b"98"),
}.get(platform.machine(), ((), b""))

PHASES = ("before", "within", "after")
PATIENCE_SECONDS = 3


def writer_of(pid):
    """The syscall file of the process's writer thread, or None."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            if (task / "comm").read_text().strip() == "writer":
                return task / "syscall"
        except OSError:
            continue
    return None


def can_watch():
    """Whether this machine shows the system calls of our own processes."""
    try:
        Path("/proc/self/syscall").read_bytes()
    except OSError:
        return False
    return bool(SYNC_CALLS)


def kill_at(pid, phase):
    """SIGKILLs `pid` when its writer has begun a batch and not yet its sync ("before"),
    waits for the disk ("within"), or has just come back from it ("after"). Returns what
    was seen; "unseen" if that did not come about for a while. Does not reap."""
    seen = "unseen"
    writer = writer_of(pid) if can_watch() else None
    if writer is not None:
        with open(writer, "rb", buffering=0) as calls:
            seen = _await(calls, phase)
    os.kill(pid, signal.SIGKILL)
    return seen


def _await(calls, phase):
    deadline = time.monotonic() + PATIENCE_SECONDS
    last = b""
    while time.monotonic() < deadline:
        call = os.pread(calls.fileno(), 16, 0).split(b" ")[0].strip()
        if phase == "within" and call in SYNC_CALLS:
            return phase
        if phase == "after" and last in SYNC_CALLS and call not in SYNC_CALLS:
            return phase
        # Woken by a request a moment ago: it runs the batch, which comes first.
        if phase == "before" and last == FUTEX_CALL and call == b"running":
            return phase
        last = call
    return "unseen"
