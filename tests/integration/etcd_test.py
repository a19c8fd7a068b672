"""A cluster whose map is in etcd: what a map change does, and that nobody notices when etcd is
killed, frozen, slow, wiped and restored. Real processes, a real etcd."""

import json
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

from mesh_program import Device, REFUSED, address_on

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import etcd  # noqa: E402
from cluster import Cluster, admin_get, await_condition, program_folder  # noqa: E402

EPOCH = "mesh_map_epoch"
# Long enough for a process to be ready if it ever will be, and no condition can say so.
QUIET_SECONDS = 2


class EtcdTest(unittest.TestCase):
    """Each test has a cluster of its own, because each breaks it."""

    backend_flags = ()
    etcd_tls = False

    def setUp(self):
        self.cluster = Cluster(etcd=True, etcd_tls=self.etcd_tls, backend_flags=self.backend_flags,
                               frontend_flags=["--no-forwarding"])
        self.cluster.__enter__()
        self.addCleanup(self.leave)

    def leave(self):
        self.cluster.__exit__(None, None, None)

    def device(self, name="device"):
        return Device(self.cluster.folder / f"home-{name}", self.cluster.port,
                      self.cluster.certificate)

    def account_on(self, backend, name="alice"):
        """A device with an account that lives on `backend`."""
        device = self.device(name)
        device.do("account", "create", address_on(self.cluster, backend, name))
        return device

    def admin(self, *arguments):
        """What `mesh-admin ARGUMENTS --json` says; it must go well."""
        run = subprocess.run([str(part) for part in (program_folder() / "mesh-admin",
                                                     *self.cluster.etcd_flags, *arguments,
                                                     "--json")],
                             stdout=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stdout)
        return json.loads(run.stdout)

    def await_epoch(self, epoch):
        for process in (None, *self.cluster.backends):
            await_condition(f"epoch {epoch} at {process or 'the front end'}",
                            lambda who=process: self.cluster.metric(EPOCH, who) == epoch)

    def ready(self, process):
        return admin_get(process.ports()["admin"], "/readyz")[0] == 200


class MapTest(EtcdTest):
    def test_a_change_of_the_map_needs_no_restart(self):
        self.account_on("b1").do("status")
        self.cluster.put_map()
        self.await_epoch(2)

    def test_a_back_end_that_is_added_gets_its_accounts(self):
        self.cluster.backend_ports["b3"] = None
        self.cluster.start_backend("b3", ready=False)
        self.assertFalse(self.cluster.backends["b3"].port_file.exists())
        self.admin("map", "add-partition", "--id", 3, "--back-end", "b3")
        self.cluster._await_backend("b3")
        await_condition("its registration", lambda: self.cluster.etcd_key("nodes/b3")
                        in self.cluster.entries())
        # No slot is its own: a pin leads there.
        address = "carol@example.com"
        self.cluster.etcd.commit({self.cluster.etcd_key("epoch"): "3",
                                  self.cluster.etcd_key(f"pins/{address}"): "3"})
        self.await_epoch(3)
        device = self.device()
        await_condition("an account there",
                        lambda: device.mesh("account", "create", address).exit == 0)
        self.assertGreater(self.cluster.metric("mesh_backend_commits_total", "b3"), 0)

    def streams(self, backend):
        return self.cluster.metric("mesh_backend_streams", backend)

    def test_front_ends_let_go_of_a_back_end_that_left_the_map(self):
        self.cluster.backend_ports["b3"] = None
        self.cluster.start_backend("b3", ready=False)
        for _ in range(2):  # Under the same name, at the same address.
            self.admin("map", "add-partition", "--id", 3, "--back-end", "b3")
            self.cluster._await_backend("b3")
            await_condition("front ends are connected", lambda: self.streams("b3"))
            of_all = self.streams("b1")
            self.admin("map", "remove-partition", "--id", 3)
            await_condition("none is connected", lambda: self.streams("b3") == 0)
            self.assertEqual(self.streams("b1"), of_all)
        self.cluster.backends["b3"].stop()
        self.account_on("b1").do("status")
        self.assertEqual(self.cluster.metric("mesh_hop_reconnects_total"), 0)

    def opened(self, backend):
        return self.cluster.metric("mesh_backend_partitions_opened_total", backend) == 1

    def test_a_back_end_that_runs_opens_what_is_added_for_it(self):
        self.admin("map", "add-partition", "--id", 3, "--back-end", "b1")
        await_condition("the partition", lambda: self.opened("b1"))
        address = "carol@example.com"
        self.cluster.etcd.commit({self.cluster.etcd_key("epoch"): "3",
                                  self.cluster.etcd_key(f"pins/{address}"): "3"})
        self.await_epoch(3)
        self.device().do("account", "create", address)
        log_index = self.cluster.backends["b1"].metric("mesh_backend_log_index", partition="3")
        self.assertGreater(log_index, 0)

    def test_a_partition_that_cannot_be_opened_is_told_and_tried_again(self):
        blocker = self.cluster.folder / "b1" / "data" / "3"
        blocker.write_text("a file where a folder should be")
        self.admin("map", "add-partition", "--id", 3, "--back-end", "b1")
        address = "carol@example.com"
        self.cluster.etcd.commit({self.cluster.etcd_key("epoch"): "3",
                                  self.cluster.etcd_key(f"pins/{address}"): "3"})
        self.await_epoch(3)
        await_condition("a failure", lambda: self.cluster.metric(
            "mesh_backend_partition_open_failures_total", "b1"))
        self.assertIn("cannot be opened", self.cluster.backends["b1"].log.read_text())
        self.assertEqual(self.cluster.metric("mesh_backend_partitions_waiting", "b1"), 1)
        # Requests for it wait at the front end meanwhile.
        made = []
        client = threading.Thread(target=lambda: made.append(
            self.device().mesh("account", "create", address)))
        client.start()
        await_condition("a request that is held", lambda: self.cluster.frontend.metric(
            "mesh_router_holds_total", obstacle="opening"))
        blocker.unlink()
        await_condition("the partition", lambda: self.opened("b1"))
        client.join()
        self.assertEqual(made[0].exit, 0, made[0].err)

    def test_an_older_map_is_refused(self):
        self.cluster.put_map()
        self.await_epoch(2)
        self.cluster.etcd.commit({self.cluster.etcd_key("epoch"): "1"})
        await_condition("a refusal", lambda: self.cluster.metric("mesh_map_refused_total"))
        self.assertEqual(self.cluster.metric(EPOCH), 2)


