#!/usr/bin/env python3
"""Moves accounts between back ends under checked load, and kills whom it may concern.

Real processes and a real etcd. mesh-load writes all the time, its retries off; its journal says
what was acknowledged. After each case everything in it is downloaded and compared: every
acknowledged entry must be there once, nothing else may be. A case says what requests that failed may
have been told; without a kill or a cut none may fail. A case in which requests failed because the disk
took no sync for most of their time is run again; what is lost or wrong counts all the same.

    partition-matrix --json                  all cases; ends with one JSON object
    partition-matrix --cases slots,account   some of them
    partition-matrix --sample 5 --seed 7     five with a kill or a cut, by chance
    partition-matrix --list                  their names

Cases stand in files of their own, MODULES; matrix_scene.py says how to write one.

Exit codes: 0 all good, 1 a fault was found or a case could not be run to its end, 77 this machine
has no etcd.
"""

import argparse
import collections
import fnmatch
import importlib
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import etcd  # noqa: E402
import namespace  # noqa: E402
from cluster import ClusterError, program_folder  # noqa: E402
from disk_watch import DiskWatch  # noqa: E402
from matrix_scene import LOST, NOT_APPLIED, UNKNOWN, Scene, what_was_said  # noqa: E402

MODULES = ("partition_moves", "partition_operations", "partition_kills", "partition_pause",
           "partition_cuts")
SHOWN = 20  # Failed requests.
TRIES = 3   # Of a case, while the disk stands still.
WRONG = ("missing", "denied", "repeated", "never_sent", "misplaced", "altered")


def all_cases(options):
    """{name: Case} of all modules, in their order."""
    table = {}
    for module in MODULES:
        table.update(importlib.import_module(module).cases(options))
    return table


def verdict(failure):
    """Of a line of mesh-load's: LOST, or what its answer said."""
    if failure["status"] == 0:
        return LOST
    return what_was_said(f"{failure['status']} {failure['said']}")


