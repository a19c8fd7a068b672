#!/usr/bin/env python3
"""Kills back ends with SIGKILL under load, and looks whether they kept their word.

Writers upload without a pause through the front end, by mesh-load, sealed under tickets. It
keeps a journal of what it sent and what was acknowledged. At random moments one of the two back ends is
killed: before, within or after the sync of a commit (writer_watch.py). After each restart
everything in the journal is downloaded and compared: every acknowledged entry must be
there, with its digest and at its index, and nothing that was never sent. The load is held
(SIGSTOP) while that is read, and goes on afterwards.

Exit codes: 0 nothing was lost, 1 something was, or the test could not be run to its end.
"""

import argparse
import collections
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import Cluster, ClusterError, await_condition, program_folder
from writer_watch import PHASES, can_watch, kill_at

COMMITS = "mesh_backend_commits_total"
VERIFY_SECONDS = 120


class Load:
    """mesh-load at work, and its journal."""

    def __init__(self, cluster, programs, options):
        self.journal = cluster.folder / "journal"
        self._position = 0
        self._entries = 0
        self._common = [str(programs / "mesh-load"), "--connect", f"127.0.0.1:{cluster.port}",
                        "--ca", str(cluster.certificate), "--journal", str(self.journal),
                        "--json", "--quiet", "--authenticate", "ticket"]
        command = [*self._common, "--connections", options.writers, "--accounts", options.accounts,
                   "--entries-per-upload", options.batch, "--duration", f"{options.seconds + 60}s"]
        self.child = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE)

    def acknowledged(self):
        """Entries acknowledged so far, by the journal."""
        with open(self.journal, "rb") as journal:
            journal.seek(self._position)
            text = journal.read()
        whole = text[:text.rfind(b"\n") + 1]
        self._position += len(whole)
        self._entries += sum(line.startswith(b"ack ") for line in whole.splitlines())
        return self._entries

    def check_running(self):
        if self.child.poll() is not None:
            raise ClusterError(f"mesh-load ended with {self.child.returncode}")

    def verify(self):
        """Compares the service with the journal while the load is held. Returns what
        mesh-load found."""
        self.child.send_signal(signal.SIGSTOP)
        try:
            done = subprocess.run([*self._common, "--connections", "16", "--verify-only"],
                                  stdout=subprocess.PIPE, timeout=VERIFY_SECONDS, check=False)
        finally:
            self.child.send_signal(signal.SIGCONT)
        if done.returncode not in (0, 1):
            raise ClusterError(f"mesh-load --verify-only ended with {done.returncode}")
        found = json.loads(done.stdout)
        found["good"] = done.returncode == 0
        return found

    def finish(self):
        """Lets it end in order, and returns its report."""
        self.child.send_signal(signal.SIGTERM)
        output, _ = self.child.communicate(timeout=60)
        return json.loads(output)

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.kill()
        self.child.wait()


class KillTest:
    def __init__(self, cluster, load, options):
        self.cluster = cluster
        self.load = load
        self.options = options
        self.random = random.Random(options.seed)
        self.end = time.monotonic() + options.seconds
        self.kills = collections.Counter()
        self.phases = collections.Counter()
        self.faults = []
        self.found = {}

    def run(self):
        await_condition("the first acknowledgements", self._loaded)
        for number in range(self.options.kills):
            self._kill_one(number)
            self._judge(f"after kill {number + 1}")
            if self.faults:
                return
        while self.load.acknowledged() < self.options.entries:
            self._check_time()
            self.load.check_running()
            time.sleep(0.1)
        self.load.finish()
        self._judge("at the end")
        self._judge_counts()

    def _loaded(self):
        self.load.check_running()
        return self.load.journal.exists() and self.load.acknowledged() > 100

    def _check_time(self):
        if time.monotonic() > self.end:
            raise ClusterError(f"not done within {self.options.seconds} s")

    def _kill_one(self, number):
        self._check_time()
        self.load.check_running()
        name = list(self.cluster.backends)[number % len(self.cluster.backends)]
        # In no step with the back ends, so that each meets every phase.
        phase = PHASES[number // len(self.cluster.backends) % len(PHASES)]
        time.sleep(self.random.uniform(0, self.options.pause))
        process = self.cluster.backends[name]
        process.check_running()
        seen = kill_at(process.child.pid, phase)
        process.child.wait()
        self.phases[seen] += 1
        self.kills[name] += 1
        self.cluster.start_backend(name)
        await_condition(f"commits of {name} after its restart",
                        lambda: self.cluster.metric(COMMITS, name))
        if not self.options.json:
            print(f"kill {number + 1}: {name} {seen} a sync, {self.load.acknowledged()} entries "
                  "acknowledged", flush=True)

    def _judge(self, when):
        self.found = self.load.verify()
        if not self.found["good"]:
            self.faults.append(f"{when}: {self.found}")

    def _judge_counts(self):
        if self.found["acknowledged"] < self.options.entries:
            self.faults.append(f"only {self.found['acknowledged']} entries acknowledged")
        # A few kills may miss a phase by chance; on a file system in memory no sync ever
        # waits, so the full test wants TMPDIR on a disk.
        if can_watch() and self.options.kills >= 30:
            self.faults += [f"no kill {phase} a sync" for phase in PHASES
                            if not self.phases[phase]]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--kills", type=int, default=50, help="how many (50)")
    parser.add_argument("--entries", type=int, default=100_000,
                        help="at least so many acknowledged entries (100000)")
    parser.add_argument("--writers", type=int, default=16, help="connections that upload (16)")
    parser.add_argument("--accounts", type=int, default=48, help="accounts they share (48)")
    parser.add_argument("--batch", type=int, default=4, help="entries in one upload (4)")
    parser.add_argument("--pause", type=float, default=0.3,
                        help="at most so many seconds from one check to the next kill (0.3)")
    parser.add_argument("--seconds", type=int, default=1200, help="give up after so many (1200)")
    parser.add_argument("--seed", type=int, default=None, help="of the random moments")
    parser.add_argument("--bin", default=None, help="folder of the programs (MESH_BIN)")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    return parser.parse_args()


def main():
    options = parse_arguments()
    programs = Path(options.bin).resolve() if options.bin else program_folder()
    with Cluster(programs=programs) as cluster:
        load = Load(cluster, programs, options)
        test = KillTest(cluster, load, options)
        try:
            test.run()
        finally:
            load.stop()
        cluster.failed = bool(test.faults)
    for fault in test.faults:
        print("FAULT", fault)
    summary = {"kills": dict(test.kills), "phases": dict(test.phases),
               "acknowledged": test.found.get("acknowledged", 0),
               "found": test.found.get("found", 0), "faults": len(test.faults)}
    print(json.dumps(summary))
    return 1 if test.faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ClusterError as problem:
        sys.exit(f"kill_backends: {problem}")
