"""The service of deploy/kubernetes as its manifests say: every pod started with exactly its command,
environment, files, user and ports, probed over its paths, under the network policies, with a real etcd of
three members."""

import subprocess
import sys
import unittest

import world
from cluster import await_condition
from manifests import NAMESPACE, base_workloads, direct_backend
from world import BACK_ENDS, DOMAIN, SERVED, World


class FirstStartTest(unittest.TestCase):
    def test_nobody_is_ready_before_there_is_a_map_and_all_are_then(self):
        with World(base_workloads()["mesh-backend"]) as service:
            self.await_everybody_waits(service)
            self.assertEqual(service.init_map()[0], 0)
            service.await_ready(*SERVED)
            alice = service.device("alice", service.pods["mesh-frontend-0"])
            alice.do("account", "create", f"alice@{DOMAIN}")
            self.assertEqual(alice.do("status")["account"], f"alice@{DOMAIN}")
            status, _, complaint = service.init_map()
            self.assertEqual((status, "already" in complaint), (3, True))
            self.assertEqual([pod.stop() for name in reversed(SERVED) for pod in service.of(name)],
                             [0] * (BACK_ENDS + 1))

    def await_everybody_waits(self, service):
        """Alive, started as far as that is asked, and not ready."""
        service.start("mesh-etcd", "mesh-admin", *SERVED)
        service.await_ready("mesh-etcd")
        for pod in (pod for name in SERVED for pod in service.of(name)):
            for kind, *_ in pod.workload.probes("startupProbe", "livenessProbe"):
                await_condition(f"{pod.name}: {kind}",
                                lambda pod=pod, kind=kind: pod.says(kind) == 200)
            self.assertEqual(pod.says("readinessProbe"), 503)


class DirectTest(unittest.TestCase):
    """The overlay `direct`: one service for all tests, none of which changes it for others."""

    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(World(direct_backend()))
        cls.service.serve()

    def test_back_ends_are_where_they_say(self):
        def registered():
            nodes = {one["name"]: one for one in self.service.admin("nodes")["nodes"]}
            return all("record" in one for one in nodes.values()) and nodes
        node = await_condition("registrations", registered)["mesh-backend-1"]["record"]
        self.assertEqual(node["address"], f"mesh-backend-1.mesh-backend.{NAMESPACE}.svc:9201")
        self.assertEqual(node["directHost"], f"mesh-backend-1.{DOMAIN}")
        self.assertEqual(node["zone"], "zone-1")

    def test_devices_are_served_by_front_ends_and_by_back_ends(self):
        for number in range(BACK_ENDS):
            address = f"bob-{number}@{DOMAIN}"
            back = self.service.device(f"bob-{number}", self.service.pods[f"mesh-backend-{number}"])
            back.do("account", "create", address)
            there = self.service.device(f"bob-{number}", self.service.pods["mesh-frontend-0"])
            self.assertEqual(there.do("status")["account"], address)

    def test_a_member_of_etcd_may_be_away(self):
        member = self.service.pods["mesh-etcd-0"]
        member.process.kill()
        epoch = self.service.admin("map", "show")["map"]["epoch"]
        self.service.admin("map", "add-partition", "--id", 100, "--back-end", "mesh-backend-0")
        self.assertEqual(self.service.admin("map", "show")["map"]["epoch"], epoch + 1)
        member.start()
        member.await_ready()

    def test_what_no_policy_allows_does_not_pass(self):
        """A way that is shut, and one beside it that is open."""
        front = self.service.pods["mesh-frontend-0"]
        etcd = self.service.pods["mesh-etcd-1"].address
        self.assertEqual(self.connects(front, etcd, 2380), False)
        self.assertEqual(self.connects(front, etcd, 2379), True)

    def connects(self, pod, address, port):
        attempt = f"import socket; socket.create_connection(('{address}', {port}), 30)"
        done = subprocess.run(["ip", "netns", "exec", pod.name, sys.executable, "-c", attempt],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              check=False)
        self.assertTrue(done.returncode == 0 or "ConnectionRefused" in done.stderr, done.stderr)
        return done.returncode == 0


if __name__ == "__main__":
    world.main()
