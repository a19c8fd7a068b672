"""A cluster's pods on this machine: each in a network and a root of its own, with exactly the
command, environment, files, user and ports of its manifest, names by a name server, and between them
what the NetworkPolicies allow. To be used within support/namespace.py, as root."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import SOURCE, Process, admin_get, await_condition  # noqa: E402
from dnsmasq import Dnsmasq  # noqa: E402
from manifests import NAMESPACE  # noqa: E402
from policies import End, allowed  # noqa: E402

CONTAINER = Path(__file__).resolve().parent / "container.py"
# The host's end of each pod's wire, and the cluster's name server.
HOST, NAME_SERVER = "10.7.255.1", "10.7.0.53"
RESOLV = (f"nameserver {NAME_SERVER}\n"
          f"search {NAMESPACE}.svc.cluster.local svc.cluster.local cluster.local\n"
          "options ndots:5\n")
PROBE_SECONDS = 5
# Images' entry points, but for those of our own programs (docker/Dockerfile).
ENTRIES = {"mesh-etcd": "/usr/bin/etcd"}
SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS")


def run(*command, text=None):
    subprocess.run([str(part) for part in command], check=True, input=text, text=True,
                   stdout=subprocess.DEVNULL)


class Network:
    """Wires, names and the filter. `policies` are the NetworkPolicies of the namespace."""

    def __init__(self, policies):
        self.policies = policies
        self.ends = {}  # Address: End.
        Path("/run/netns").mkdir(exist_ok=True)
        run("mount", "-t", "tmpfs", "none", "/run/netns")
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        self.connect("dns", NAME_SERVER, End({"k8s-app": "kube-dns"}, {"dns": 53}, "kube-system"))
        self.dns = Dnsmasq(NAME_SERVER, 53, ["ip", "netns", "exec", "dns"], ["local=/#/"])

    def connect(self, name, address, end):
        """A namespace with a wire to the host."""
        wire = f"w{address.rsplit('.', 1)[1]}"
        run("ip", "netns", "add", name)
        run("ip", "link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "address", "add", f"{HOST}/32", "dev", wire)
        run("ip", "link", "set", wire, "up")
        run("ip", "route", "add", f"{address}/32", "dev", wire)
        inside = ("ip", "-n", name)
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "address", "add", f"{address}/32", "dev", "eth0")
        run(*inside, "link", "set", "eth0", "up")
        run(*inside, "route", "add", f"{HOST}/32", "dev", "eth0")
        run(*inside, "route", "add", "default", "via", HOST)
        self.ends[address] = end
        self._filter()

    def forget(self):
        """Takes away all but the name server."""
        for address in [one for one in self.ends if one != NAME_SERVER]:
            del self.ends[address]
        for name in [one.name for one in Path("/run/netns").iterdir() if one.name != "dns"]:
            run("ip", "netns", "delete", name)
        self.dns.forget()
        self._filter()

    def name(self, name, address):
        self.dns.address(f"{name}.{NAMESPACE}.svc.cluster.local", address)

    def _filter(self):
        """Between pods pass what the policies allow, and answers."""
        rules = ["ct state established,related accept"]
        for source, here in self.ends.items():
            for target, there in self.ends.items():
                for port in there.ports.values():
                    for protocol in ("TCP", "UDP"):
                        if allowed(self.policies, here, there, port, protocol):
                            rules.append(f"ip saddr {source} ip daddr {target} "
                                         f"{protocol.lower()} dport {port} accept")
        rules += ["meta l4proto tcp reject with tcp reset", "reject"]
        chain = "\n".join(["type filter hook forward priority 0; policy drop;", *rules])
        run("nft", "-f", "-",
            text=f"table ip mesh\ndelete table ip mesh\n"
                 f"table ip mesh {{\nchain between {{\n{chain}\n}}\n}}\n")


def mount_files(folder, files, mode, group):
    """As the kubelet does it: links to a folder that is replaced when the files change."""
    data = folder / "..2026"
    data.mkdir(parents=True)
    os.symlink("..2026", folder / "..data")
    for name, source in files.items():
        (data / name).write_bytes(Path(source).read_bytes())
        os.chown(data / name, 0, group)
        (data / name).chmod(mode)
        os.symlink(f"..data/{name}", folder / name)
    for place in (folder, data):
        place.chmod(0o755)


def sanitizer_mounts():
    """What instrumented programs read, and where their reports go."""
    mounts = [[f"{SOURCE}/tests/support/sanitizers"] * 2 + ["ro"]]
    for name in SANITIZERS:
        for path in re.findall(r"log_path=(\S+)", os.environ.get(name, "")):
            folder = str(Path(path).parent)
            os.chmod(folder, 0o1777)
            if [folder, folder, "rw"] not in mounts:
                mounts.append([folder, folder, "rw"])
    return mounts


class Pod:
    """One pod of a Workload. `secrets`: {secret name: {file name: path}}. Claims and emptyDirs
    outlive its container, which can be started again."""

    def __init__(self, network, workload, number, address, secrets, programs, folder):
        self.workload, self.number, self.address = workload, number, address
        self.name = workload.pod_name(number)
        self.folder = folder / self.name
        self.folder.mkdir()
        self.user, self.group = (workload.pod["securityContext"][name]
                                 for name in ("runAsUser", "runAsGroup"))
        network.connect(self.name, address, End(workload.labels, workload.ports()))
        spec = {"folder": str(self.folder), "programs": str(programs), "user": self.user,
                "group": self.group, "environment": self._environment(),
                "mounts": [self._mount(path, volume, secrets)
                           for path, volume in workload.mounts().items()],
                "etc": {"resolv.conf": RESOLV, "hosts": f"127.0.0.1 localhost\n{address} {self.name}\n"}}
        spec["mounts"] += sanitizer_mounts()
        (self.folder / "spec.json").write_text(json.dumps(spec))
        image = workload.container["image"]
        entry = [ENTRIES.get(image, f"/usr/local/bin/{image}")]
        command = workload.container.get("command", entry)
        self.process = Process(self.name, self._inside(*command, *workload.arguments(number)),
                               self.folder)

    def _environment(self):
        passed = {name: os.environ[name] for name in SANITIZERS if name in os.environ}
        return {**self.workload.environment(self.number), **passed}

    def _inside(self, *command):
        return ["ip", "netns", "exec", self.name, "unshare", "--mount", "--", sys.executable, "-B",
                CONTAINER, self.folder / "spec.json", *command]

    def _mount(self, path, volume, secrets):
        place = self.folder / "volumes" / path.strip("/").replace("/", "-")
        mode = "ro"
        if "secret" in volume:
            secret = volume["secret"]
            mount_files(place, secrets[secret["secretName"]], secret["defaultMode"], self.group)
        elif "configMap" in volume:
            # Our configuration maps have one file each, named like the last part of the map's name.
            source = self.workload.conf_file(
                volume["configMap"]["name"].removeprefix("mesh-") + ".conf")
            mount_files(place, {source.name: source}, 0o644, self.group)
        else:
            assert "emptyDir" in volume or "claim" in volume, volume
            place.mkdir(parents=True)
            os.chown(place, 0, self.group)
            place.chmod(0o2770)
            mode = "rw"
        return [str(place), path, mode]

    def start(self):
        self.process.start()

    def stop(self):
        return self.process.stop()

    def terminate(self):
        """As the kubelet does it: preStop, SIGTERM, and no more time than the pod has. Returns the
        exit status."""
        begun = time.monotonic()
        before = self.workload.container.get("lifecycle", {}).get("preStop")
        if before:
            status, _, complaint = self.exec(*before["exec"]["command"])
            assert status == 0, complaint
        self.process.child.terminate()
        left = self.workload.pod["terminationGracePeriodSeconds"] - (time.monotonic() - begun)
        return self.process.child.wait(left)

    def exec(self, *command, text=None):
        """(exit status, standard output, standard error) of a command in the container."""
        done = subprocess.run([str(part) for part in self._inside(*command)], input=text, text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120)
        return done.returncode, done.stdout, done.stderr

    def probe(self, path, port):
        """The status that a probe gets; 0 when nobody answers. Without a path it only connects."""
        try:
            if path is None:
                socket.create_connection((self.address, port), timeout=PROBE_SECONDS).close()
                return 200
            return admin_get(port, path, self.address)[0]
        except OSError:
            return 0

    def says(self, kind):
        """What the manifest's probe of this kind gets."""
        ((_, path, port),) = self.workload.probes(kind)
        return self.probe(path, port)

    def await_ready(self):
        """Until every probe of the manifest says yes."""
        def ready():
            self.process.check_running()
            return all(self.probe(path, port) == 200 for _, path, port in self.workload.probes())
        await_condition(f"{self.name}: probes", ready)


def image_programs(folder, build):
    """The programs of the images, where all may read them."""
    folder.mkdir()
    folder.chmod(0o755)
    for name in ("mesh-frontend", "mesh-backend", "mesh-admin"):
        place, built = folder / name, (build / name).resolve()
        try:
            place.hardlink_to(built)  # With sanitizers they are some hundred MiB.
        except OSError:
            shutil.copy(built, place)
    return folder
