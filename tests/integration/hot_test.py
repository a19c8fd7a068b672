"""Hot accounts: one account has most requests, `mesh-admin hot` names it, it is pinned to the other
back end and the load goes there, it is let go of again; no request fails, nothing is lost. Real
processes, a real etcd."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

from mesh_program import owner_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import etcd  # noqa: E402
from cluster import DOMAIN, SLOTS, Cluster, await_condition, program_folder  # noqa: E402

# Exit codes of mesh-admin; `mesh-admin --help` documents them.
DONE, USAGE, REFUSED, UNREACHABLE, PARTIAL = 0, 2, 3, 4, 5
MOVE_SECONDS = 120
VERIFY_SECONDS = 120
RECEIVED = "mesh_backend_requests_received_total"


class Load:
    """mesh-load, so many requests in a second for accounts of one prefix, and its journal."""

    def __init__(self, cluster, prefix, accounts, rate):
        self.account = f"{prefix}-0@{DOMAIN}"
        journal = cluster.folder / f"journal-{prefix}"
        self.common = [program_folder() / "mesh-load", "--connect", f"127.0.0.1:{cluster.port}",
                       "--ca", cluster.certificate, "--journal", journal, "--json", "--quiet",
                       "--authenticate", "ticket", "--account-prefix", prefix]
        self.child = subprocess.Popen([str(part) for part in (
            *self.common, "--connections", 4, "--accounts", accounts, "--rate", rate,
            "--mix", "upload=2,status=1", "--duration", "600s")], stdout=subprocess.PIPE)
        await_condition("the load",
                        lambda: journal.exists() and b"\nack " in journal.read_bytes())

    def finish(self):
        """Ends it in order; its report, and what comparing with the journal found."""
        self.child.terminate()
        report = json.loads(self.child.communicate(timeout=60)[0])
        done = subprocess.run([str(part) for part in (*self.common, "--verify-only")],
                              stdout=subprocess.PIPE, timeout=VERIFY_SECONDS, check=False)
        return report, json.loads(done.stdout)


class HotTest(unittest.TestCase):
    """Each test has a cluster of its own, because each moves things in it."""

    def setUp(self):
        self.cluster = Cluster(etcd=True, frontend_flags=["--no-forwarding", "--account-rate", "0"])
        self.cluster.__enter__()
        self.addCleanup(self.cluster.__exit__, None, None, None)
        self.loads = []

    def load(self, name, accounts=1, rate=40):
        """One whose first account lives on b1."""
        prefix = next(p for p in (f"{name}{n}" for n in range(100))
                      if owner_of(self.cluster, f"{p}-0@{DOMAIN}") == "b1")
        load = Load(self.cluster, prefix, accounts, rate)
        self.addCleanup(load.child.kill)
        self.loads.append(load)
        return load

    def finish_loads(self):
        for load in self.loads:
            self.assertIsNone(load.child.poll(), "the load ended before its time")
            report, found = load.finish()
            for action, tally in report["actions"].items():
                self.assertEqual(tally.get("refused", {}), {}, action)
                self.assertEqual(tally.get("lost", 0), 0, action)
            self.assertGreater(found["acknowledged"], 0)
            for fault in ("missing", "repeated", "never_sent", "misplaced", "altered"):
                self.assertEqual(found[fault], 0, found)

    def run_admin(self, *arguments):
        """(exit code, object, standard error)"""
        run = subprocess.run([str(part) for part in (
            program_folder() / "mesh-admin", *self.cluster.etcd_flags, "--json", *arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=MOVE_SECONDS,
            check=False)
        return run.returncode, json.loads(run.stdout.splitlines()[-1]), run.stderr

    def admin(self, *arguments):
        code, said, err = self.run_admin(*arguments)
        self.assertEqual(code, DONE, f"{said} {err}")
        return said

    def hot(self, *arguments):
        return self.admin("hot", *arguments)["accounts"]

    def await_hottest(self, account, backend, pinned):
        def look():
            first = next(iter(self.hot("--by", "requests")), {})
            found = first.get("account") == account and first["back_end"] == backend
            return found and first["pinned"] == pinned and first
        return await_condition(f"{account} first, on {backend}", look)

    def await_moved(self):
        await_condition("the end of all moves", lambda: not self.admin("moves")["moves"],
                        MOVE_SECONDS)

    def received(self, backend):
        return self.cluster.metric(RECEIVED, backend)

    def test_a_hot_account_is_named_pinned_and_let_go_of(self):
        account = self.load("hot").account
        self.load("rest", accounts=30, rate=15)
        first = self.await_hottest(account, "b1", False)
        await_condition("its rate", lambda: self.hot("--node", "b1", "--limit", 1)[0]
                        ["requests_per_second"] > 20)
        self.assertEqual([one["account"] for one in self.hot("--node", "b1", "--limit", 1)],
                         [account])
        self.assertNotIn(account, [one["account"] for one in self.hot("--node", "b2")])
        shares = {s["back_end"]: s["before_percent"] for s in self.admin("rebalance")["shares"]}
        self.assertGreater(shares["b1"], shares["b2"])

        def registered():
            nodes = {one["name"]: one["record"]["requests"] for one in self.admin("nodes")["nodes"]}
            return nodes["b1"] > nodes["b2"] > 0
        await_condition("registered rates", registered)

        # Pinned to b2: its load goes there, at once and for good.
        self.admin("move", "account", account, "--to", "b2", "--wait")
        before = self.received("b2") - self.received("b1")
        await_condition("its load at the other back end",
                        lambda: self.received("b2") - self.received("b1") > before + 150)
        self.await_hottest(account, "b2", True)
        self.assertFalse(self.admin("move", "account", account, "--to", "b2")["changed"])
        self.assertNotIn("account", json.dumps(self.admin("rebalance")["moves"]))

        # Let go of: back to where its slot is, and pinned no more.
        self.admin("unpin", account, "--wait")
        self.await_hottest(account, "b1", False)
        self.assertFalse(self.admin("unpin", account)["changed"])

        # Pinned where it is: its slot moves without it, and it follows when it is let go of.
        self.await_moved()
        self.assertTrue(self.admin("move", "account", account, "--to", "b1")["changed"])
        self.admin("move", "slots", first["slot"], "--to", "b2", "--wait")
        self.await_hottest(account, "b1", True)
        self.await_moved()
        self.admin("unpin", account, "--wait")
        self.await_hottest(account, "b2", False)
        self.finish_loads()

    def test_of_two_hot_accounts_one_is_pinned_elsewhere_and_evacuated(self):
        hot = {self.load("hot-a").account, self.load("hot-b").account}
        self.load("rest", accounts=20, rate=5)

        def plan():
            said = self.admin("rebalance", "--hot")
            return [move for move in said["moves"] if move.get("account") in hot] and said
        said = await_condition("a plan", plan)
        self.assertFalse(said["applied"])
        self.assertEqual(len(said["moves"]), 1)
        self.assertEqual(self.admin("moves", "--all")["moves"], [])  # A plan, and no more.
        self.assertTrue(self.admin("rebalance")["hot_accounts"])
        said = self.admin("rebalance", "--hot", "--apply")
        pinned = said["moves"][0]["account"]
        self.await_moved()
        self.assertEqual(self.admin("route", "explain", pinned)["back_end"], "b2")

        # All off b2, with the pinned one; asked twice, begun once.
        first = self.admin("evacuate", "b2", "--apply")["moves"]
        self.assertIn(pinned, [move.get("account") for move in first])
        self.admin("evacuate", "b2", "--apply")
        self.await_moved()
        route = self.admin("route", "explain", pinned)
        self.assertEqual((route["back_end"], route["pinned"]), ("b1", "yes"))
        self.assertEqual(self.admin("map", "show")["map"]["partitions"][0]["slots"],
                         [[0, SLOTS - 1]])
        self.finish_loads()

    def test_a_back_end_that_is_away_is_named_and_the_rest_is_shown(self):
        account = self.load("hot").account
        self.await_hottest(account, "b1", False)
        self.cluster.kill_backend("b2")
        code, said, err = self.run_admin("hot")
        self.assertEqual(code, PARTIAL, err)
        self.assertEqual(said["accounts"][0]["account"], account)
        self.assertIn("back end b2", said["missing"][0])
        # A plan goes on with what it told etcd, and says so.
        code, said, _ = self.run_admin("rebalance")
        self.assertIn(code, (PARTIAL, REFUSED))  # Refused once it is registered no more.
        self.assertIn("back end b2", said["missing"][0])
        self.cluster.kill_backend("b1")
        code, said, err = self.run_admin("hot")
        self.assertEqual(code, UNREACHABLE, err)
        self.assertEqual(self.run_admin("hot", "--node", "b9")[0], USAGE)
        self.assertEqual(self.run_admin("unpin", "not an address")[0], USAGE)


if __name__ == "__main__":
    if not etcd.installed():
        print("etcd is not installed (packages.txt: etcd-server)")
        sys.exit(77)
    unittest.main()
