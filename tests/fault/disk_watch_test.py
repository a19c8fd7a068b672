"""The watch that tells a disk that stands still from a fault of ours."""

import tempfile
import threading
import time
import unittest
from pathlib import Path

from disk_watch import SLOW_SECONDS, DiskWatch, slow_within


class DiskWatchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def watch(self, sync):
        """A watch that has made two syncs."""
        twice = threading.Semaphore(0)

        def counted(file):
            sync(file)
            twice.release()
        with DiskWatch(self.folder, counted) as disk:
            for _ in range(2):
                self.assertTrue(twice.acquire(timeout=60))
        return disk

    def test_a_sync_that_takes_long_is_kept(self):
        disk = self.watch(lambda _: time.sleep(2 * SLOW_SECONDS))
        begin, end = disk.slow[0]
        self.assertGreaterEqual(end - begin, 1000 * SLOW_SECONDS)
        self.assertTrue(disk.stood_still(begin, end))

    def test_a_quick_one_excuses_nobody(self):
        disk = self.watch(lambda _: None)
        self.assertFalse(disk.stood_still(0, 5000))

    def test_most_of_the_time_must_be_slow(self):
        disk = DiskWatch(self.folder)
        disk.slow = [(1000, 2000), (2500, 4500)]
        self.assertTrue(disk.stood_still(0, 5000))
        self.assertFalse(disk.stood_still(4000, 9000))
        self.assertEqual(slow_within(disk.slow, 1500, 3000), 1000)


if __name__ == "__main__":
    unittest.main()
