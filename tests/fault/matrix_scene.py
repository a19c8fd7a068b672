"""What a case of the partition matrix is, and what it finds when it runs: a cluster of real
processes, a load that is checked, and mesh-admin.

A file with cases has a function `cases(options)` that returns {name: Case}, and its name stands in
MODULES of partition_matrix.py. A case is a function of a Scene: it does something to the cluster
while the load runs, and returns when that is over. Whether anything was lost, doubled, read wrongly
or failed is found out afterwards, by the matrix.
"""

import dataclasses
import json
import random
import signal
import subprocess
import sys
import typing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import CLUSTER, Cluster, ClusterError, await_condition  # noqa: E402

PHASES = ("planned", "copying", "tailing", "frozen", "verified", "switched", "cleaned")
OVER = ("cleaned", "aborted")
MOVE_SECONDS = 90
VERIFY_SECONDS = 180
CONNECTIONS = 64

# What a request that failed may have been told.
NOT_APPLIED = "not applied"  # The answer says that nothing was done.
UNKNOWN = "unknown"          # It says that nobody knows.
LOST = "lost"                # The connection ended before the answer.


def open_cluster(options):
    """Two back ends, two front ends, an etcd. Slow copies, so that what happens meets them."""
    return Cluster(etcd=True, programs=options.bin, frontend_flags=["--account-rate", "0"],
                   backend_flags=["--move-bytes-per-second", options.bytes_per_second])


@dataclasses.dataclass(frozen=True)
class Case:
    """`run` is called with a Scene. `may_fail` says what requests that fail may have been told; by
    default none may fail. `open` makes the cluster, a context manager. `why_not` says why this
    machine cannot do it, or None: then the case is skipped."""

    run: typing.Callable
    may_fail: frozenset = frozenset()
    open: typing.Callable = open_cluster
    why_not: typing.Callable = lambda: None


class Load:
    """mesh-load at a steady rate against all front ends, nothing tried twice, and its journal."""

    def __init__(self, cluster, options, name):
        self.journal = cluster.folder / f"journal-{name}"
        targets = [cluster.port, *(one.served for one in cluster.more_frontends)]
        self._common = [str(cluster.programs / "mesh-load"), "--ca", str(cluster.certificate),
                        "--journal", str(self.journal), "--json", "--quiet", "--authenticate",
                        "ticket", "--account-prefix", name]
        for port in targets:
            self._common += ["--connect", f"{cluster.address}:{port}"]
        common = [*self._common, "--accounts", options.accounts]
        # So that nobody asks for a container that is yet to be made: ten for each, by chance.
        self._run([*common, "--connections", 16, "--mix", "upload=1", "--entries",
                   options.accounts * 10, "--duration", "60s"]).communicate(timeout=90)
        self._filled = self.acknowledged()
        self.child = self._run([*common, "--connections", CONNECTIONS, "--rate", options.rate,
                                "--mix", options.mix, "--duration", "1h"])
        await_condition("acknowledgements", self._begun)

    @staticmethod
    def _run(command):
        return subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE)

    def acknowledged(self):
        """Entries, until now."""
        return self.journal.read_bytes().count(b"\nack ")

    def _begun(self):
        if self.child.poll() is not None:
            raise ClusterError(f"mesh-load ended with {self.child.returncode}")
        return self.acknowledged() > self._filled + 50

    def finish(self):
        """Ends it in order; its report, and what comparing with the journal found."""
        self.child.send_signal(signal.SIGTERM)
        output, _ = self.child.communicate(timeout=60)
        report = json.loads(output)
        done = subprocess.run([*self._common, "--connections", "8", "--verify-only"],
                              stdout=subprocess.PIPE, timeout=VERIFY_SECONDS, check=False)
        if done.returncode not in (0, 1):
            raise ClusterError(f"mesh-load --verify-only ended with {done.returncode}")
        return report, json.loads(done.stdout)

    def stop(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()


class Moves:
    """mesh-admin at work on one cluster, and the records of its moves."""

    def __init__(self, cluster):
        self.cluster = cluster

    def command(self, *arguments):
        return [str(part) for part in (self.cluster.programs / "mesh-admin",
                                       *self.cluster.etcd_flags, "--json", *arguments)]

    def admin(self, *arguments):
        done = subprocess.run(self.command(*arguments), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=MOVE_SECONDS, check=False)
        if done.returncode != 0:
            raise ClusterError(f"mesh-admin {arguments} ended with {done.returncode}: "
                               f"{done.stdout.decode()} {done.stderr.decode()}")
        return json.loads(done.stdout.splitlines()[-1])

    def begin(self, *what):
        return self.admin("move", *what)["moves"]

    def records(self):
        """{id: record} of all moves."""
        prefix = f"/mesh/{CLUSTER}/moves/"
        return {key.removeprefix(prefix): json.loads(value)
                for key, value in self.cluster.entries().items() if key.startswith(prefix)}

    def phase(self, move):
        return self.records()[move]["phase"]

    def await_over(self, move):
        await_condition(f"the end of {move}", lambda: self.phase(move) in OVER, MOVE_SECONDS)
        return self.records()[move]

    def await_phase(self, move, phase):
        """The phase in which it was found once it had come to `phase`."""
        reached = (*PHASES[PHASES.index(phase):], *OVER)
        return await_condition(f"{phase} of {move}",
                               lambda: (now := self.phase(move)) in reached and now, MOVE_SECONDS)


@dataclasses.dataclass
class Scene:
    """What a case works with, and where it says what it found."""

    name: str
    options: object
    cluster: Cluster
    load: Load
    random: random.Random
    kills: int = 0
    faults: list = dataclasses.field(default_factory=list)
    blocked: list = dataclasses.field(default_factory=list)  # Of each move, ms.

    @property
    def moves(self):
        return Moves(self.cluster)

    @property
    def account(self):
        """One of those that the load uses."""
        return f"{self.name}-0@{self.cluster.domain}"

    def fault(self, text):
        self.faults.append(f"{self.name}: {text}")

    def expect(self, move, *phases):
        """Waits for the move's end, which must be one of `phases`."""
        record = self.moves.await_over(move)
        if record["phase"] not in phases:
            self.fault(f"{move} ended as {record}")
        if record["phase"] == "cleaned":
            self.blocked.append(record["blockedMs"])
