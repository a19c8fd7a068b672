"""deploy/docker/Dockerfile, as far as it can be checked without building it: what it copies is in
the tree, what it installs is in Debian and is all that the programs load, what it runs is there,
and users and ports are those of the manifests."""

import json
import re
import shlex
import subprocess
import sys
import unittest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import program_folder  # noqa: E402
from manifests import DEPLOY, SOURCE, base_workloads, direct_backend, etcd_workload  # noqa: E402

DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
IMAGES = {"debian:bookworm", "debian:bookworm-slim"}
BUILT = "/src/build/release/bin/"
# In every Debian image; and what sanitizers add to the programs.
ALWAYS = {"libc6", "libasan8", "libtsan2", "libubsan1"}


def parse(text):
    """[{"name", "from", "lines": [(instruction, rest)]}] of a Dockerfile, by stage."""
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    stages = []
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        instruction, rest = line.split(None, 1)
        if instruction == "FROM":
            image, _, name = rest.split()
            stages.append({"name": name, "from": image, "lines": []})
        else:
            stages[-1]["lines"].append((instruction, rest))
    return stages


def rests(stage, instruction):
    return [rest for name, rest in stage["lines"] if name == instruction]


def packages(stage):
    """What a stage installs from Debian."""
    found = []
    for command in rests(stage, "RUN"):
        match = re.search(r"apt-get install -y --no-install-recommends (.*?)(&&|$)", command)
        found += match.group(1).split() if match else []
    return set(found)


def loaded_packages(program):
    """The packages of the libraries that a program names."""
    dump = subprocess.run(["objdump", "-p", program], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    listed = subprocess.run(["ldd", program], check=True, text=True, stdout=subprocess.PIPE).stdout
    places = dict(re.findall(r"(\S+) => (/\S+)", listed))
    paths = [places[name] for name in re.findall(r"NEEDED\s+(\S+)", dump) if name in places]
    # /lib is a link to /usr/lib, and dpkg knows a file under one of the two names.
    names = [variant for path in paths
             for variant in (path.removeprefix("/usr"), "/usr" + path.removeprefix("/usr"))]
    owned = subprocess.run(["dpkg", "-S", *names], check=False, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    owners = {path.removeprefix("/usr"): package
              for package, path in re.findall(r"^([^:]+)\S*: (/\S+)$", owned, re.MULTILINE)}
    return {owners[path.removeprefix("/usr")] for path in paths}


def in_debian(*packages):
    """Whether all are; what is installed need not be looked up in lists that may be old."""
    return any(subprocess.run([*command, *packages], check=False, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
               for command in (["dpkg-query", "-W"], ["apt-cache", "show"]))


class DockerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stages = {stage["name"]: stage for stage in parse(DOCKERFILE.read_text())}
        cls.build = cls.stages["build"]

    def targets(self):
        """The stages that are shipped: those with an entry point."""
        return {name: stage for name, stage in self.stages.items() if rests(stage, "ENTRYPOINT")}

    def test_images_are_debians(self):
        roots = {s["from"] for s in self.stages.values() if s["from"] not in self.stages}
        self.assertEqual(roots, IMAGES)

    def test_what_is_copied_is_in_the_tree(self):
        listed = subprocess.run(["git", "ls-files"], cwd=SOURCE, check=True, text=True,
                                stdout=subprocess.PIPE).stdout.split()
        for copied in rests(self.build, "COPY"):
            for name in copied.split()[:-1]:
                with self.subTest(name):
                    self.assertTrue(any(f == name or f.startswith(name + "/") for f in listed))

    def test_the_build_has_every_folder_that_cmake_adds(self):
        text = (SOURCE / "CMakeLists.txt").read_text()
        needed = {name.split("/")[0]
                  for name in re.findall(r"(?:add_subdirectory|include)\(([\w/]+)", text)}
        copied = {name for rest in rests(self.build, "COPY") for name in rest.split()[:-1]}
        self.assertLessEqual(needed, copied)

    def test_the_build_runs_what_is_there(self):
        commands = [part.strip() for rest in rests(self.build, "RUN") for part in rest.split("&&")]
        self.assertEqual(commands[0], "scripts/install-packages --build")
        self.assertTrue((SOURCE / "scripts" / "install-packages").stat().st_mode & 0o100)
        presets = json.loads((SOURCE / "CMakePresets.json").read_text())["buildPresets"]
        self.assertEqual(commands[1], "cmake --preset release")
        self.assertIn("release", {preset["name"] for preset in presets})
        made = shlex.split(commands[2])[4:]
        self.assertEqual(made, [Path(p).name for p in shlex.split(commands[3])[1:]])
        for name in made:
            self.assertTrue((program_folder() / name).exists(), f"{name} is not built")

    def test_programs_are_copied_from_the_build(self):
        for name, stage in self.targets().items():
            (entry,) = json.loads(rests(stage, "ENTRYPOINT")[0])
            if name == "mesh-etcd":
                self.assertTrue(in_debian("etcd-server"))
                continue
            with self.subTest(name):
                self.assertEqual(rests(stage, "COPY"),
                                 [f"--from=build {BUILT}{name} /usr/local/bin/"])
                self.assertEqual(entry, f"/usr/local/bin/{name}")

    def test_installed_packages_are_in_debian(self):
        for name, stage in self.targets().items():
            with self.subTest(name):
                self.assertTrue(in_debian(*packages(stage)))

    def test_installed_packages_are_all_that_programs_load(self):
        for name, stage in self.targets().items():
            if name == "mesh-etcd":
                continue
            with self.subTest(name):
                needed = loaded_packages(program_folder() / name) - ALWAYS
                self.assertEqual(packages(stage) - {"ca-certificates"}, needed)

    def test_users_and_ports_are_those_of_the_manifests(self):
        workloads = [*base_workloads().values(), direct_backend(), etcd_workload()]
        for workload in workloads:
            stage = self.stages[workload.container["image"]]
            pod = workload.pod["securityContext"]
            with self.subTest(workload.name):
                self.assertEqual(rests(stage, "USER"), [f"{pod['runAsUser']}:{pod['runAsGroup']}"])
                shown = {int(port) for rest in rests(stage, "EXPOSE") for port in rest.split()}
                self.assertLessEqual(shown - {8443}, set(workload.ports().values()))
        for stage in self.targets().values():
            self.assertEqual(rests(stage, "USER"), ["10001:10001"])

    def test_images_have_the_version_of_the_programs(self):
        (version,) = re.findall(r"project\(mesh_service VERSION (\S+)",
                                (SOURCE / "CMakeLists.txt").read_text())
        for folder in ("base", "etcd"):
            text = (DEPLOY / "kubernetes" / folder / "kustomization.yaml").read_text()
            for image in yaml.safe_load(text)["images"]:
                self.assertIn(image["name"], self.targets())
                self.assertEqual(image["newTag"], version)


class ParserTest(unittest.TestCase):
    def test_stages_are_read(self):
        stages = parse("# x\nFROM a AS b\nRUN apt-get install -y --no-install-recommends \\\n"
                       "  p q \\\n && rm x\nFROM b AS c\nUSER 1\n")
        self.assertEqual([s["name"] for s in stages], ["b", "c"])
        self.assertEqual(packages(stages[0]), {"p", "q"})
        self.assertFalse(in_debian("no-such-package-anywhere"))


if __name__ == "__main__":
    unittest.main()