class AdminTest(EtcdTest):
    def test_the_map_is_made_once(self):
        text = self.cluster.map_file.read_text()
        self.cluster.etcd.commit({self.cluster.etcd_key("epoch"): None,
                                  self.cluster.etcd_key("map"): None})
        self.admin("map", "init", "--file", self.cluster.map_file)
        again = self.init_of_text(text)
        self.assertEqual(again.returncode, 3)
        self.assertIn("already", again.stderr)
        shown = self.admin("map", "show")["map"]
        self.assertEqual(shown["slotKey"], json.loads(text)["slotKey"])
        self.assertEqual([one["slots"] for one in shown["partitions"]],
                         [[[0, 8191]], [[8192, 16383]]])

    def init_of_text(self, text):
        """With the map on standard input."""
        command = [program_folder() / "mesh-admin", *self.cluster.etcd_flags, "map", "init",
                   "--file", "-"]
        return subprocess.run([str(part) for part in command], input=text, capture_output=True,
                              text=True, timeout=60, check=False)

    def test_a_map_may_come_on_standard_input(self):
        self.cluster.etcd.commit({self.cluster.etcd_key("epoch"): None,
                                  self.cluster.etcd_key("map"): None})
        self.assertEqual(self.init_of_text("{").returncode, 2)
        self.assertEqual(self.init_of_text(self.cluster.map_file.read_text()).returncode, 0)
        self.assertEqual(self.admin("map", "show")["map"]["epoch"], 1)

    def removal(self, partition):
        command = [program_folder() / "mesh-admin", *self.cluster.etcd_flags, "map",
                   "remove-partition", "--id", partition]
        run = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                             timeout=60, check=False)
        return run.returncode, run.stderr

    def test_only_an_empty_partition_can_be_taken_out_of_the_map(self):
        status, complaint = self.removal(2)
        self.assertEqual((status, "has accounts" in complaint), (3, True))
        status, complaint = self.removal(9)
        self.assertEqual((status, "there is no partition 9" in complaint), (3, True))
        self.admin("map", "add-partition", "--id", 3, "--back-end", "b3")
        self.cluster.etcd.commit({self.cluster.etcd_key("epoch"): "3",
                                  self.cluster.etcd_key("pins/carol@example.com"): "3"})
        self.assertEqual(self.removal(3)[0], 3)
        self.cluster.etcd.commit({self.cluster.etcd_key("epoch"): "4",
                                  self.cluster.etcd_key("pins/carol@example.com"): None})
        self.assertEqual(self.removal(3)[0], 0)
        shown = self.admin("map", "show")["map"]
        self.assertEqual([one["id"] for one in shown["partitions"]], [1, 2])
        self.assertEqual([one["name"] for one in shown["backEnds"]], ["b1", "b2"])

    def test_a_partition_that_a_move_goes_to_stays_in_the_map(self):
        self.admin("map", "add-partition", "--id", 3, "--back-end", "b3")
        self.admin("move", "slots", "0-9", "--to", 3)
        status, complaint = self.removal(3)
        self.assertEqual((status, "takes part in the move" in complaint), (3, True))

    def incidents(self):
        command = [program_folder() / "mesh-admin", *self.cluster.etcd_flags, "incidents"]
        run = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                             timeout=60, check=False)
        return run.returncode, run.stderr.splitlines()

    def test_a_back_end_that_cannot_be_asked_is_one_line(self):
        self.assertEqual(self.incidents(), (0, []))
        self.admin("map", "add-partition", "--id", 3, "--back-end", "b3")
        status, lines = self.incidents()
        self.assertEqual((status, len(lines)), (5, 1), lines)
        self.assertIn("back end b3 is not registered", lines[0])
        self.admin("map", "remove-partition", "--id", 3)
        self.cluster.kill_backend("b2")
        status, lines = self.incidents()
        self.assertEqual((status, len(lines)), (5, 1), lines)
        self.assertIn("cannot be reached", lines[0])

    def test_nodes_are_where_they_say(self):
        nodes = {one["name"]: one for one in self.admin("nodes")["nodes"]}
        self.assertEqual(set(nodes), {"b1", "b2"})
        for name, node in nodes.items():
            port = self.cluster.backend_ports[name]["listen"]
            self.assertEqual(node["record"]["address"], f"127.0.0.1:{port}")
            self.assertEqual(node["partitions"], 1)
            self.assertGreater(int(node["owner_lease_seconds"]), 3000)

    def test_a_route_is_explained(self):
        address = address_on(self.cluster, "b2", "bob")
        told = self.admin("route", "explain", address)
        self.assertEqual(told["partition"], 2)
        self.assertEqual(told["back_end"], "b2")
        self.assertEqual(told["registered"], "yes")
        self.assertEqual(told["pinned"], "no")
        self.assertEqual(told["owner_epoch"], 1)
        self.assertIn("held", told["lease"])


