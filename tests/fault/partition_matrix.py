#!/usr/bin/env python3
"""Moves accounts between back ends under checked load, and kills whom it may concern.

Real processes and a real etcd. mesh-load writes all the time, its retries off; its journal says
what was acknowledged. After each case everything in it is downloaded and compared: every
acknowledged entry must be there once, nothing else may be. A case says what requests that failed may
have been told; without a kill or a cut none may fail.

    partition-matrix --json                  all cases; ends with one JSON object
    partition-matrix --cases slots,account   some of them
    partition-matrix --list                  their names

Cases stand in files of their own, MODULES; matrix_scene.py says how to write one.

Exit codes: 0 all good, 1 a fault was found or a case could not be run to its end, 77 this machine
has no etcd.
"""

import argparse
import importlib
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import etcd  # noqa: E402
from cluster import ClusterError, program_folder  # noqa: E402
from matrix_scene import Load, Scene  # noqa: E402

MODULES = ("partition_moves",)
WRONG = ("missing", "repeated", "never_sent", "misplaced", "altered")


def all_cases(options):
    """{name: Case} of all modules, in their order."""
    table = {}
    for module in MODULES:
        table.update(importlib.import_module(module).cases(options))
    return table


class Matrix:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.faults = []
        self.result = {"cases": 0, "kills": 0, "writes_checked": 0, "lost": 0, "doubled": 0,
                       "wrong_reads": 0, "failed_requests": 0, "longest_pause_ms": 0,
                       "skipped": 0}
        self.blocked = []

    def run(self, name, case):
        if why_not := case.why_not():
            self.result["skipped"] += 1
            return print(f"{name} skipped: {why_not}", file=sys.stderr, flush=True)
        with case.open(self.options) as cluster:
            cluster.add_frontend("second").keep_ports()
            load = Load(cluster, self.options, name)
            scene = Scene(name, self.options, cluster, load, self.random)
            try:
                case.run(scene)
                report, found = load.finish()
            finally:
                load.stop()
            self.judge(scene, case, report, found)
            cluster.failed = bool(scene.faults)

    def judge(self, scene, case, report, found):
        self.count(scene, report, found)
        failed = sum(sum(action["refused"].values()) + action["lost"]
                     for action in report["actions"].values())
        if not case.may_fail:
            self.result["failed_requests"] += failed
            if failed:
                scene.fault(f"{failed} requests failed: {report['actions']}")
        if any(found[fault] for fault in WRONG):
            scene.fault(found)
        self.faults += scene.faults

    def count(self, scene, report, found):
        result = self.result
        result["cases"] += 1
        result["kills"] += scene.kills
        result["writes_checked"] += found["acknowledged"]
        result["lost"] += found["missing"]
        result["doubled"] += found["repeated"]
        result["wrong_reads"] += found["never_sent"] + found["misplaced"] + found["altered"]
        longest = max(action["latency_us"]["max"] for action in report["actions"].values()) // 1000
        result["longest_pause_ms"] = max(result["longest_pause_ms"], longest)
        self.blocked += scene.blocked
        if self.options.verbose:
            print(f"{scene.name}: {json.dumps(found)} failed {report['failed']} longest "
                  f"{longest} ms, {report['requests_per_second']}/s", file=sys.stderr, flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cases", default="", help="names, separated by commas (all)")
    parser.add_argument("--list", action="store_true", help="only tell the names")
    parser.add_argument("--sample", type=int, default=0, help="so many of them, by chance (all)")
    parser.add_argument("--rounds", type=int, default=100, help="moves of the one account (100)")
    parser.add_argument("--accounts", type=int, default=40, help="that the load uses (40)")
    parser.add_argument("--rate", type=int, default=500, help="requests in a second (500)")
    parser.add_argument("--mix", default="upload=3,status=2,download=1", help="of what (%(default)s)")
    parser.add_argument("--bytes-per-second", type=int, default=2_000_000,
                        help="of a copy (2000000)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance (1)")
    parser.add_argument("--bin", default=None, help="folder of the programs (MESH_BIN)")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--verbose", action="store_true", help="tell what each case found")
    return parser.parse_args()


def choose(table, options, chance):
    names = [name for name in options.cases.split(",") if name] or list(table)
    if unknown := [name for name in names if name not in table]:
        raise ClusterError(f"no such case: {', '.join(unknown)}")
    return chance.sample(names, min(options.sample, len(names))) if options.sample else names


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
