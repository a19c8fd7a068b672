"""Back ends that devices reach by names of their own: a wildcard certificate for those beside the
service's own one, and name servers that alone know where they are. Real processes."""

import shutil
import socket
import ssl
import sys
import tempfile
import unittest
from pathlib import Path

from mesh_program import Device, address_on

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import DOMAIN, Cluster, await_condition, make_pair  # noqa: E402
from dns_server import DnsServer  # noqa: E402

HOSTS = "hosts.example"  # No name server of this machine knows it.
SERVED = "mesh_requests_total"


class DirectNamesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="mesh-test-"))
        cls.addClassCleanup(shutil.rmtree, folder, True)
        cls.hosts = make_pair(folder, "hosts-", HOSTS, f"DNS:*.{HOSTS}")
        own = folder / "certificate.pem", folder / "key.pem"  # Where the cluster makes them.
        cls.cluster = Cluster(
            folder=folder, direct=True, direct_domain=HOSTS,
            direct_options=["--tls-cert", [own[0], cls.hosts[0]],
                            "--tls-key", [own[1], cls.hosts[1]]],
            frontend_flags=["--no-forwarding", "--host-name", "localhost"])
        cls.cluster.__enter__()
        cls.addClassCleanup(cls.cluster.__exit__, None, None, None)
        cls.dns = DnsServer()
        cls.dns.__enter__()
        cls.addClassCleanup(cls.dns.__exit__, None, None, None)
        cls.dns.address(f"b2.{HOSTS}", "127.0.0.1")
        cls.trusted = folder / "trusted.pem"
        cls.trusted.write_text(own[0].read_text() + cls.hosts[0].read_text())

    def port(self, backend):
        return self.cluster.backend_ports[backend]["direct"]

    # --- Where a host is ----------------------------------------------------------------

    def device(self):
        home = self.cluster.folder / "homes" / self._testMethodName
        home.parent.mkdir(exist_ok=True)
        device = Device(home, self.cluster.port, self.trusted)
        del device.environment["MESH_CONNECT"]
        device.environment["MESH_SERVICE"] = f"https://localhost:{self.cluster.port}"
        device.environment["MESH_DNS_SERVER"] = self.dns.address_and_port
        return device

    def test_the_name_servers_that_were_given_say_where_a_direct_host_is(self):
        device = self.device()
        device.do("account", "create", address_on(self.cluster, "b2", "alice"))
        device.do("status")
        before = self.cluster.frontend.metric(SERVED)
        told = device.do("status")["binding"]["direct_host"]
        self.assertEqual(told, f"b2.{HOSTS}:{self.port('b2')}")
        self.assertEqual(self.cluster.frontend.metric(SERVED), before)

    def test_a_direct_host_that_they_do_not_know_is_left_for_the_front_tier(self):
        device = self.device()
        device.do("account", "create", address_on(self.cluster, "b1", "bob"))
        before = self.cluster.frontend.metric(SERVED)
        outcome = device.mesh("status", "-v")
        self.assertEqual(outcome.exit, 0, outcome.err)
        self.assertIn(f"b1.{HOSTS} has no address", outcome.err)
        self.assertGreater(self.cluster.frontend.metric(SERVED), before)

    # --- Which certificate it shows -----------------------------------------------------

    def shown(self, host):
        """What b1 shows to a client that asks for `host`, in PEM; None: it asks for none."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.port("b1")), timeout=30) as plain:
            with context.wrap_socket(plain, server_hostname=host) as secure:
                return ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True)).strip()

    def shows(self, host, pem):
        try:
            return self.shown(host) == pem.strip()
        except ssl.SSLError:
            return False

    def test_the_certificate_is_that_of_the_host_asked_for(self):
        service = self.cluster.certificate.read_text().strip()
        for host in (f"mmm.{DOMAIN}", "localhost", None):
            self.assertEqual(self.shown(host), service, host)
        self.assertEqual(self.shown(f"b1.{HOSTS}"), self.hosts[0].read_text().strip())

    def test_a_host_that_no_certificate_names_is_refused_by_name(self):
        with self.assertRaisesRegex(ssl.SSLError, "(?i)unrecognized.name"):
            self.shown("mmm.other.example")
        log = self.cluster.backends["b1"].log.read_text()
        self.assertIn("a client asked for a host that no certificate names", log)
        self.assertIn("mmm.other.example", log)

    def test_a_new_certificate_is_shown_without_a_restart(self):
        before = [file.read_bytes() for file in self.hosts]
        other = make_pair(self.cluster.folder, "other-", "other.example", "DNS:*.other.example")
        try:
            for file, new in zip(self.hosts, other):
                shutil.copy(new, file)
            await_condition("the new one",
                            lambda: self.shows("b1.other.example", other[0].read_text()))
            with self.assertRaises(ssl.SSLError):
                self.shown(f"b1.{HOSTS}")
            log = self.cluster.backends["b1"].log.read_text()
            self.assertIn(f"host=b1.{HOSTS}", log)  # The operator is told which is missing.
        finally:
            for file, octets in zip(self.hosts, before):
                file.write_bytes(octets)
            await_condition("the old one",
                            lambda: self.shows(f"b1.{HOSTS}", before[0].decode()))


if __name__ == "__main__":
    unittest.main()
