"""What a case of the partition matrix is, and what it finds when it runs: a cluster of real
processes, a load that is checked, and mesh-admin.

A file with cases has a function `cases(options)` that returns {name: Case}, and its name stands in
MODULES of partition_matrix.py. A case is a function of a Scene: it does something to the cluster
while the load runs, and returns when that is over. Whether anything was lost, doubled, read wrongly
or failed is found out afterwards, by the matrix.
"""

import dataclasses
import json
import signal
import subprocess
import sys
import typing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import CLUSTER, SLOTS, Cluster, ClusterError, await_condition  # noqa: E402

PHASES = ("planned", "copying", "tailing", "frozen", "verified", "switched", "cleaned")
OVER = ("cleaned", "aborted")
LOWER_HALF = f"0-{SLOTS // 2 - 1}"  # All slots that b1 has at first.
MOVE_SECONDS = 90
# Of a move that is given up for this reason, at most.
RESUMES = 3
TOO_SLOW = "--move-freeze-max"
VERIFY_SECONDS = 180
FILL_SECONDS = 300
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
    machine cannot do it, or None: then the case is skipped. `connections` says, of the options, how many
    requests the load has under way at most; where some wait for their deadline others must not wait
    for them. `judge` is called with the Scene when the load has ended. With `hosts` the matrix runs in
    a namespace of its own, where that may be."""

    run: typing.Callable
    may_fail: frozenset = frozenset()
    open: typing.Callable = open_cluster
    why_not: typing.Callable = lambda: None
    connections: typing.Callable = lambda options: CONNECTIONS
    judge: typing.Callable = lambda scene: None
    hosts: bool = False


class Load:
    """mesh-load against all front ends, nothing tried twice, and its journal: of `accounts`
    accounts of its own, whose names begin with `name`."""

    def __init__(self, cluster, name, accounts):
        self.name, self.journal = name, cluster.folder / f"journal-{name}"
        self._failures = cluster.folder / f"failures-{name}"
        self.child, self.rate = None, 0
        self._common = [str(cluster.programs / "mesh-load"), "--ca", str(cluster.certificate),
                        "--journal", str(self.journal), "--json", "--quiet", "--authenticate",
                        "ticket", "--ask-again", "--account-prefix", name, "--accounts", str(accounts)]
        for one in (cluster.frontend, *cluster.more_frontends):
            self._common += ["--connect", f"{one.address}:{one.served}"]

    def _run(self, *more):
        return subprocess.Popen([str(part) for part in (*self._common, *more)],
                                stdout=subprocess.PIPE)

    def fill(self, entries, per_upload=1):
        """So that nobody asks for a container that is yet to be made: each account gets its share."""
        self._run("--connections", 16, "--in-turn", "--mix", "upload=1", "--entries", entries,
                  "--entries-per-upload", per_upload, "--duration",
                  f"{FILL_SECONDS}s").communicate(timeout=FILL_SECONDS + 30)

    def start(self, rate, mix, connections):
        """Returns when entries are acknowledged."""
        filled, self.rate = self.acknowledged(), rate
        self.child = self._run("--connections", connections, "--rate", rate, "--mix", mix,
                               "--duration", "1h", "--failures", self._failures)

        def begun():
            if self.child.poll() is not None:
                raise ClusterError(f"mesh-load ended with {self.child.returncode}")
            return self.acknowledged() > filled + 50
        await_condition("acknowledgements", begun)

    def failures(self):
        """Of each request that failed, what mesh-load says of it (bench/load/failure_log.h)."""
        text = self._failures.read_text() if self._failures.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def acknowledged(self):
        """Entries, until now."""
        return self.journal.read_bytes().count(b"\nack ")

    def finish(self):
        """Ends it in order; its report."""
        self.child.send_signal(signal.SIGTERM)
        output, _ = self.child.communicate(timeout=60)
        self.child = None
        return json.loads(output)

    def verify(self):
        """What comparing all that its accounts hold with the journal found."""
        done = subprocess.run([*self._common, "--connections", "8", "--verify-only"],
                              stdout=subprocess.PIPE, timeout=VERIFY_SECONDS, check=False)
        if done.returncode not in (0, 1):
            raise ClusterError(f"mesh-load --verify-only ended with {done.returncode}")
        return json.loads(done.stdout)

    def stop(self):
        if self.child is not None and self.child.poll() is None:
            self.child.kill()
            self.child.wait()


def what_was_said(told):
    """NOT_APPLIED or UNKNOWN; or the text of mesh-load itself, of which nothing is allowed."""
    if told.startswith("503 ") and told.endswith("the request was not applied"):
        return NOT_APPLIED
    if told.startswith("503 ") and told.endswith("applied is not known"):
        return UNKNOWN
    return told


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


class Scene:
    """What a case works with, and where it says what it found."""

    def __init__(self, name, options, cluster, chance):
        self.name, self.options, self.cluster, self.random = name, options, cluster, chance
        self.moves = Moves(cluster)
        self.loads = []
        self.reports = []  # Of loads, in the order in which they ended.
        self.kills = 0
        self.faults = []
        self.blocked = []      # Of each move, ms.
        self.figures = {}      # For people, by name.
        self.may_lose = set()  # ADDRESS:PORT of front ends whose connections ended for a reason.

    def load(self, name, rate, accounts, entries, per_upload=1, connections=CONNECTIONS):
        """Starts a load, of accounts that have so many entries before."""
        load = Load(self.cluster, name, accounts)
        load.fill(entries, per_upload)
        self.loads.append(load)
        load.start(rate, self.options.mix, connections)
        return load

    def end_load(self, load, figure=None):
        """Ends it, if it runs; keeps its latency as a figure."""
        if load.child is None:
            return
        report = {**load.finish(), "rate": load.rate}
        self.reports.append(report)
        if figure:
            self.figures[f"{figure}_us"] = {**report["latency_us"], "requests": report["succeeded"]}

    @property
    def account(self):
        """One of those that the load uses."""
        return f"{self.name}-0@{self.cluster.domain}"

    def move_away(self, account):
        """Moves it to the other of b1 and b2; the name of that one."""
        home = self.moves.admin("route", "explain", account)["back_end"]
        target = {"b1": "b2", "b2": "b1"}[home]
        for move in self.moves.begin("account", account, "--to", target):
            self.expect(move, "cleaned")
        return target

    def fault(self, text):
        self.faults.append(f"{self.name}: {text}")

    def expect(self, move, *phases):
        """Waits for the move's end, which must be one of `phases`; its record. One that was given up
        because the machine was too slow is resumed, as an operator would."""
        record = self.moves.await_over(move)
        for _ in range(0 if record["phase"] in phases else RESUMES):
            if record["phase"] != "aborted" or TOO_SLOW not in record["reason"]:
                break
            self.figures["too slow"] = self.figures.get("too slow", 0) + 1
            self.moves.admin("moves", "resume", move)
            record = self.moves.await_over(move)
        if record["phase"] not in phases:
            self.fault(f"{move} ended as {record}")
        if record["phase"] == "cleaned":
            self.blocked.append(record["blockedMs"])
        return record

    def frontend(self, number):
        return (self.cluster.frontend, *self.cluster.more_frontends)[number]

    def start_frontend(self, number):
        """Where it was before."""
        if number == 0:
            return self.cluster.start_frontend()
        process = self.frontend(number)
        process.start()
        return await_condition("ready", lambda: process.metric("mesh_map_epoch"))

    def kill_frontend(self, number):
        """Without warning: who was connected may lose requests."""
        process = self.frontend(number)
        self.may_lose.add(f"{self.cluster.address}:{process.served}")
        process.kill()
        self.kills += 1

    def kill_backend(self, name):
        self.cluster.kill_backend(name)
        self.kills += 1

    def kill_etcd(self):
        self.cluster.etcd.kill()
        self.kills += 1
