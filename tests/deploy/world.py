"""The pods of a whole service, for tests: three of etcd, two back ends, a front end, and a place for
mesh-admin. Needs root, dnsmasq, nft and etcd; main() says so."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import dnsmasq  # noqa: E402
import namespace  # noqa: E402
from cluster import program_folder  # noqa: E402
from manifests import (DEPLOY, KUBERNETES, base_workloads, etcd_workload,  # noqa: E402
                       folder_documents)
from mesh_program import Device  # noqa: E402
from pods import Network, Pod, image_programs  # noqa: E402

SKIPPED = 77
PROGRAMS = {"etcd": "/usr/bin/etcd", "dnsmasq": dnsmasq.PROGRAM, "nft": "/usr/sbin/nft"}
DOMAIN = "example.com"
MEMBERS, BACK_ENDS = 3, 2
# The last part of the first pod's address.
FIRST = {"mesh-etcd": 10, "mesh-backend": 20, "mesh-frontend": 30, "mesh-admin": 40}
SERVED = ("mesh-backend", "mesh-frontend")


def policies():
    folders = [KUBERNETES / name for name in ("base", "etcd", "overlays/direct")]
    return [d for folder in folders for d in folder_documents(folder)
            if d["kind"] == "NetworkPolicy"]


class World:
    """`backend` is the workload of the back ends. Use as a context manager, one after another."""

    def __init__(self, backend):
        self.network = NETWORK
        self.folder = Path(tempfile.mkdtemp(prefix="mesh-test-pods-"))
        self.made = self.folder / "secrets"
        subprocess.run([DEPLOY / "make-secrets", self.made, "--domain", DOMAIN, "--back-ends",
                        str(BACK_ENDS), "--self-signed", "--bin", program_folder()],
                       check=True, stdout=subprocess.DEVNULL)
        self.programs = image_programs(self.folder / "programs", program_folder())
        base = base_workloads()
        self.workloads = {**base, "mesh-backend": backend, "mesh-etcd": etcd_workload()}
        self.pods = {}
        for workload, count in (("mesh-etcd", MEMBERS), ("mesh-backend", BACK_ENDS),
                                ("mesh-frontend", 1), ("mesh-admin", 1)):
            for number in range(count):
                self.add(workload, number)

    def add(self, name, number):
        """A pod that does not run yet, with its name as its StatefulSet would give it one."""
        address = f"10.7.0.{FIRST[name] + number}"
        pod = Pod(self.network, self.workloads[name], number, address, self.secrets(),
                  self.programs, self.folder)
        if name in ("mesh-etcd", "mesh-backend"):
            self.network.name(f"{pod.name}.{name}", address)
            self.network.name(name, address)
        self.pods[pod.name] = pod
        return pod

    def secrets(self):
        """As overlays/dev makes them."""
        def certificate(folder, name):
            place = self.made / folder
            authority = {"ca.crt": place / "ca.crt"} if folder != "tls" else {}
            return {**authority, "tls.crt": place / f"{name}.crt", "tls.key": place / f"{name}.key"}
        result = {"mesh-tls": certificate("tls", "tls"), "mesh-tls-direct": certificate("tls", "tls"),
                  "mesh-hop-frontend": certificate("hop", "frontend"),
                  "mesh-hop-backend": certificate("hop", "backend"),
                  "mesh-etcd": certificate("etcd", "server"),
                  "mesh-etcd-client": certificate("etcd", "client")}
        for folder in ("keys", "ticket-keys"):
            result[f"mesh-{folder}"] = {f.name: f for f in (self.made / folder).iterdir()}
        return result

    def of(self, name):
        return [pod for pod in self.pods.values() if pod.workload.name == name]

    def start(self, *names):
        for name in names:
            for pod in self.of(name):
                pod.start()

    def await_ready(self, *names):
        for name in names:
            for pod in self.of(name):
                pod.await_ready()

    def serve(self):
        """Starts everything, with its map, and returns when it is ready."""
        self.start("mesh-etcd", "mesh-admin")
        self.await_ready("mesh-etcd")
        status, _, complaint = self.init_map()
        assert status == 0, complaint
        self.start(*SERVED)
        self.await_ready(*SERVED)

    def init_map(self):
        """The one-time command of deploy/README.md."""
        return self.pods["mesh-admin-0"].exec(
            "mesh-admin", "map", "init", "--file", "-",
            text=(self.made / "map.json").read_text())

    def admin(self, *arguments):
        """What `mesh-admin ARGUMENTS --json` says, run in its pod; it must go well."""
        status, said, complaint = self.pods["mesh-admin-0"].exec(
            "mesh-admin", *arguments, "--json")
        assert status == 0, f"{arguments}: {status} {said}{complaint}"
        return json.loads(said)

    def device(self, name, pod):
        device = Device(self.folder / f"home-{name}", 8443, self.made / "tls" / "tls.crt")
        device.environment["MESH_CONNECT"] = f"{pod.address}:8443"
        return device

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        for pod in reversed(self.pods.values()):
            if pod.process.child is not None:
                if failure:
                    print(f"--- {pod.name}\n{pod.process.last_lines()}", file=sys.stderr)
                pod.process.kill()
        self.network.forget()
        shutil.rmtree(self.folder, ignore_errors=True)


# Made by main().
NETWORK = None


def why_not():
    """Why pods cannot be had here, or None; within a namespace of its own when it returns that."""
    for program, where in PROGRAMS.items():
        if not where or not os.path.exists(where):
            return f"{program} is not on this machine (packages.txt)"
    inside, reason = namespace.enter([], "127.0.0.1")
    return None if inside else f"no networks of their own: {reason}"


def main():
    """What a test of pods runs."""
    global NETWORK
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    NETWORK = Network(policies())
    with NETWORK.dns:
        unittest.main(module="__main__")
