"""Direct connection: a back end that serves devices itself, beside a front end of the same
service, over one map. Real processes."""

import subprocess
import sys
import unittest
from pathlib import Path

from mesh_program import Device, address_on

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import Cluster, program_folder  # noqa: E402

# What came to a back end over gRPC, and what began with an exchange.
OVER_THE_HOP = "mesh_backend_requests_received_total"


class DirectTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # The forwarder asks back ends of itself; nothing here is to be forwarded.
        cls.cluster = Cluster(direct=True, frontend_flags=["--no-forwarding", "--host-name", "localhost"])
        cls.cluster.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.__exit__(None, None, None)

    def device(self, backend, name="device"):
        """One that speaks to a back end itself."""
        home = self.cluster.folder / "homes" / f"{self._testMethodName}-{name}"
        home.parent.mkdir(exist_ok=True)
        port = self.cluster.backend_ports[backend]["direct"]
        return Device(home, port, self.cluster.certificate)

    def exchanges(self):
        return self.cluster.frontend.metric("mesh_authentication_total", mode="Profile")

    def test_an_account_is_served_by_its_host_without_a_hop(self):
        asked = self.cluster.metric(OVER_THE_HOP, "b1")
        device = self.device("b1")
        address = address_on(self.cluster, "b1", "alice")
        device.do("account", "create", address)
        device.do("status")
        self.assertEqual(self.cluster.metric(OVER_THE_HOP, "b1"), asked)

    def test_an_account_of_another_host_is_served_all_the_same(self):
        device = self.device("b1")
        address = address_on(self.cluster, "b2", "bob")
        device.do("account", "create", address)
        self.assertEqual(device.do("status")["account"], address)

    def test_a_ticket_of_the_front_end_is_good_at_the_host(self):
        device = self.device("b1")
        address = address_on(self.cluster, "b1", "carol")
        device.do("account", "create", address)
        exchanges = self.exchanges()
        front = Device(device.home, self.cluster.port, self.cluster.certificate)
        self.assertEqual(front.do("status")["account"], address)
        self.assertEqual(self.exchanges(), exchanges)


    def roamer(self, name="device"):
        """One that goes where the service says, beginning at the front end."""
        home = self.cluster.folder / "homes" / f"{self._testMethodName}-{name}"
        home.parent.mkdir(exist_ok=True)
        device = Device(home, self.cluster.port, self.cluster.certificate)
        del device.environment["MESH_CONNECT"]
        device.environment["MESH_SERVICE"] = f"https://localhost:{self.cluster.port}"
        return device

    def direct_host(self, backend):
        return f"localhost:{self.cluster.backend_ports[backend]['direct']}"

    def test_a_device_goes_to_the_host_of_its_account(self):
        device = self.roamer()
        address = address_on(self.cluster, "b2", "dave")
        device.do("account", "create", address)
        device.do("status")
        before = self.cluster.frontend.metric("mesh_requests_total")
        self.assertEqual(device.do("status")["binding"]["direct_host"], self.direct_host("b2"))
        self.assertEqual(self.cluster.frontend.metric("mesh_requests_total"), before)

    def test_a_device_whose_host_is_away_is_served_by_the_front_tier(self):
        device = self.roamer()
        address = address_on(self.cluster, "b2", "erin")
        device.do("account", "create", address)
        [session] = device.home.glob("**/session.json")
        session.write_text(session.read_text().replace(self.direct_host("b2"), "localhost:1"))
        self.assertEqual(device.do("status")["binding"]["direct_host"], self.direct_host("b2"))

    def test_a_device_that_comes_to_the_wrong_host_is_served_and_told_the_right_one(self):
        device = self.roamer()
        address = address_on(self.cluster, "b2", "frank")
        device.do("account", "create", address)
        [session] = device.home.glob("**/session.json")
        session.write_text(session.read_text().replace(self.direct_host("b2"),
                                                       self.direct_host("b1")))
        self.assertEqual(device.do("status")["binding"]["direct_host"], self.direct_host("b2"))


class DirectOptionsTest(unittest.TestCase):
    def run_backend(self, *arguments):
        return subprocess.run(
            [program_folder() / "mesh-backend", "--name", "b1", "--map", "map.json", "--data-dir",
             "data", *arguments], capture_output=True, text=True, timeout=60, check=False)

    def test_a_listener_needs_its_options(self):
        run = self.run_backend("--direct-listen", "127.0.0.1:0")
        self.assertEqual(run.returncode, 2)
        self.assertIn("--direct-config", run.stderr)


if __name__ == "__main__":
    unittest.main()
