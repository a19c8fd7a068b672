"""Sees when the disk of a test stands still.

Every commit waits for a sync, so a disk that takes none for as long as a request may take fails
requests that nothing is wrong with. A shared one was seen to take 8 s. A test in which no request may fail
must be able to tell that from a fault of ours.
"""

import os
import threading
import time

# Between two syncs of the watch: they are load, too.
PAUSE_SECONDS = 0.1
# A sync that takes so long is kept.
SLOW_SECONDS = 0.5
# So much of a request's time must be within slow syncs.
SHARE = 0.5


class DiskWatch:
    """While it is entered, a thread writes to a file in `folder` and syncs it, again and again."""

    def __init__(self, folder, sync=os.fdatasync):
        self._path, self._sync = folder / "disk-watch", sync
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.slow = []  # (begin, end) of slow syncs, ms of the steady clock.

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _watch(self):
        with open(self._path, "wb", buffering=0) as file:
            while not self._end.wait(PAUSE_SECONDS):
                begin = time.monotonic()
                file.write(b"x")
                self._sync(file.fileno())
                end = time.monotonic()
                if end - begin >= SLOW_SECONDS:
                    self.slow.append((begin * 1000, end * 1000))

    def stood_still(self, begin, end):
        """Whether the disk did so for most of the time from `begin` to `end`, in ms."""
        return slow_within(self.slow, begin, end) >= SHARE * (end - begin)


def slow_within(slow, begin, end):
    """How much of the time from `begin` to `end` is in one of `slow`."""
    return sum(max(0, min(end, last) - max(begin, first)) for first, last in slow)
