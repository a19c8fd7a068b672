"""A pod's program as a process: started with exactly the arguments of its manifest, with the
files that the pod would see, at paths and ports of this machine."""

import json
import os
import re
from pathlib import Path

from cluster import Process, await_condition, admin_get
from manifests import conf_lines

# Where containers have what is theirs; put below a temporary folder here.
ROOTS = ("/etc/mesh", "/var/lib/mesh", "/var/log/mesh", "/var/lib/etcd")
ADDRESS = re.compile(r"0\.0\.0\.0:\d+")


def mount_files(folder, files, mode):
    """As the kubelet does it: links to a folder that is replaced when the files change."""
    data = folder / "..2026"
    data.mkdir(parents=True)
    os.symlink("..2026", folder / "..data")
    for name, source in files.items():
        (data / name).write_bytes(Path(source).read_bytes())
        (data / name).chmod(mode)
        os.symlink(f"..data/{name}", folder / name)


class Pod:
    """One pod of a Workload. `secrets`: {secret name: {file name: path}}."""

    def __init__(self, workload, folder, program, secrets, extra=(), replace=()):
        self.workload = workload
        self.folder = folder
        self.replace = list(replace)
        for path, volume in workload.mounts().items():
            self._mount(path, volume, secrets)
        arguments = [self.localized(argument) for argument in workload.arguments()]
        self.process = Process(workload.name, [program, *arguments, "--port-file",
                                               folder / "ports", *extra], folder)
        self.process.start()

    def _mount(self, path, volume, secrets):
        place = Path(self.localized(path))
        if "secret" in volume:
            secret = volume["secret"]
            mount_files(place, secrets[secret["secretName"]], secret["defaultMode"])
        elif "configMap" in volume:
            self._mount_conf(place, volume["configMap"]["name"])
        else:
            place.mkdir(parents=True, exist_ok=True)

    # Our configuration maps have one file each, named like the last part of the map's name.
    def _mount_conf(self, place, name):
        source = self.workload.conf_file(name.removeprefix("mesh-") + ".conf")
        text = "".join(f'{key}="{self.localized(value)}"\n'
                       for key, value in conf_lines(source).items())
        written = self.folder / source.name
        written.write_text(text)
        mount_files(place, {source.name: written}, 0o644)

    def localized(self, text):
        """A path below this pod's folder, a port that the system chooses."""
        for old, new in self.replace:
            text = text.replace(old, new)
        for root in ROOTS:
            text = text.replace(root, f"{self.folder}/root{root}")
        return ADDRESS.sub("127.0.0.1:0", text)

    def await_ready(self):
        """Asks every probe of the manifest until all say yes."""
        admin = self.process.ports()["admin"]

        def ready():
            self.process.check_running()
            return all(admin_get(admin, path)[0] == 200 for path in self.workload.probes())
        await_condition(f"{self.workload.name}: probes", ready)

    def ports(self):
        return self.process.ports()


def localized_map(source, target, address):
    """The map that deploy/make-secrets made, with its one back end on this machine."""
    text = json.loads(source.read_text())
    (back_end,) = text["backEnds"]
    back_end["address"] = address
    target.write_text(json.dumps(text))
    return target
