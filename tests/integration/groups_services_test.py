"""A member of a group whose account is at another service: its own service asks the group's for
the service's part of the decryption.

Exit status 77: python3-cryptography is not here.
"""

import contextlib
import json
import sys
import unittest
from pathlib import Path

try:
    import cryptography  # noqa: F401
except ImportError:
    print("needs python3-cryptography")
    sys.exit(77)

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("support", "conformance")]

from mesh_program import REFUSED, Device  # noqa: E402
from two_services import OURS, THEIRS, TwoServices  # noqa: E402


def person(world, cluster, domain, name):
    device = Device(world.folder / name, cluster.port, cluster.certificate)
    device.environment["MESH_SERVICE"] = f"https://{domain}:{cluster.port}"
    device.do("account", "create", f"{name}@{domain}")
    return device


class GroupOfTwoServices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.world = world = TwoServices(stack)
        world.show(OURS, world.ours.port)
        world.show(THEIRS, world.theirs.port)
        cls.group = f"team@{OURS}"
        cls.alice = person(world, world.ours, OURS, "alice")
        cls.bob = person(world, world.theirs, THEIRS, "bob")
        cls.carol = person(world, world.theirs, THEIRS, "carol")
        cls.alice.do("group", "create", cls.group)
        for name in ("bob", "carol"):
            member = getattr(cls, name)
            request, invitation = world.folder / f"{name}.json", world.folder / f"{name}.mesh"
            member.do("group", "request", request)
            cls.alice.do("group", "add", cls.group, "--request", request,
                         "--invitation", invitation)
            member.do("group", "accept", "--file", invitation)
        (world.folder / "plan.txt").write_text("the plan")
        cls.alice.do("group", "encrypt", cls.group, world.folder / "plan.txt",
                     world.folder / "plan.dare")

    def decrypt(self, member):
        return member.mesh("group", "decrypt", self.group, self.world.folder / "plan.dare",
                           self.world.folder / "read.txt")

    def test_a_member_elsewhere_reads(self):
        outcome = self.decrypt(self.bob)
        self.assertEqual(outcome.exit, 0, outcome.err)
        self.assertEqual((self.world.folder / "read.txt").read_text(), "the plan")

    def test_another_account_of_that_service_does_not_use_its_share(self):
        paths = [member.home / "groups" / self.group / "membership.json"
                 for member in (self.bob, self.carol)]
        bobs, carols = (json.loads(path.read_text()) for path in paths)
        self.addCleanup(paths[1].write_text, json.dumps(carols))
        stolen = json.loads(json.dumps(bobs))
        stolen["GroupInvitation"]["Recipient"] = carols["GroupInvitation"]["Recipient"]
        paths[1].write_text(json.dumps(stolen))
        outcome = self.decrypt(self.carol)
        self.assertEqual(outcome.exit, REFUSED, outcome.err)
        self.assertIn("MeshMessageInsufficientPrivilege", outcome.err)


if __name__ == "__main__":
    unittest.main()
