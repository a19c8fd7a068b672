"""A cluster whose hop wants certificates on both sides: its back ends serve, move accounts between
each other, and talk to nobody whom their authority does not know. Real processes, a real etcd."""

import json
import socket
import ssl
import subprocess
import sys
import time
import unittest
from pathlib import Path

from mesh_program import Device, address_on

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import etcd  # noqa: E402
from cluster import Authority, Cluster, await_condition, program_folder  # noqa: E402

RELOADED = "the hop's certificates reloaded"
FIRST_HALF = "0-8191"  # The slots of b1.


class MutualTlsTest(unittest.TestCase):
    """Each test has a cluster of its own, for moves change it."""

    def setUp(self):
        self.cluster = Cluster(etcd=True, hop_tls=True, frontend_flags=["--no-forwarding"])
        self.cluster.__enter__()
        self.addCleanup(self.cluster.__exit__, None, None, None)
        self.device = Device(self.cluster.folder / "home", self.cluster.port,
                             self.cluster.certificate)
        self.device.do("account", "create", address_on(self.cluster, "b1", "alice"))

    def move(self, *more):
        """What `mesh-admin move` begins: names of moves."""
        run = subprocess.run([str(part) for part in (
            program_folder() / "mesh-admin", *self.cluster.etcd_flags, "--json", "move", "slots",
            FIRST_HALF, "--to", "b2", *more)], stdout=subprocess.PIPE, text=True, timeout=120,
            check=False)
        self.assertEqual(run.returncode, 0, run.stdout)
        return json.loads(run.stdout.splitlines()[-1])["moves"]

    def record(self, move):
        return json.loads(self.cluster.entries()[self.cluster.etcd_key(f"moves/{move}")])

    def await_cleaned(self, move):
        await_condition(f"the end of {move}", lambda: self.record(move)["phase"] == "cleaned")

    def test_accounts_move_between_back_ends_that_know_each_other(self):
        before = self.device.do("status")
        move, = self.move()
        self.await_cleaned(move)
        self.assertGreater(self.record(move)["keys"], 0)
        self.cluster.kill_backend("b1")  # Not needed for it any more.
        self.assertEqual(self.device.do("status")["account"], before["account"])

    def first_octets(self, certificate):
        """What b1 says first to a peer with this (certificate, key): HTTP/2 settings, unless the
        connection breaks."""
        context = ssl.create_default_context(cafile=self.cluster.authority.certificate)
        context.check_hostname = False
        context.set_alpn_protocols(["h2"])
        if certificate:
            context.load_cert_chain(*certificate)
        port = self.cluster.backend_ports["b1"]["listen"]
        with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
            try:
                with context.wrap_socket(plain) as secure:
                    return secure.recv(9)
            except (ssl.SSLError, ConnectionError):
                return b""

    def test_a_peer_without_a_certificate_of_the_authority_is_refused(self):
        stranger = Authority(self.cluster.folder / "stranger").issue("b2")
        self.assertEqual(self.first_octets(None), b"")
        self.assertEqual(self.first_octets(stranger), b"")
        self.assertNotEqual(self.first_octets(self.cluster.authority.issue("b2")), b"")

    def restart(self, name):
        self.cluster.backends[name].stop()
        self.cluster.start_backend(name)

    def test_a_front_end_shows_the_certificate_that_is_there_when_it_connects(self):
        path = Path(self.cluster.hop_flags("frontend")[1])
        own, key = path.read_bytes(), path.with_suffix(".key").read_bytes()
        stranger = Authority(self.cluster.folder / "stranger").issue("frontend")
        end = self.cluster.frontend.metric("mesh_tls_certificate_end_timestamp_seconds",
                                           use="hop")
        self.assertGreater(end, time.time())
        self.replace(path, *(one.read_bytes() for one in stranger))
        self.restart("b1")
        self.assertNotEqual(self.device.mesh("status").exit, 0)
        self.replace(path, own, key)
        self.device.do("status")

    def replace(self, path, certificate, key):
        """Puts another pair in its place, and waits until the front end has read it."""
        path.with_suffix(".key").write_bytes(key)
        path.write_bytes(certificate)
        log = self.cluster.folder / "frontend" / "log"
        seen = log.read_text().count(RELOADED)
        await_condition("the certificates", lambda: log.read_text().count(RELOADED) > seen)

    def test_a_back_end_that_the_source_does_not_know_gets_no_accounts(self):
        own, self.cluster.authority = (self.cluster.authority,
                                       Authority(self.cluster.folder / "stranger"))
        self.cluster.backends["b2"].stop()
        self.cluster.start_backend("b2")
        self.cluster.authority = own
        move, = self.move()
        await_condition("a failed attempt", lambda: self.record(move)["restarts"] > 0)
        self.assertEqual(self.record(move)["keys"], 0)
        self.device.do("status")  # The source serves on.
        # With its own certificate the back end carries on with what was planned.
        self.cluster.backends["b2"].stop()
        self.cluster.start_backend("b2")
        self.await_cleaned(move)
        self.device.do("status")


if __name__ == "__main__":
    if not etcd.installed():
        print("etcd is not installed (packages.txt: etcd-server)")
        sys.exit(77)
    unittest.main()
