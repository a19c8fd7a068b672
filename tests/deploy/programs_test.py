"""Every flag, variable, path and port in deploy/kubernetes against what the programs' --help knows, and
what manifests say against each other. pods_test.py starts the programs as they say."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import program_folder  # noqa: E402
from manifests import (DEPLOY, KUBERNETES, NAMESPACE, Workload, base_workloads,  # noqa: E402
                       conf_lines, direct_backend, etcd_workload, folder_documents, help_of,
                       literals)
from policies import End, allowed  # noqa: E402

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


def variable_complaints(workload, helped):
    """Variables of a container that are options of no program."""
    known = set(re.findall(r"\(Env:(\w+)\)", helped))
    return [f"{workload.name}: no variable {name}" for name in workload.environment()
            if name.startswith("MESH_") and name not in known]


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
    texts = [*workload.flags().values(), *workload.environment().values()]
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

    def test_programs_know_every_flag_and_variable(self):
        for workload, program in self.workloads():
            helped = help_of(program)
            self.assertEqual(flag_complaints(workload, helped) +
                             variable_complaints(workload, helped), [])

    def test_ports_and_paths_fit(self):
        for workload, _ in self.workloads():
            self.assertEqual(port_complaints(workload) + path_complaints(workload), [])

    def test_faults_are_seen(self):
        manifest = base_workloads()["mesh-backend"].manifest
        container = manifest["spec"]["template"]["spec"]["containers"][0]
        container["args"] += ["--no-such-flag=1", "--tls-ca=/etc/elsewhere/ca.crt"]
        container["env"].append({"name": "MESH_NONE", "value": "1"})
        container["ports"][0]["containerPort"] = 9999
        spoilt = Workload(manifest, [KUBERNETES / "base"], literals(KUBERNETES / "base"))
        helped = help_of(program_folder() / "mesh-backend")
        self.assertEqual(flag_complaints(spoilt, helped) + variable_complaints(spoilt, helped),
                         ["mesh-backend: no flag --no-such-flag",
                          "mesh-backend: no variable MESH_NONE"])
        self.assertEqual(len(port_complaints(spoilt)), 2)
        self.assertEqual(len(path_complaints(spoilt)), 1)

    def test_there_is_time_to_drain(self):
        for workload, _ in self.workloads():
            if workload.name in ("mesh-etcd", "mesh-admin"):
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

    def test_endpoints_are_etcds_pods(self):
        etcd = etcd_workload()
        hosts = [f"mesh-etcd-{n}.mesh-etcd.{NAMESPACE}.svc"
                 for n in range(etcd.manifest["spec"]["replicas"])]
        values = literals(KUBERNETES / "base")["mesh-cluster"]
        self.assertEqual(values["MESH_ETCD_ENDPOINTS"], ",".join(f"{h}:2379" for h in hosts))
        self.assertEqual(etcd.environment()["INITIAL_CLUSTER"], ",".join(
            f"{h.split('.')[0]}=https://{h}:2380" for h in hosts))
        self.assertEqual(etcd.ports()["client"], 2379)

    def test_no_pod_is_ended_for_waiting(self):
        """What waits for a map, or for etcd's majority, is not ready, and lives."""
        for workload, _ in self.workloads():
            if workload.name == "mesh-admin":
                continue
            with self.subTest(workload.name):
                self.assertEqual([path for _, path, _ in workload.probes("readinessProbe")],
                                 ["/health" if workload.name == "mesh-etcd" else "/readyz"])
                self.assertLessEqual(
                    {path for _, path, _ in workload.probes("startupProbe", "livenessProbe")},
                    {"/livez", None} | ({"/startupz"} if workload.name == "mesh-frontend" else set()))


def pod_ends():
    """{name: End} of everybody who may connect somewhere."""
    ends = {w.name: End(w.labels, w.ports())
            for w in (*base_workloads().values(), etcd_workload())}
    ends["prometheus"] = End({"app.kubernetes.io/name": "prometheus"}, namespace="monitoring")
    ends["stranger"] = End({"app.kubernetes.io/name": "mesh-admin"}, namespace="elsewhere")
    ends["dns"] = End({"k8s-app": "kube-dns"}, {"dns": 53}, "kube-system")
    return {**ends, "world": End()}


class PoliciesTest(unittest.TestCase):
    FOLDERS = ("base", "etcd")
    # (who, whom, port): all that may connect between pods.
    WAYS = {("mesh-frontend", "mesh-backend", 9201), ("mesh-backend", "mesh-backend", 9201),
            ("mesh-admin", "mesh-backend", 9201), ("mesh-frontend", "mesh-etcd", 2379),
            ("mesh-backend", "mesh-etcd", 2379), ("mesh-admin", "mesh-etcd", 2379),
            ("mesh-etcd", "mesh-etcd", 2380), ("prometheus", "mesh-frontend", 9100),
            ("prometheus", "mesh-backend", 9101), ("prometheus", "mesh-etcd", 2381)}
    OPEN = {("mesh-frontend", 8443)}
    # Who may call other services.
    OUT = {"mesh-frontend"}

    def policies(self):
        return [d for folder in self.FOLDERS for d in folder_documents(KUBERNETES / folder)
                if d["kind"] == "NetworkPolicy"]

    def ends(self):
        return pod_ends()

    def test_nothing_passes_but_what_must(self):
        policies, ends = self.policies(), self.ends()
        found = {(who, whom, port) for who in ends for whom in ends
                 for port in ends[whom].ports.values()
                 if allowed(policies, ends[who], ends[whom], port)}
        names = {who for who, end in ends.items()
                 if end.labels and end.namespace == NAMESPACE}
        outside = {who for who in ends if who not in names}
        expected = self.WAYS | {(who, "dns", 53) for who in ends}
        expected |= {(who, whom, port) for whom, port in self.OPEN for who in outside}
        self.assertEqual(found, expected)
        self.assertEqual({who for who in names if allowed(policies, ends[who], ends["world"], 443)},
                         self.OUT)
        self.assertTrue(all(allowed(policies, ends[who], ends["dns"], 53, "UDP") for who in names))


class DirectPoliciesTest(PoliciesTest):
    FOLDERS = ("base", "etcd", "overlays/direct")
    OPEN = {("mesh-frontend", 8443), ("mesh-backend", 8443)}
    OUT = {"mesh-frontend", "mesh-backend"}

    def ends(self):
        backend = direct_backend()
        return {**pod_ends(), "mesh-backend": End(backend.labels, backend.ports())}


class SecretsTest(unittest.TestCase):
    def make(self, folder):
        return subprocess.run([DEPLOY / "make-secrets", folder, "--domain", "example.com", "--bin",
                               program_folder()], check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def test_secrets_are_made_once(self):
        with tempfile.TemporaryDirectory(prefix="mesh-test-deploy-") as folder:
            made = Path(folder) / "secrets"
            self.assertEqual(self.make(made).returncode, 0)
            before = {f: f.read_bytes() for f in made.rglob("*") if f.is_file()}
            run = self.make(made)
            self.assertEqual(run.returncode, 1)
            self.assertIn("nothing is overwritten", run.stdout)
            self.assertEqual({f: f.read_bytes() for f in made.rglob("*") if f.is_file()}, before)
            self.assertTrue(all(f.stat().st_mode & 0o77 == 0 for f in before))


if __name__ == "__main__":
    os.umask(0o077)
    unittest.main()
