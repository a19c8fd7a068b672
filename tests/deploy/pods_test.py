"""The service of deploy/kubernetes as its manifests say: every pod started with exactly its command,
environment, files, user and ports, probed over its paths, under the network policies, with a real etcd of
three members."""

import json
import subprocess
import sys
import unittest

import world
from cluster import admin_get, await_condition, program_folder, sum_metric
from manifests import NAMESPACE, base_workloads, direct_backend
from world import BACK_ENDS, DOMAIN, SERVED, World


class Load:
    """mesh-load at all front ends of a World, until it is told to end."""

    RATE, SECONDS = 50, 120

    def __init__(self, service):
        self.fronts = service.of("mesh-frontend")
        command = [program_folder() / "mesh-load", "--ca", service.made / "tls" / "tls.crt",
                   "--json", "--quiet", "--authenticate", "ticket", "--accounts", 8,
                   "--connections", 8, "--rate", self.RATE, "--mix", "upload=2,status=1",
                   "--journal", service.folder / "journal", "--duration", f"{self.SECONDS}s"]
        for pod in self.fronts:
            command += ["--connect", f"{pod.address}:8443"]
        self.child = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                                      text=True)

    def __enter__(self):
        self.await_more()
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def done(self):
        """Requests that the first front end, which stays, has answered well."""
        stays = self.fronts[0]
        _, text = admin_get(stays.workload.ports()["admin"], "/metrics", stays.address)
        return sum_metric(text, "mesh_requests_total", code="201") or 0

    def await_more(self):
        before = self.done()
        await_condition("requests", lambda: self.done() > before + 2 * self.RATE)

    def finish(self):
        self.child.terminate()
        output, _ = self.child.communicate(timeout=60)
        return json.loads(output.splitlines()[-1])


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

    def test_a_front_end_goes_and_nobody_notices(self):
        """Under a load that tries nothing twice, as the kubelet ends pods of an update."""
        pod = self.service.add("mesh-frontend", 1)
        pod.start()
        pod.await_ready()
        with Load(self.service) as load:
            self.assertEqual(pod.terminate(), 0)
            load.await_more()
            report = load.finish()
        self.assertEqual(report["failed"], 0, report)

    def test_a_pod_may_no_more_than_its_manifest_says(self):
        """What the other tests stand on."""
        pod = self.service.pods["mesh-backend-0"]
        self.assertEqual(pod.exec("/usr/bin/id", "-u")[1].strip(), "10001")
        self.assertEqual(pod.exec("/usr/bin/touch", "/var/lib/mesh/here")[0], 0)
        for place in ("/here", "/etc/here", "/usr/local/bin/here", "/etc/mesh/hop/here"):
            status, _, complaint = pod.exec("/usr/bin/touch", place)
            self.assertEqual((status, "Read-only" in complaint), (1, True), complaint)

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