class EtcdTlsTest(EtcdTest):
    etcd_tls = True

    def test_etcd_is_spoken_to_over_tls(self):
        self.account_on("b1").do("status")
        self.cluster.put_map()
        self.await_epoch(2)


class EtcdAwayTest(EtcdTest):
    def test_a_front_end_starts_with_the_map_on_disk(self):
        device = self.account_on("b1")
        self.cluster.frontend.stop()
        self.cluster.etcd.kill()
        self.cluster.start_frontend()
        device.do("status")

    def test_a_front_end_without_a_map_is_not_ready_until_it_has_one(self):
        self.cluster.etcd.kill()
        process = self.cluster._frontend_process("frontend2", {"listen": 0, "admin": 0}, ())
        self.cluster.more_frontends.append(process)
        process.ports()
        time.sleep(QUIET_SECONDS)
        self.assertFalse(self.ready(process))
        self.cluster.etcd.start()
        await_condition("readiness", lambda: self.ready(process))

    def test_a_back_end_starts_again_within_its_lease(self):
        device = self.account_on("b1")
        self.cluster.etcd.kill()
        self.cluster.backends["b1"].stop()
        self.cluster.start_backend("b1")
        device.do("status")

    def test_a_back_end_that_waits_can_be_ended(self):
        self.cluster.etcd.kill()
        self.cluster.backend_ports["b3"] = None
        self.cluster.start_backend("b3", ready=False)
        time.sleep(QUIET_SECONDS)
        self.assertEqual(self.cluster.backends["b3"].stop(), 0)

    def test_nobody_notices(self):
        """Uploads and statuses, with no second try on the client's side."""
        command = [program_folder() / "mesh-load", "--connect", f"127.0.0.1:{self.cluster.port}",
                   "--ca", self.cluster.certificate, "--journal", self.cluster.folder / "journal",
                   "--json", "--quiet", "--authenticate", "ticket"]
        load = subprocess.Popen(
            [str(part) for part in (*command, "--connections", 8, "--accounts", 16, "--rate", 50,
                                    "--mix", "upload=3,status=1", "--duration", "40s")],
            stdout=subprocess.PIPE)
        self.addCleanup(load.kill)
        journal = self.cluster.folder / "journal"
        await_condition("the load", lambda: journal.exists() and b"ack " in journal.read_bytes())
        server = self.cluster.etcd
        server.kill()
        time.sleep(QUIET_SECONDS)
        server.start()
        server.freeze()
        time.sleep(QUIET_SECONDS)
        for _ in range(20):  # Slow: it runs a tenth of the time.
            server.thaw()
            time.sleep(0.02)
            server.freeze()
            time.sleep(0.18)
        server.thaw()
        server.kill()
        server.wipe()
        server.start()
        await_condition("a refusal", lambda: self.cluster.metric("mesh_map_refused_total"))
        cache = self.cluster.folder / "frontend" / "map-cache.json"
        self.assertEqual(self.admin("map", "restore", "--file", cache)["epoch"], 2)
        self.await_epoch(2)
        self.assertIsNone(load.poll(), "the load ended before the trouble did")
        report = json.loads(load.communicate(timeout=120)[0])
        self.assertEqual(load.returncode, 0)
        for action, tally in report["actions"].items():
            self.assertEqual(tally.get("refused", {}), {}, action)
            self.assertEqual(tally.get("lost", 0), 0, action)
        verify = subprocess.run([str(part) for part in (*command, "--verify-only")],
                                stdout=subprocess.PIPE, timeout=120, check=False)
        self.assertEqual(verify.returncode, 0, verify.stdout)