class Matrix:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.faults = []
        self.result = {"cases": 0, "kills": 0, "writes_checked": 0, "lost": 0, "doubled": 0,
                       "wrong_reads": 0, "failed_requests": 0, "longest_pause_ms": 0,
                       # Of cases with a kill or a cut, apart: by what was said.
                       "failed_by_kills": {}, "answered_when_asked_again": 0, "requests": 0,
                       # What the machine could serve of the rate, at worst.
                       "least_percent_of_rate": 100, "never_sent": 0, "skipped": 0,
                       # Runs of a case that were done again: the disk stood still.
                       "disturbed": 0,
                       "figures": {}}
        self.blocked = []

    def run(self, name, case):
        if why_not := case.why_not():
            self.result["skipped"] += 1
            return print(f"skipped: {name}: {why_not}", file=sys.stderr, flush=True)
        for tries_left in reversed(range(TRIES)):
            if self.once(name, case, may_repeat=tries_left > 0):
                return None

    def once(self, name, case, may_repeat):
        """False if what the load was told does not count, because the disk stood still."""
        options = self.options
        with case.open(options) as cluster, DiskWatch(cluster.folder) as disk:
            cluster.add_frontend("second").keep_ports()
            # A seed of its own, so that a case alone does what it does among all.
            scene = Scene(name, options, cluster, random.Random(f"{options.seed} {name}"))
            try:
                # Ten entries for each account, by chance.
                scene.load(name, options.rate, options.accounts, options.accounts * 10,
                           connections=case.connections(options))
                case.run(scene)
                for load in scene.loads:
                    scene.end_load(load)
                counts = not (may_repeat and self.excused(scene, case, disk))
                if counts:
                    case.judge(scene)
                for report in scene.reports:
                    self.judge_reads(scene, report)
                    if counts:
                        self.judge(scene, case, report)
                for load in scene.loads:
                    self.compare(scene, load.verify())
            finally:
                for load in scene.loads:
                    load.stop()
            self.end(scene, counts)
            cluster.failed = bool(scene.faults)
        return counts

    def excused(self, scene, case, disk):
        """Whether requests failed that may not, and the disk stood still for each of them."""
        failed = self.failures(scene, case)
        return bool(failed) and all(
            verdict(one) in (NOT_APPLIED, UNKNOWN) and
            disk.stood_still(one["sentMs"], one["endedMs"]) for one in failed)

    @staticmethod
    def failures(scene, case):
        """Of requests that failed and may not: what mesh-load says of each."""
        return [one for load in scene.loads for one in load.failures()
                if verdict(one) not in case.may_fail]

    def judge_reads(self, scene, report):
        self.result["wrong_reads"] += sum(report["wrong_reads"].values())
        if report["wrong_reads"]:
            scene.fault(f"wrong reads: {report['wrong_reads']}")

    def judge(self, scene, case, report):
        """What a load was told while it ran."""
        failed = collections.Counter()
        for told, number in report["said"].items():
            failed[what_was_said(told)] += number
        for where, number in report["lost_at"].items():
            failed[LOST if where in scene.may_lose else f"lost at {where}"] += number
        if bad := {told: number for told, number in failed.items() if told not in case.may_fail}:
            scene.fault(f"requests failed: {bad}")
            self.show_failures(scene, case)
        if report["again_failed"]:
            scene.fault(f"asked again in vain: {report['again_failed']}")
        self.count(case, report, failed)
        if self.options.verbose:
            print(f"{scene.name}: failed {dict(failed)}, longest "
                  f"{report['latency_us']['max'] // 1000} ms, {report['requests_per_second']}/s, "
                  f"never sent {report['never_sent']}", file=sys.stderr, flush=True)

    def show_failures(self, scene, case):
        """Those that may not be, whole, so that nobody must run it again to learn more."""
        for one in self.failures(scene, case)[:SHOWN]:
            print(f"{scene.name}: {one}", file=sys.stderr, flush=True)

    def count(self, case, report, failed):
        result = self.result
        result["requests"] += report["succeeded"] + report["failed"]
        result["least_percent_of_rate"] = min(
            result["least_percent_of_rate"], 100 * report["requests_per_second"] // report["rate"])
        result["never_sent"] += report["never_sent"]
        result["answered_when_asked_again"] += report["again_succeeded"]
        result["longest_pause_ms"] = max(result["longest_pause_ms"],
                                         report["latency_us"]["max"] // 1000)
        if not case.may_fail:
            result["failed_requests"] += sum(failed.values())
        for told in failed if case.may_fail else ():
            counts = result["failed_by_kills"]
            counts[told] = counts.get(told, 0) + failed[told]

    def compare(self, scene, found):
        """What is there, and what the journal says."""
        result = self.result
        result["writes_checked"] += found["acknowledged"]
        result["lost"] += found["missing"]
        # Whoever was told that nothing was applied asks anew, and has it twice.
        result["doubled"] += found["repeated"] + found["denied"]
        result["wrong_reads"] += found["never_sent"] + found["misplaced"] + found["altered"]
        if any(found[fault] for fault in WRONG):
            scene.fault(found)

    def end(self, scene, counts):
        self.result["cases" if counts else "disturbed"] += 1
        self.result["kills"] += scene.kills
        self.blocked += scene.blocked
        self.faults += scene.faults
        if scene.figures:
            self.result["figures"][scene.name] = scene.figures
        if self.options.verbose:
            print(f"{scene.name}: {scene.kills} kills, blocked {scene.blocked} ms, "
                  f"{scene.figures} {scene.faults}", file=sys.stderr, flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cases", default="", help="names, separated by commas, in which * stands for "
                                                    "any letters (all)")
    parser.add_argument("--list", action="store_true", help="only tell the names")
    parser.add_argument("--sample", type=int, default=0, help="besides, so many of those with a kill or a cut, by chance")
    parser.add_argument("--among", default="", help="names of which the sample is taken, as --cases")
    parser.add_argument("--rounds", type=int, default=100, help="moves of the one account (100)")
    parser.add_argument("--times", type=int, default=3, help="that each kill is tried (3)")
    parser.add_argument("--accounts", type=int, default=40, help="that the load uses (40)")
    parser.add_argument("--rate", type=int, default=500, help="requests in a second (500)")
    parser.add_argument("--mix", default="upload=3,status=2,download=1", help="of what (%(default)s)")
    parser.add_argument("--bytes-per-second", type=int, default=2_000_000,
                        help="of a copy (2000000)")
    parser.add_argument("--pause-bytes-per-second", type=int, default=32 << 20,
                        help="of a copy in the case `pause`: as back ends do it (33554432)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance (1)")
    parser.add_argument("--bin", default=None, help="folder of the programs (MESH_BIN)")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--verbose", action="store_true", help="tell what each case found")
    return parser.parse_args()


def matching(table, patterns):
    """Names of cases that match one of several, in their order there."""
    names = []
    for pattern in filter(None, patterns.split(",")):
        if not (found := fnmatch.filter(table, pattern)):
            raise ClusterError(f"no such case: {pattern}")
        names += found
    return names


def choose(table, options, chance):
    names = matching(table, options.cases)
    if not options.sample:
        return names or list(table)
    # Of those with a kill or a cut: there are many, and they are alike.
    among = matching(table, options.among) or list(table)
    others = [name for name in among if table[name].may_fail and name not in names]
    return names + chance.sample(others, min(options.sample, len(others)))


def main():
    options = parse_arguments()
    if not etcd.installed():
        print("skipped: etcd is not installed")
        return 77
    options.bin = Path(options.bin).resolve() if options.bin else program_folder()
    matrix, table = Matrix(options), all_cases(options)
    names = choose(table, options, matrix.random)
    if options.list:
        print("\n".join(names))
        return 0
    if any(table[name].hosts for name in names):
        namespace.enter()
    for name in names:
        matrix.run(name, table[name])
    if matrix.result["skipped"] == len(names):
        return 77
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
