"""The manifests of deploy/kubernetes as tests read them, and what they say of a program."""

import copy
import re
import subprocess
from pathlib import Path

import yaml

SOURCE = Path(__file__).resolve().parents[2]
DEPLOY = SOURCE / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
WORKLOADS = ("Deployment", "StatefulSet")
NAMESPACE = "mesh"
# Of the host that a pod runs on; what a cluster of today puts into its labels.
ZONE = "zone-1"
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def documents(path):
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def kustomization(folder):
    return yaml.safe_load((folder / "kustomization.yaml").read_text())


def folder_documents(folder):
    """All that the resources of a kustomization say, as they stand in the files."""
    return [document for name in kustomization(folder)["resources"] if name.endswith(".yaml")
            for document in documents(folder / name)]


def literals(folder):
    """{name of a ConfigMap: its values} of those that a kustomization makes of literals."""
    return {one["name"]: dict(text.split("=", 1) for text in one["literals"])
            for one in kustomization(folder).get("configMapGenerator", []) if "literals" in one}


def merged(base, patch):
    """A workload with a patch of an overlay, as kustomize merges what our patches use: lists of
    named things by name (ports by number, mounts by path), everything else replaced."""
    if isinstance(base, dict) and isinstance(patch, dict):
        result = dict(base)
        for name, value in patch.items():
            result[name] = merged(base[name], value) if name in base else value
        return result
    if isinstance(base, list) and base and isinstance(base[0], dict):
        key = next(k for k in ("mountPath", "containerPort", "name") if k in base[0])
        patches = {item[key]: item for item in patch}
        kept = [merged(item, patches.pop(item[key], {})) for item in base]
        return kept + list(patches.values())
    return patch


class Workload:
    """A Deployment or StatefulSet with one container, and the files and values that its pods see:
    `conf_folders` are where ConfigMaps of files come from, `values` are those of literals."""

    def __init__(self, manifest, conf_folders, values=None):
        self.manifest = copy.deepcopy(manifest)
        self.conf_folders = conf_folders
        self.values = values or {}
        self.name = manifest["metadata"]["name"]
        self.labels = manifest["spec"]["template"]["metadata"]["labels"]
        self.pod = self.manifest["spec"]["template"]["spec"]
        (self.container,) = self.pod["containers"]

    def pod_name(self, number=0):
        return f"{self.name}-{number}"

    def environment(self, number=0):
        """{name: value} of one pod's container."""
        known = {"metadata.name": self.pod_name(number), "metadata.namespace": NAMESPACE,
                 "metadata.labels['topology.kubernetes.io/zone']": ZONE}
        result = {}
        for source in self.container.get("envFrom", []):
            result.update(self.values[source["configMapRef"]["name"]])
        for variable in self.container.get("env", []):
            result[variable["name"]] = (variable["value"] if "value" in variable else
                                        known[variable["valueFrom"]["fieldRef"]["fieldPath"]])
        return result

    def arguments(self, number=0):
        """The container's, with the variables of its environment put in."""
        values = self.environment(number)

        def put_in(argument):
            return re.sub(r"\$\((\w+)\)", lambda found: values[found[1]], argument)
        return [put_in(argument) for argument in self.container.get("args", [])]

    def flags(self):
        """{"--listen": "0.0.0.0:8443", ...}"""
        return dict(argument.partition("=")[::2] for argument in self.arguments())

    def ports(self):
        return {port["name"]: port["containerPort"] for port in self.container.get("ports", [])}

    def probes(self, *kinds):
        """[(kind, path or None for one that only connects, port number)]"""
        found = []
        for kind in kinds or PROBES:
            probe = self.container.get(kind, {})
            for how in ("httpGet", "tcpSocket"):
                if how in probe:
                    found.append((kind, probe[how].get("path"), self.ports()[probe[how]["port"]]))
        return found

    def mounts(self):
        """{path: volume} of what the container sees, its own claims as {"claim": name}."""
        volumes = {volume["name"]: volume for volume in self.pod["volumes"]}
        for claim in self.manifest["spec"].get("volumeClaimTemplates", []):
            volumes[claim["metadata"]["name"]] = {"claim": claim["metadata"]["name"]}
        return {mount["mountPath"]: volumes[mount["name"]]
                for mount in self.container["volumeMounts"]}

    def conf_file(self, name):
        """A file of a ConfigMap, where the kustomizations have it."""
        return next(folder / name for folder in self.conf_folders if (folder / name).exists())


def conf_lines(path):
    """{name: value} of a file for --config."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def help_of(program):
    """What a program's --help says."""
    run = subprocess.run([program, "--help"], check=False, stdin=subprocess.DEVNULL, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return run.stdout


def folder_workloads(folder):
    return {d["metadata"]["name"]: Workload(d, [folder], literals(folder))
            for d in folder_documents(folder) if d["kind"] in WORKLOADS}


def base_workloads():
    return folder_workloads(KUBERNETES / "base")


def direct_backend():
    """The back end of the overlay `direct`."""
    base, folder = KUBERNETES / "base", KUBERNETES / "overlays" / "direct"
    (patch,) = documents(folder / "backend.yaml")
    manifest = copy.deepcopy(base_workloads()["mesh-backend"].manifest)
    for operation in yaml.safe_load((folder / "arguments.yaml").read_text()):
        assert (operation["op"], operation["path"]) == (
            "add", "/spec/template/spec/containers/0/args/-")
        manifest["spec"]["template"]["spec"]["containers"][0]["args"].append(operation["value"])
    return Workload(merged(manifest, patch), [folder, base], literals(base))


def etcd_workload():
    (found,) = folder_workloads(KUBERNETES / "etcd").values()
    return found
