"""Every flag, path, port, probe and line of configuration in deploy/kubernetes, tried against the
programs: what --help knows, and then the programs themselves, started as the manifests say."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from cluster import Process, await_condition, program_folder  # noqa: E402
from manifests import (DEPLOY, KUBERNETES, Workload, base_workloads, conf_lines,  # noqa: E402
                       direct_backend, etcd_workload, folder_documents, help_of)
from mesh_program import Device  # noqa: E402
from pod import Pod, localized_map  # noqa: E402

MIB = 1 << 20
SUFFIXES = {"Mi": MIB, "Gi": 1 << 30}
# What a connection of a front end holds (31 KiB was measured for idle ones), and a process besides.
CONNECTION_BYTES = 48 * 1024
PROCESS_BYTES = 256 * MIB
# RocksDB's, per partition (docs/OPERATIONS.md, --write-buffer-bytes).
MEMTABLES = 8
PARTITIONS = 4


def flag_complaints(workload, helped):
    """What a container's arguments say that the program does not know."""
    known = set(re.findall(r"(?m)^ *(?:-\w,)?(--[a-z0-9-]+)", helped)) | set(
        re.findall(r"(--[a-z0-9-]+)", helped))
    return [f"{workload.name}: no flag {flag}" for flag in workload.flags() if flag not in known]


def port_complaints(workload):
    """Listening addresses without a port of the container, and ports that nobody listens on."""
    listened = {int(port) for text in workload.flags().values()
                for port in re.findall(r"0\.0\.0\.0:(\d+)", text)}
    shown = set(workload.ports().values())
    return [f"{workload.name}: port {port} is not in arguments and ports both"
            for port in sorted(listened ^ shown)]


def path_complaints(workload):
    """Paths in arguments and configuration that no volume holds."""
    mounts = workload.mounts()
    texts = list(workload.flags().values())
    for volume in mounts.values():
        if "configMap" in volume:
            name = volume["configMap"]["name"].removeprefix("mesh-") + ".conf"
            texts += conf_lines(workload.conf_file(name)).values()
    paths = [text for text in texts if text.startswith("/")]
    return [f"{workload.name}: nothing is mounted at {path}" for path in paths
            if not any(path == mount or path.startswith(mount + "/") for mount in mounts)]


def octets(quantity):
    return int(quantity[:-2]) * SUFFIXES[quantity[-2:]]


def front_bytes(conf):
    return int(conf["loops"]) * (int(conf["body-bytes-max"]) +
                                 int(conf["connections-max"]) * CONNECTION_BYTES)


def back_bytes(conf, partitions=PARTITIONS):
    return int(conf["block-cache-bytes"]) + partitions * (
        MEMTABLES * int(conf["write-buffer-bytes"]) + int(conf["queue-bytes"]))


