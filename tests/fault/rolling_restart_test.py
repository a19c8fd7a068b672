#!/usr/bin/env python3
"""Restarts everything, one program after another, under a load that tries nothing twice: no request
may fail, nothing acknowledged may be lost.

Two front ends and two back ends; mesh-load keeps connections to both front ends, and takes the
other one when a connection ends. Each program gets SIGTERM, drains, and is started again on its
ports; the next one follows when it is ready. Back ends that drain answer what they have taken and send
back what they have not, so front ends ask nothing again without knowing what became of it; with --bare
requests could not be asked again, for want of a RequestID. Then front ends are left alone: who meets one
that is just closing an idle connection asks again, and that is the client's to do. With --kill back ends get SIGKILL
instead: what they had in hand is asked again by the front ends, under the same RequestID, and
applied once.

Exit codes: 0 no request failed and everything is there, 1 otherwise.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import Cluster, await_condition, program_folder  # noqa: E402

VERIFY_SECONDS = 120


class Load:
    def __init__(self, cluster, options):
        self.cluster, self.journal = cluster, cluster.folder / "journal"
        targets = [cluster.port, *(p.served for p in cluster.more_frontends)]
        self.common = [str(program_folder() / "mesh-load"), "--ca", str(cluster.certificate),
                       "--json", "--quiet", "--authenticate", "none" if options.bare else "ticket",
                       "--accounts", "64",
                       "--journal", str(self.journal)]
        for port in targets:
            self.common += ["--connect", f"127.0.0.1:{port}"]
        self.child = subprocess.Popen(
            [*self.common, "--connections", "32", "--rate", str(options.rate), "--mix",
             "upload=2,status=1", "--duration", "10m"], stdout=subprocess.PIPE, text=True)
        await_condition("the load", lambda: self.done() > 2 * options.rate, 120)

    def done(self):
        return self.count("mesh_requests_total", code="201")

    def count(self, metric, **labels):
        return sum(p.metric(metric, **labels) or 0
                   for p in (self.cluster.frontend, *self.cluster.more_frontends) if p.running())

    def finish(self):
        self.child.terminate()
        output, _ = self.child.communicate(timeout=60)
        return json.loads(output.splitlines()[-1])

    def verify(self):
        run = subprocess.run([*self.common, "--connections", "16", "--verify-only"],
                             stdout=subprocess.PIPE, timeout=VERIFY_SECONDS, check=False, text=True)
        return {**json.loads(run.stdout.splitlines()[-1]), "good": run.returncode == 0}


def restart_frontend(cluster, number):
    """By its number among the front ends; the first is 0."""
    if number == 0:
        cluster.frontend.stop()
        return cluster.start_frontend()
    process = cluster.more_frontends[number - 1]
    process.stop()
    process.start()
    return await_condition("ready", lambda: process.metric("mesh_map_epoch"))


def restart_backend(cluster, name, kill):
    if kill:
        cluster.kill_backend(name)
    else:
        cluster.backends[name].stop()
    cluster.start_backend(name)


def run(options):
    with Cluster(reference=options.bare, frontend_flags=["--account-rate", "0"]) as cluster:
        cluster.add_frontend("second").keep_ports()
        load = Load(cluster, options)
        for _ in range(options.rounds):
            for number in (() if options.kill or options.bare else (0, 1)):
                restart_frontend(cluster, number)
                time.sleep(options.pause)
            for name in ("b1", "b2"):
                restart_backend(cluster, name, options.kill)
                time.sleep(options.pause)
        # Of front ends since their own restart, which came before the back ends'.
        repeated = load.count("mesh_router_repeats_total")
        drained = load.count("mesh_hop_drains_total")
        report, found = load.finish(), load.verify()
    failed = report["failed"]
    blind = not options.kill and (repeated > 0 or drained == 0)
    result = {"rounds": options.rounds, "kills": 2 * options.rounds if options.kill else 0,
              "requests": report["succeeded"], "failed_requests": failed,
              "repeated": repeated, "drained_streams": drained,
              "actions": {n: {k: a[k] for k in ("refused", "lost")}
                          for n, a in report["actions"].items()},
              "longest_ms": max(a["latency_us"]["max"] for a in report["actions"].values()) / 1000,
              "verified": found}
    print(json.dumps(result))
    return 0 if failed == 0 and found["good"] and not blind else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--rate", type=int, default=500, help="requests per second")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two restarts")
    parser.add_argument("--kill", action="store_true", help="SIGKILL back ends instead")
    parser.add_argument("--bare", action="store_true", help="bare requests, not sealed ones")
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