class OwnershipTest(EtcdTest):
    LEASE = 6
    backend_flags = ("--owner-lease", str(LEASE))

    def left(self, name="b1"):
        return self.cluster.metric("mesh_owner_lease_left_seconds", name)

    def says(self, path, name="b1"):
        return admin_get(self.cluster.backends[name].ports()["admin"], path)

    def test_an_owner_that_is_cut_off_stops_and_goes_on_when_it_is_not(self):
        device = self.account_on("b1")
        self.cluster.etcd.freeze()
        device.do("status")
        await_condition("the end of what the owner knows", lambda: self.left() == 0)
        self.assertEqual(self.says("/livez")[0], 200)
        status, why = self.says("/readyz")
        self.assertEqual((status, "cannot prove its lease" in why), (503, True))
        self.assertEqual(self.cluster.metric("mesh_ready", "b1"), 0)
        refused = device.mesh("status")
        self.assertEqual(refused.exit, REFUSED)
        self.assertIn("cannot prove its lease", refused.err)
        self.assertGreater(self.cluster.metric("mesh_backend_fenced_total", "b1"), 0)
        self.assertGreater(self.cluster.frontend.metric("mesh_router_holds_total",
                                                        obstacle="unproven"), 0)
        self.cluster.etcd.thaw()
        await_condition("ownership again", lambda: self.left() > 0)
        self.assertEqual(self.says("/readyz"), (200, "ready\n"))
        device.do("status")

    def test_an_owner_without_etcd_is_ready_as_long_as_its_lease_stands(self):
        self.cluster.etcd.kill()
        await_condition("a renewal that fails",
                        lambda: self.cluster.metric("mesh_etcd_membership_errors_total", "b1"))
        self.assertGreater(self.left(), 0)
        self.assertEqual(self.says("/readyz")[0], 200)

    def test_a_replacement_waits_for_the_end_of_the_lease(self):
        self.cluster.kill_backend("b1")
        data = self.cluster.folder / "b1" / "data"
        data.rename(data.with_name("data-before"))
        killed = time.monotonic()
        self.cluster.start_backend("b1", ready=False)
        log = self.cluster.backends["b1"].log
        await_condition("the refusal",
                        lambda: "held by another data directory" in log.read_text())
        self.assertIn(self.cluster.etcd_key("owners/b1"), self.cluster.entries())
        self.cluster._await_backend("b1")
        # The lease was renewed at most a tenth of it before the kill.
        self.assertGreater(time.monotonic() - killed, self.LEASE * 0.9 - 1)


if __name__ == "__main__":
    if not etcd.installed():
        print("etcd is not installed (packages.txt: etcd-server)")
        sys.exit(77)
    unittest.main()