class ManifestsTest(unittest.TestCase):
    def workloads(self):
        """(workload, its program)"""
        base = base_workloads()
        for workload in (*base.values(), direct_backend()):
            yield workload, program_folder() / workload.name
        if shutil.which("etcd"):
            yield etcd_workload(), "etcd"

    def test_programs_know_every_flag(self):
        for workload, program in self.workloads():
            self.assertEqual(flag_complaints(workload, help_of(program)), [])

    def test_ports_and_paths_fit(self):
        for workload, _ in self.workloads():
            self.assertEqual(port_complaints(workload) + path_complaints(workload), [])

    def test_faults_are_seen(self):
        manifest = base_workloads()["mesh-backend"].manifest
        container = manifest["spec"]["template"]["spec"]["containers"][0]
        container["args"] += ["--no-such-flag=1", "--tls-ca=/etc/elsewhere/ca.crt"]
        container["ports"][0]["containerPort"] = 9999
        spoilt = Workload(manifest, [KUBERNETES / "base"])
        self.assertEqual(flag_complaints(spoilt, help_of(program_folder() / "mesh-backend")),
                         ["mesh-backend: no flag --no-such-flag"])
        self.assertEqual(len(port_complaints(spoilt)), 2)
        self.assertEqual(len(path_complaints(spoilt)), 1)

    def test_there_is_time_to_drain(self):
        for workload, _ in self.workloads():
            if workload.name == "mesh-etcd":
                continue
            conf = conf_lines(workload.conf_file(workload.name.removeprefix("mesh-") + ".conf"))
            stop = workload.container.get("lifecycle", {}).get("preStop")
            wait = int(stop["exec"]["command"][1]) if stop else 0
            with self.subTest(workload.name):
                self.assertGreaterEqual(workload.pod["terminationGracePeriodSeconds"],
                                        wait + int(conf["drain-seconds"]) + 10)
                if stop:
                    self.assertTrue(Path(stop["exec"]["command"][0]).exists())

    def test_memory_limits_cover_the_configuration(self):
        for folder in (KUBERNETES / "base", KUBERNETES / "overlays" / "direct"):
            if folder.name == "base":
                for name, needed in (("frontend", front_bytes), ("backend", back_bytes)):
                    limit = base_workloads()[f"mesh-{name}"].container["resources"]["limits"]
                    conf = conf_lines(folder / f"{name}.conf")
                    self.assertGreaterEqual(octets(limit["memory"]), needed(conf) + PROCESS_BYTES)
            else:
                limit = direct_backend().container["resources"]["limits"]
                needed = (back_bytes(conf_lines(KUBERNETES / "base" / "backend.conf")) +
                          front_bytes(conf_lines(folder / "direct.conf")))
                self.assertGreaterEqual(octets(limit["memory"]), needed + PROCESS_BYTES)

    def test_the_smallest_overlay_is_sound_too(self):
        folder = KUBERNETES / "overlays" / "dev"
        self.assertLessEqual(front_bytes(conf_lines(folder / "frontend.conf")) + PROCESS_BYTES,
                             512 * MIB)
        self.assertLessEqual(back_bytes(conf_lines(folder / "backend.conf")) + PROCESS_BYTES,
                             1536 * MIB)

    def test_only_who_must_may_call(self):
        policies = {d["metadata"]["name"]: d["spec"]
                    for d in folder_documents(KUBERNETES / "base") if d["kind"] == "NetworkPolicy"}
        self.assertEqual(policies["deny"],
                         {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
        (hop,) = policies["mesh-backend"]["ingress"]
        self.assertEqual(hop["from"], [{"podSelector": {"matchExpressions": [
            {"key": "app.kubernetes.io/name", "operator": "In",
             "values": ["mesh-frontend", "mesh-admin"]}]}}])
        backend = base_workloads()["mesh-backend"]
        self.assertIn(hop["ports"][0]["port"], backend.ports())
        egress = {(port["protocol"], port["port"])
                  for rule in policies["mesh-frontend"]["egress"] for port in rule["ports"]}
        self.assertEqual(egress, {("TCP", backend.ports()["hop"]), ("TCP", 443), ("TCP", 53),
                                  ("UDP", 53)})


class RunningTest(unittest.TestCase):
    """The service of the overlays `dev` and `direct`: one back end, one front end."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mesh-test-deploy-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.pods = []
        self.addCleanup(self.stop)
        self.made = self.folder / "secrets"
        self.make_secrets(self.made)

    def make_secrets(self, folder, *more):
        return subprocess.run(
            [DEPLOY / "make-secrets", folder, "--domain", "example.com", "--back-ends", "1",
             "--direct", "--self-signed", "--bin", program_folder(), *more],
            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def stop(self):
        for pod in reversed(self.pods):
            pod.process.stop()
        self.pods.clear()

    def secrets(self, map_file):
        hop, tls = self.made / "hop", self.made / "tls"
        certificate = {"tls.crt": tls / "tls.crt", "tls.key": tls / "tls.key"}
        result = {"mesh-map": {"map.json": map_file}, "mesh-tls": certificate,
                  "mesh-tls-direct": certificate}
        for folder in ("keys", "ticket-keys"):
            result[f"mesh-{folder}"] = {f.name: f for f in (self.made / folder).iterdir()}
        for side in ("frontend", "backend"):
            result[f"mesh-hop-{side}"] = {"ca.crt": hop / "ca.crt", "tls.crt": hop / f"{side}.crt",
                                          "tls.key": hop / f"{side}.key"}
        return result

    def start(self, workload, map_file, extra=()):
        folder = self.folder / workload.name
        folder.mkdir()
        pod = Pod(workload, folder, program_folder() / workload.name, self.secrets(map_file),
                  extra)
        self.pods.append(pod)
        pod.await_ready()
        return pod

    def start_service(self, backend):
        """Both; the front end believes the certificate for the name that the map has for it."""
        back = self.start(backend, self.made / "map.json")
        address = f"127.0.0.1:{back.ports()['rpc']}"
        map_file = localized_map(self.made / "map.json", self.folder / "map.json", address)
        front = self.start(base_workloads()["mesh-frontend"], map_file,
                           ["--backend-tls-name", "mesh-backend-0.mesh-backend.mesh.svc"])
        return back, front

    def device(self, name, port):
        return Device(self.folder / name, port, self.made / "tls" / "tls.crt")

    def test_the_service_runs_as_its_manifests_say(self):
        back, front = self.start_service(base_workloads()["mesh-backend"])
        alice = self.device("alice", front.ports()["listen"])
        alice.do("account", "create", "alice@example.com")
        self.assertEqual(alice.do("status")["account"], "alice@example.com")
        self.assertEqual([pod.process.stop() for pod in (front, back)], [0, 0])

    def test_a_back_end_serves_devices_as_the_overlay_says(self):
        back, front = self.start_service(direct_backend())
        alice = self.device("alice", back.ports()["direct"])
        alice.do("account", "create", "alice@example.com")
        there = self.device("alice", front.ports()["listen"])
        self.assertEqual(there.do("status")["account"], "alice@example.com")

    def test_secrets_are_made_once(self):
        before = {f: f.read_bytes() for f in self.made.rglob("*") if f.is_file()}
        run = self.make_secrets(self.made)
        self.assertEqual(run.returncode, 1)
        self.assertIn("nothing is overwritten", run.stdout)
        self.assertEqual({f: f.read_bytes() for f in self.made.rglob("*") if f.is_file()}, before)
        self.assertTrue(all(f.stat().st_mode & 0o77 == 0 for f in before))


@unittest.skipIf(shutil.which("etcd") is None, "etcd is not on this machine")
class EtcdTest(unittest.TestCase):
    def test_etcd_takes_its_arguments(self):
        """All but the addresses of its peers, of which there are none here."""
        with tempfile.TemporaryDirectory(prefix="mesh-test-etcd-") as temporary:
            folder = Path(temporary)
            subprocess.run([DEPLOY / "make-secrets", folder / "secrets", "--domain", "example.com",
                            "--bin", program_folder()], check=True, stdout=subprocess.DEVNULL)
            workload, peer = etcd_workload(), "unix://peer:0"
            hop = folder / "secrets" / "hop"
            arguments = []
            for flag, value in workload.flags().items():
                if "urls" in flag:
                    value = "unix://client:0" if "client" in flag else peer
                    value = "http://127.0.0.1:0" if "metrics" in flag else value
                elif flag == "--initial-cluster":
                    self.assertEqual(len(value.split(",")), 3)
                    value = f"{workload.pod_name()}={peer}"
                value = value.replace("/etc/mesh/etcd/ca.crt", str(hop / "ca.crt"))
                value = value.replace("/etc/mesh/etcd/tls", str(hop / "etcd"))
                arguments.append(f"{flag}={value.replace('/var/lib/etcd', temporary)}")
            process = Process("etcd", ["etcd", *arguments], folder)
            process.start()
            try:
                await_condition("etcd serves", lambda: process.check_running() or
                                "ready to serve client requests" in process.log.read_text())
            finally:
                process.stop()


if __name__ == "__main__":
    os.umask(0o077)
    unittest.main()
