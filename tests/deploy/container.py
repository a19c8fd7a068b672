"""Becomes a container's program: a root of its own with /usr, what the pod's volumes hold and
nothing else, read-only, under the pod's user, with no capability. Runs as root in a mount namespace of
its own; the argument is a file of JSON:

    {"folder": work folder, "mounts": [[what, where, "ro" or "rw"], ...], "etc": {name: text},
     "programs": folder with the image's programs, "user": 10001, "group": 10001,
     "environment": {...}}

and after it the command."""

import json
import os
import subprocess
import sys
from pathlib import Path

LINKS = ("bin", "sbin", "lib", "lib64")
DEVICES = ("null", "zero", "random", "urandom")


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


def bind(source, target, mode):
    if Path(source).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    mount("--bind", source, target)
    if mode == "ro":
        mount("-o", "remount,bind,ro", target)


def furnish(root, spec):
    mount("-t", "tmpfs", "none", root)
    (root / "etc").mkdir()
    for name, text in spec["etc"].items():
        (root / "etc" / name).write_text(text)
    for name in LINKS:
        if os.path.islink(f"/{name}"):
            (root / name).symlink_to(os.readlink(f"/{name}"))
    bind("/usr", root / "usr", "ro")
    bind(spec["programs"], root / "usr" / "local" / "bin", "ro")
    bind("/proc", root / "proc", "rw")
    for name in DEVICES:
        bind(f"/dev/{name}", root / "dev" / name, "rw")
    for source, target, mode in spec["mounts"]:
        bind(source, root / target.lstrip("/"), mode)
    mount("-o", "remount,ro", root)


def main():
    spec = json.loads(Path(sys.argv[1]).read_text())
    root = Path(spec["folder"]) / "root"
    root.mkdir(exist_ok=True)
    furnish(root, spec)
    os.chroot(root)
    os.chdir("/")
    os.execve("/usr/bin/setpriv", [
        "setpriv", f"--reuid={spec['user']}", f"--regid={spec['group']}", "--clear-groups",
        "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", *sys.argv[2:]],
        {"PATH": "/usr/local/bin:/usr/bin", **spec["environment"]})


if __name__ == "__main__":
    main()
