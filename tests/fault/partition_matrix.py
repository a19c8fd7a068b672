#!/usr/bin/env python3
"""Moves accounts between back ends under checked load, and kills whom it may concern.

Real processes and a real etcd. mesh-load writes all the time, its retries off; its journal says
what was acknowledged. After each case everything in it is downloaded and compared: every
acknowledged entry must be there once, nothing else may be. A case without a kill may fail no
request at all.

    partition-matrix --json                  all cases; ends with one JSON object
    partition-matrix --cases slots,account   some of them

Exit codes: 0 all good, 1 a fault was found or a case could not be run to its end, 77 this machine
has no etcd.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import etcd
from cluster import CLUSTER, DOMAIN, SLOTS, Cluster, ClusterError, await_condition, program_folder

PHASES = ("copying", "tailing", "frozen", "verified", "switched")
OVER = ("cleaned", "aborted")
MOVE_SECONDS = 90
VERIFY_SECONDS = 180


class Load:
    """mesh-load at a steady rate, and its journal."""

    def __init__(self, cluster, options, name):
        self.journal = cluster.folder / f"journal-{name}"
        self._common = [str(cluster.programs / "mesh-load"), "--connect",
                        f"127.0.0.1:{cluster.port}", "--ca", str(cluster.certificate), "--journal",
                        str(self.journal), "--json", "--quiet", "--authenticate", "ticket",
                        "--account-prefix", name]
        common = [*self._common, "--connections", 16, "--accounts", options.accounts]
        # So that nobody asks for a container that is yet to be made: ten for each, by chance.
        self._run([*common, "--mix", "upload=1", "--entries", options.accounts * 10,
                   "--duration", "60s"]).communicate(timeout=90)
        self._filled = self._acknowledged()
        self.child = self._run([*common, "--rate", options.rate, "--mix",
                                "upload=3,status=2,download=1", "--duration", "600s"])
        await_condition("acknowledgements", self._begun)

    @staticmethod
    def _run(command):
        return subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE)

    def _acknowledged(self):
        return self.journal.read_bytes().count(b"\nack ")

    def _begun(self):
        if self.child.poll() is not None:
            raise ClusterError(f"mesh-load ended with {self.child.returncode}")
        return self._acknowledged() > self._filled + 50

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

    def admin(self, *arguments):
        done = subprocess.run([str(part) for part in (
            self.cluster.programs / "mesh-admin", *self.cluster.etcd_flags, "--json", *arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=MOVE_SECONDS, check=False)
        if done.returncode != 0:
            raise ClusterError(f"mesh-admin {arguments} ended with {done.returncode}: "
                               f"{done.stdout.decode()} {done.stderr.decode()}")
        return json.loads(done.stdout.splitlines()[-1])

    def begin(self, *what):
        return self.admin("move", *what)["moves"]

    def record(self, move):
        return json.loads(self.cluster.entries()[f"/mesh/{CLUSTER}/moves/{move}"])

    def phase(self, move):
        return self.record(move)["phase"]

    def await_over(self, move):
        await_condition(f"the end of {move}", lambda: self.phase(move) in OVER, MOVE_SECONDS)
        return self.record(move)

    def await_phase(self, move, phase):
        """The phase in which it was found once it had come to `phase`."""
        reached = (*PHASES[PHASES.index(phase):], *OVER)
        return await_condition(f"{phase} of {move}",
                               lambda: (now := self.phase(move)) in reached and now, MOVE_SECONDS)


class Matrix:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.faults = []
        self.result = {"cases": 0, "kills": 0, "writes_checked": 0, "lost": 0, "doubled": 0,
                       "wrong_reads": 0, "failed_requests": 0, "longest_pause_ms": 0}
        self.blocked = []

    # --- Cases ----------------------------------------------------------------------

    def slots(self, cluster, moves):
        """All slots of one back end go to the other, and come back."""
        half = f"0-{SLOTS // 2 - 1}"
        for target in ("b2", "b1"):
            for move in moves.begin("slots", half, "--to", target):
                self.expect(moves, move, "cleaned")

    def account(self, cluster, moves):
        """One account to and fro."""
        for number in range(self.options.rounds):
            target = "b2" if number % 2 == 0 else "b1"
            for move in moves.begin("account", f"{self.name}-0@{DOMAIN}", "--to", target):
                self.expect(moves, move, "cleaned")

    def abort(self, cluster, moves):
        """A move that is given up, and begun again."""
        move, = moves.begin("slots", f"0-{SLOTS // 2 - 1}", "--to", "b2")
        moves.await_phase(move, "copying")
        moves.admin("moves", "abort", move)
        self.expect(moves, move, "aborted")
        moves.admin("moves", "resume", move)
        self.expect(moves, move, "cleaned")

    def kill(self, victim, phase):
        def case(cluster, moves):
            move, = moves.begin("slots", f"0-{SLOTS // 2 - 1}", "--to", "b2")
            moves.await_phase(move, phase)
            cluster.kill_backend({"source": "b1", "target": "b2"}[victim])
            self.result["kills"] += 1
            cluster.start_backend({"source": "b1", "target": "b2"}[victim])
            self.expect(moves, move, *OVER)
        case.kills = True
        return case

    def kill_admin(self, cluster, moves):
        """Whoever asked for a move is not needed for it."""
        child = subprocess.Popen([str(part) for part in (
            cluster.programs / "mesh-admin", *cluster.etcd_flags, "move", "slots",
            f"0-{SLOTS // 2 - 1}", "--to", "b2", "--wait")], stdout=subprocess.DEVNULL)
        move, = await_condition("a move", lambda: [
            key.rsplit("/", 1)[1] for key in cluster.entries() if "/moves/" in key])
        moves.await_phase(move, "copying")
        child.kill()
        child.wait()
        self.result["kills"] += 1
        self.expect(moves, move, "cleaned")

    def cases(self):
        table = {"slots": self.slots, "account": self.account, "abort": self.abort,
                 "kill-admin": self.kill_admin}
        for victim in ("source", "target"):
            for phase in PHASES:
                table[f"kill-{victim}-{phase}"] = self.kill(victim, phase)
        return table

    # --- One case -------------------------------------------------------------------

    def expect(self, moves, move, *phases):
        record = moves.await_over(move)
        if record["phase"] not in phases:
            self.faults.append(f"{self.name}: {move} ended as {record}")
        if record["phase"] == "cleaned":
            self.blocked.append(record["blockedMs"])

    def run(self, name, case):
        self.name = name
        # A slow copy, so that kills meet it.
        flags = ["--move-bytes-per-second", self.options.bytes_per_second]
        with Cluster(etcd=True, backend_flags=flags, programs=self.options.bin) as cluster:
            load = Load(cluster, self.options, name)
            try:
                case(cluster, Moves(cluster))
                report, found = load.finish()
            finally:
                load.stop()
            self.judge(name, case, report, found)
            cluster.failed = bool(self.faults)

    def judge(self, name, case, report, found):
        result = self.result
        result["cases"] += 1
        result["writes_checked"] += found["acknowledged"]
        result["lost"] += found["missing"]
        result["doubled"] += found["repeated"]
        result["wrong_reads"] += found["never_sent"] + found["misplaced"] + found["altered"]
        failed = sum(sum(action["refused"].values()) + action["lost"]
                     for action in report["actions"].values())
        longest = max(action["latency_us"]["max"] for action in report["actions"].values())
        result["longest_pause_ms"] = max(result["longest_pause_ms"], longest // 1000)
        if self.options.verbose:
            print(f"{name}: {json.dumps(found)} failed {failed} longest {longest // 1000} ms",
                  file=sys.stderr, flush=True)
        if not getattr(case, "kills", False):
            result["failed_requests"] += failed
            if failed:
                self.faults.append(f"{name}: {failed} requests failed: {report['actions']}")
        if any(found[fault] for fault in ("missing", "repeated", "never_sent", "misplaced",
                                          "altered")):
            self.faults.append(f"{name}: {found}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cases", default="", help="names, separated by commas (all)")
    parser.add_argument("--sample", type=int, default=0, help="so many of them, by chance (all)")
    parser.add_argument("--rounds", type=int, default=100, help="moves of the one account (100)")
    parser.add_argument("--accounts", type=int, default=40, help="that the load uses (40)")
    parser.add_argument("--rate", type=int, default=500, help="requests in a second (500)")
    parser.add_argument("--bytes-per-second", type=int, default=2_000_000,
                        help="of a copy (2000000)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    parser.add_argument("--bin", default=None, help="folder of the programs (MESH_BIN)")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--verbose", action="store_true", help="tell what each case found")
    return parser.parse_args()


def main():
    options = parse_arguments()
    if not etcd.installed():
        print("skipped: etcd is not installed")
        return 77
    options.bin = Path(options.bin).resolve() if options.bin else program_folder()
    matrix = Matrix(options)
    table = matrix.cases()
    names = [name for name in options.cases.split(",") if name] or list(table)
    if options.sample:
        names = matrix.random.sample(names, min(options.sample, len(names)))
    for name in names:
        matrix.run(name, table[name])
    if not options.json:
        for fault in matrix.faults:
            print("FAULT", fault)
        print(f"blocked, by move, ms: {sorted(matrix.blocked)}")
    elif matrix.faults:
        print("\n".join(matrix.faults), file=sys.stderr)
    print(json.dumps({**matrix.result, "faults": len(matrix.faults)}))
    return 1 if matrix.faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ClusterError as problem:
        sys.exit(f"partition-matrix: {problem}")
