"""The manifests of deploy/kubernetes as tests read them, and what they say of a program."""

import copy
import subprocess
from pathlib import Path

import yaml

SOURCE = Path(__file__).resolve().parents[2]
DEPLOY = SOURCE / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
WORKLOADS = ("Deployment", "StatefulSet")


def documents(path):
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def folder_documents(folder):
    """All that the resources of a kustomization say, as they stand in the files."""
    names = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    return [document for name in names if name.endswith(".yaml")
            for document in documents(folder / name)]


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
    """A Deployment or StatefulSet with one container, and the files that its pods see."""

    def __init__(self, manifest, conf_folders):
        self.manifest = copy.deepcopy(manifest)
        self.conf_folders = conf_folders
        self.name = manifest["metadata"]["name"]
        self.pod = manifest["spec"]["template"]["spec"]
        (self.container,) = self.pod["containers"]

    def pod_name(self):
        return f"{self.name}-0"

    def arguments(self):
        """The container's, with the variables of its environment put in."""
        known = {"metadata.name": self.pod_name()}
        values = {variable["name"]: known[variable["valueFrom"]["fieldRef"]["fieldPath"]]
                  for variable in self.container.get("env", [])}
        result = []
        for argument in self.container["args"]:
            for name, value in values.items():
                argument = argument.replace(f"$({name})", value)
            assert "$(" not in argument, f"{argument}: a variable that is not set"
            result.append(argument)
        return result

    def flags(self):
        """{"--listen": "0.0.0.0:8443", ...}"""
        return dict(argument.partition("=")[::2] for argument in self.arguments())

    def ports(self):
        return {port["name"]: port["containerPort"] for port in self.container["ports"]}

    def probes(self):
        """{path: port number} of the HTTP probes."""
        found = [self.container[name]["httpGet"]
                 for name in ("startupProbe", "readinessProbe", "livenessProbe")
                 if "httpGet" in self.container[name]]
        return {probe["path"]: self.ports()[probe["port"]] for probe in found}

    def mounts(self):
        """{path: volume} of what the container sees, without its own claims."""
        volumes = {volume["name"]: volume for volume in self.pod["volumes"]}
        for claim in self.manifest["spec"].get("volumeClaimTemplates", []):
            volumes[claim["metadata"]["name"]] = {"claim": True}
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


def base_workloads():
    folder = KUBERNETES / "base"
    return {d["metadata"]["name"]: Workload(d, [folder])
            for d in folder_documents(folder) if d["kind"] in WORKLOADS}


def direct_backend():
    """The back end of the overlay `direct`."""
    folder = KUBERNETES / "overlays" / "direct"
    (patch,) = documents(folder / "backend.yaml")
    base = base_workloads()["mesh-backend"].manifest
    return Workload(merged(base, patch), [folder, KUBERNETES / "base"])


def etcd_workload():
    folder = KUBERNETES / "etcd"
    (found,) = [d for d in folder_documents(folder) if d["kind"] in WORKLOADS]
    return Workload(found, [folder])
