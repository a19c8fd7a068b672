"""Two builds of the service side by side, as they are while it is updated and when that is taken back:
back ends first, then front ends; back again in the opposite order. At each step devices of both
builds use the service, and everything that was written before is read and verified.

MESH_OTHER_BIN is the folder with the programs of the other build, the older one; without it the test
is skipped. ./run-tests --skew makes such a build and runs this."""

import json
import os
import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "integration")]

from cluster import Cluster, program_folder  # noqa: E402
from mesh_program import Device, address_on  # noqa: E402

SKIPPED = 77
OTHER = os.environ.get("MESH_OTHER_BIN", "")


class Builds:
    """A cluster whose programs are exchanged one by one."""

    def __init__(self, cluster, older, newer):
        self.cluster, self.older, self.newer = cluster, older, newer

    def update_backend(self, name, build):
        self.cluster.backends[name].stop()
        self.cluster.programs = build
        self.cluster.start_backend(name)

    def update_frontend(self, build):
        self.cluster.frontend.stop()
        self.cluster.programs = build
        self.cluster.start_frontend()


class MixedVersionsTest(unittest.TestCase):
    def person(self, cluster, name, backend, build):
        home = cluster.folder / "homes" / name
        home.parent.mkdir(exist_ok=True)
        device = Device(home, cluster.port, cluster.certificate, programs=build)
        device.do("account", "create", address_on(cluster, backend, name))
        return device

    def write_and_read(self, cluster, people, step):
        for device in people:
            path = cluster.folder / "entry.json"
            path.write_text(json.dumps([{"FullName": step, "Email": f"{step}@example.com"}]))
            device.do("upload", "contacts", path)
            report = device.do("download", "--verify")
            for container in report["containers"]:
                self.assertTrue(container["digest_matches_service"], (step, container))
            names = {e["summary"].split(",")[0] for e in device.do("show", "contacts")["entries"]}
            self.steps.setdefault(device, set()).add(step)
            self.assertEqual(names, self.steps[device])

    def test_an_update_and_its_way_back_lose_nothing(self):
        self.steps = {}
        older, newer = Path(OTHER), program_folder()
        with Cluster(programs=older) as cluster:
            builds = Builds(cluster, older, newer)
            people = [self.person(cluster, "alice", "b1", older),
                      self.person(cluster, "bob", "b2", newer)]
            self.write_and_read(cluster, people, "before")
            builds.update_backend("b1", newer)
            self.write_and_read(cluster, people, "one back end")
            builds.update_backend("b2", newer)
            self.write_and_read(cluster, people, "back ends")
            builds.update_frontend(newer)
            self.write_and_read(cluster, people, "all")
            people.append(self.person(cluster, "carol", "b1", older))
            builds.update_frontend(older)
            self.write_and_read(cluster, people, "front end back")
            builds.update_backend("b1", older)
            builds.update_backend("b2", older)
            self.write_and_read(cluster, people, "all back")


if __name__ == "__main__":
    if not OTHER:
        print("skipped: MESH_OTHER_BIN names no other build; ./run-tests --skew makes one")
        sys.exit(SKIPPED)
    unittest.main()
