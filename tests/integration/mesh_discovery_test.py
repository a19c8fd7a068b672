"""`mesh` finds its service by DNS alone: no flag says where it is."""

import sys
import unittest
from pathlib import Path

from mesh_program import DONE, UNREACHABLE, USAGE, Device

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import DOMAIN, Cluster  # noqa: E402
from dns_server import DnsServer  # noqa: E402

HOST = "host.elsewhere.example"


class MeshDiscoveryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(backends=("b1",))
        cls.cluster.__enter__()
        cls.addClassCleanup(cls.cluster.__exit__, None, None, None)

    def setUp(self):
        self.dns = DnsServer()
        self.dns.__enter__()
        self.addCleanup(self.dns.__exit__, None, None, None)
        self.dns.address(HOST, "127.0.0.1")
        self.device = Device(self.cluster.folder / self._testMethodName, self.cluster.port,
                             self.cluster.certificate)
        for name in ("MESH_SERVICE", "MESH_CONNECT"):
            del self.device.environment[name]
        self.device.environment["MESH_DNS_SERVER"] = self.dns.address_and_port

    def test_an_account_lives_where_dns_says_also_when_it_moves(self):
        self.dns.service(DOMAIN, HOST, self.cluster.port)
        self.device.do("account", "create", f"mover@{DOMAIN}")
        other = self.cluster.add_frontend("other")
        self.dns.remove(f"_mmm._tcp.{DOMAIN}")
        self.dns.service(DOMAIN, HOST, 1, priority=0)  # Nobody listens there.
        self.dns.service(DOMAIN, HOST, other.served, priority=1)
        self.dns.text(DOMAIN, "version=1.0", "path=/.well-known/srv/mmm")
        before = other.metric("mesh_requests_total", transaction="Status")
        outcome = self.device.mesh("status", "-v")
        self.assertEqual(outcome.exit, DONE, outcome.err)
        self.assertIn(f"{DOMAIN} is at 127.0.0.1:{other.served}/.well-known/srv/mmm", outcome.err)
        self.assertEqual(other.metric("mesh_requests_total", transaction="Status") - before, 1)

    def test_a_domain_without_a_service(self):
        outcome = self.device.mesh("hello", "nowhere.example", "--attempts", "1")
        self.assertEqual(outcome.exit, UNREACHABLE, outcome.err)
        self.assertIn("no Mesh Service of nowhere.example", outcome.err)

    def test_a_host_whose_certificate_is_not_the_domains(self):
        self.dns.service("other.example", HOST, self.cluster.port)
        outcome = self.device.mesh("hello", "other.example")
        self.assertEqual(outcome.exit, UNREACHABLE, outcome.err)
        self.assertIn("not trusted", outcome.err)

    def test_a_name_server_that_is_none(self):
        outcome = self.device.mesh("hello", DOMAIN, "--dns-server", "localhost")
        self.assertEqual(outcome.exit, USAGE, outcome.err)
        self.assertIn("an address and a port", outcome.err)


if __name__ == "__main__":
    unittest.main()
