"""The runbooks of docs/OPERATIONS.md that change a cluster, with their commands, in the pods of
deploy/kubernetes: a back end is added and takes its share, one is emptied and taken away, etcd loses its
data and gets its map back. An account is used before and after each."""

import json
import re
import shutil
import unittest

import world
from cluster import SOURCE, admin_get, await_condition, sum_metric
from manifests import base_workloads
from world import DOMAIN, World

NEW = "mesh-backend-2"
CACHE = "/var/lib/mesh/map.json"
PARTITION = "100"


class RunbooksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(World(base_workloads()["mesh-backend"]))
        cls.service.serve()
        cls.front = cls.service.pods["mesh-frontend-0"]
        cls.alice = cls.service.device("alice", cls.front)
        cls.alice.do("account", "create", f"alice@{DOMAIN}")

    def served(self):
        self.assertEqual(self.alice.do("status")["account"], f"alice@{DOMAIN}")

    def slots_of(self, back_end):
        return sum(last - first + 1
                   for one in self.service.admin("map", "show")["map"]["partitions"]
                   if one["backEnd"] == back_end for first, last in one["slots"])

    def await_moves(self):
        """`moves --follow` goes on until somebody ends it."""
        status, _, complaint = self.service.pods["mesh-admin-0"].exec(
            "/usr/bin/timeout", "2", "mesh-admin", "moves", "--follow")
        self.assertEqual((status, complaint), (124, ""))
        await_condition("moves", lambda: not self.service.admin("moves")["moves"], 300)

    def await_registered(self, name):
        await_condition(f"{name} registers", lambda: any(
            one["name"] == name and "record" in one for one in self.service.admin("nodes")["nodes"]))

    def add_back_end(self):
        pod = self.service.add("mesh-backend", 2)
        pod.start()
        await_condition("the new back end lives", lambda: pod.says("livenessProbe") == 200)
        self.assertEqual(pod.says("readinessProbe"), 503)
        self.service.admin("map", "add-partition", "--id", PARTITION, "--back-end", NEW)
        pod.await_ready()
        self.await_registered(NEW)
        return pod

    def test_a_back_end_is_added_and_taken_away(self):
        pod = self.add_back_end()
        plan = self.service.admin("rebalance")
        self.assertFalse(plan["applied"])
        self.assertEqual(self.slots_of(NEW), 0)
        self.service.admin("rebalance", "--apply")
        self.await_moves()
        self.assertGreater(self.slots_of(NEW), 0)
        self.served()
        self.service.admin("evacuate", NEW)
        self.assertGreater(self.slots_of(NEW), 0)
        self.service.admin("evacuate", NEW, "--apply")
        self.await_moves()
        self.assertEqual(self.slots_of(NEW), 0)
        self.assertEqual(pod.stop(), 0)
        self.service.admin("map", "remove-partition", "--id", PARTITION)
        self.assertNotIn(NEW, [one["name"] for one in
                               self.service.admin("map", "show")["map"]["backEnds"]])
        await_condition("nobody waits for it",
                        lambda: self.metric(self.front, "mesh_hop_parked") == 0)
        self.served()

    def wipe_etcd(self):
        members = self.service.of("mesh-etcd")
        for member in members:
            member.process.kill()
        for member in members:
            shutil.rmtree(member.folder / "volumes" / "var-lib-etcd" / "data")
        for member in members:
            member.start()
        for member in members:
            member.await_ready()

    def metric(self, pod, name):
        status, text = admin_get(pod.workload.ports()["admin"], "/metrics", pod.address)
        return sum_metric(text, name) if status == 200 else None

    def test_etcd_loses_its_data_and_gets_its_map_back(self):
        slots = self.slots_of("mesh-backend-0")
        self.wipe_etcd()
        await_condition("the empty map is refused",
                        lambda: self.metric(self.front, "mesh_map_refused_total"))
        self.served()
        status, text, complaint = self.front.exec("cat", CACHE)
        self.assertEqual(status, 0, complaint)
        status, said, complaint = self.service.pods["mesh-admin-0"].exec(
            "mesh-admin", "map", "restore", "--file", "-", text=text)
        self.assertEqual(status, 0, complaint)
        epoch = self.service.admin("map", "show")["map"]["epoch"]
        self.assertGreater(epoch, json.loads(text)["epoch"])
        self.assertEqual(self.slots_of("mesh-backend-0"), slots)
        for pod in (self.front, *self.service.of("mesh-backend")[:2]):
            await_condition(f"{pod.name} has it",
                            lambda pod=pod: self.metric(pod, "mesh_map_epoch") == epoch)
        for number in range(2):
            self.await_registered(f"mesh-backend-{number}")
        self.served()


class PageTest(unittest.TestCase):
    """The page has these commands and no others, so that each has been tried."""

    TRIED = {"nodes", "map show", "map add-partition --id --back-end", "map restore --file",
             "map remove-partition --id", "rebalance", "rebalance --apply", "evacuate", "evacuate --apply", "moves --follow"}
    WORDS = {word for command in TRIED for word in command.split()}

    def test_commands_of_the_runbooks_were_tried(self):
        page = (SOURCE / "docs" / "OPERATIONS.md").read_text()
        section = page[page.index("## Runbooks"):page.index("## Keys and certificates")]
        written = re.findall(r"(?:`|^ +)admin ([^`\n<]*)", section, re.MULTILINE)
        self.assertEqual({self.without_values(command) for command in written}, self.TRIED)

    def without_values(self, command):
        return " ".join(part for part in command.split()
                        if part.startswith("--") or part in self.WORDS)


if __name__ == "__main__":
    world.main()
