#!/usr/bin/env python3
"""mesh-load's check of a journal passes a true one and fails on each false one.

Everything that the kill test finds rests on this check, so it is shown to notice: entries
are uploaded to a real cluster, then copies of the journal are made to say something else.
"""

import json
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import Cluster

ABSENT = "A" * 86  # The digest of nothing that was ever sent.
# What mesh-load waits for a service that may come back is 30 s and more.
STOPS_SECONDS = 25


class JournalTest(unittest.TestCase):
    REFERENCE = True  # Bare requests.
    FORM = ()

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(reference=cls.REFERENCE)
        cls.cluster.start()
        cls.journal = cls.cluster.folder / "journal"
        cls.mesh_load(cls.journal, "--accounts", "3", "--connections", "4", "--entries", "60",
                      "--entries-per-upload", "2", "--duration", "60s")
        cls.lines = cls.journal.read_text().splitlines()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    @classmethod
    def mesh_load(cls, journal, *arguments):
        return subprocess.run(
            [cls.cluster.programs / "mesh-load", "--connect", f"127.0.0.1:{cls.cluster.port}",
             "--ca", cls.cluster.certificate, "--journal", journal, "--json", "--quiet",
             *cls.FORM, *arguments], stdout=subprocess.PIPE, timeout=120, check=False)

    def verify(self, lines, torn=""):
        changed = self.cluster.folder / "changed"
        changed.write_text("\n".join(lines) + "\n" + torn)
        done = self.mesh_load(changed, "--verify-only")
        self.assertIn(done.returncode, (0, 1))
        found = json.loads(done.stdout)
        faults = {name for name in ("denied", "missing", "never_sent", "repeated", "misplaced",
                                    "altered") if found[name]}
        self.assertEqual(done.returncode, 1 if faults else 0)
        return found, faults

    def first(self, verb):
        return next(i for i, line in enumerate(self.lines) if line.startswith(verb + " "))

    def test_true_journal(self):
        found, faults = self.verify(self.lines)
        self.assertEqual(faults, set())
        self.assertGreaterEqual(found["acknowledged"], 60)
        self.assertEqual(found["found"], found["acknowledged"])

    def test_torn_last_line_is_not_counted(self):
        self.assertEqual(self.verify(self.lines, torn="ack load-0@exa")[1], set())

    def test_acknowledged_entry_that_is_not_there(self):
        words = self.lines[self.first("ack")].split()
        invented = " ".join([*words[:3], "-", ABSENT])
        found, faults = self.verify([*self.lines, invented])
        self.assertEqual(faults, {"missing"})
        self.assertEqual(found["missing"], 1)

    def test_account_that_is_not_there(self):
        self.assertEqual(self.verify([*self.lines, "created nobody@example.com"])[1], {"missing"})

    def test_account_that_nobody_promised(self):
        self.assertEqual(self.verify([*self.lines, "create nobody@example.com"])[1], set())

    def test_entry_that_was_never_sent(self):
        digest = self.lines[self.first("ack")].split()[-1]
        found, faults = self.verify([line for line in self.lines if digest not in line])
        self.assertEqual(faults, {"never_sent"})
        self.assertEqual(found["never_sent"], 1)

    def test_entry_without_acknowledgement_is_allowed(self):
        at = self.first("ack")
        found, faults = self.verify(self.lines[:at] + self.lines[at + 1:])
        self.assertEqual(faults, set())
        self.assertEqual(found["unacknowledged"], 1)

    def test_entry_that_is_there_although_it_was_refused(self):
        at = self.first("ack")
        words = self.lines[at].split()
        refused = " ".join(["refused", *words[1:3], words[-1]])
        self.assertEqual(self.verify(self.lines[:at] + [refused] + self.lines[at + 1:])[1],
                         {"denied"})

    def test_entry_at_another_index(self):
        at = self.first("ack")
        words = self.lines[at].split()
        words[3] = "1000000"
        self.assertEqual(self.verify(self.lines[:at] + [" ".join(words)] + self.lines[at + 1:])[1],
                         {"misplaced"})

    def test_not_a_journal(self):
        changed = self.cluster.folder / "changed"
        changed.write_text("something else\nentirely\n")
        self.assertEqual(self.mesh_load(changed, "--verify-only").returncode, 3)

    def test_no_journal(self):
        self.assertEqual(
            self.mesh_load(self.cluster.folder / "nowhere", "--verify-only").returncode, 3)


class SealedJournalTest(JournalTest):
    """The same when every request is sealed under a ticket."""

    REFERENCE = False
    FORM = ("--authenticate", "ticket", "--encoding", "json-b")

    def run_with(self, *arguments):
        """(exit code, standard error) of mesh-load, with no --authenticate unless it is given."""
        done = subprocess.run(
            [self.cluster.programs / "mesh-load", "--connect", f"127.0.0.1:{self.cluster.port}",
             "--ca", self.cluster.certificate, "--json", "--quiet", *arguments],
            capture_output=True, timeout=STOPS_SECONDS, check=False, text=True)
        return done.returncode, done.stderr

    def test_bare_requests_end_at_once_with_the_flag_that_helps(self):
        for form in (("--journal", self.journal, "--verify-only"), ("--duration", "1s")):
            code, said = self.run_with(*form)
            self.assertEqual(code, 3, said)
            self.assertIn("401 MeshRequestUnauthenticated", said)
            self.assertIn("--authenticate ticket", said)

    def test_a_load_of_which_nothing_is_served_has_not_succeeded(self):
        """Uploads of more than a request may hold."""
        load = ("--authenticate", "ticket", "--account-prefix", "unserved", "--accounts", "1",
                "--connections", "1", "--duration", "1s", "--payload-bytes", "32768",
                "--entries-per-upload")
        code, said = self.run_with(*load, "256")
        self.assertEqual(code, 3, said)
        self.assertIn("not one request was served", said)
        self.assertEqual(self.run_with(*load, "1"), (0, ""))


if __name__ == "__main__":
    unittest.main()
