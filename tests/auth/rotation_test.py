#!/usr/bin/env python3
"""Keys that are rotated while clients use them: a service of two front ends, and a client
that must lose nothing.

Exit status 77: python3-cryptography is not here.
"""

import http.client
import subprocess
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

from cluster import DOMAIN, SOURCE, Cluster, await_condition
from mesh_http import Connection
from stranger.client import Client, Transport, hello
from stranger.people import Device, as_device

HELLO = {"Hello": {}}
ROTATE = SOURCE / "scripts" / "rotate-host-key"


class Plain(Transport):
    """The same without TLS."""

    def _connect(self):
        self.connection = http.client.HTTPConnection(*self.where)


class RotationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(reference=False, backends=("b1",), ticket_keys=True,
                              frontend_flags=["--plain-listen", "127.0.0.1:0"])
        cls.cluster.__enter__()
        cls.other = cls.cluster.add_frontend("other")

    @classmethod
    def tearDownClass(cls):
        cls.cluster.__exit__(None, None, None)

    def transport(self, port=None):
        transport = Transport(port or self.cluster.port, self.cluster.certificate, DOMAIN)
        self.addCleanup(transport.close)
        return transport

    def client(self, port=None):
        return Client(self.transport(port), as_device(Device()))

    def host_key(self):
        return hello(self.transport())[0].host_key.udf

    def rotate(self, *flags):
        subprocess.run([ROTATE, *flags, self.cluster.keys], check=True, capture_output=True)

    def refused(self, reason):
        return self.cluster.frontend.metric("mesh_authentication_refused_total", reason=reason)

    def test_a_ticket_is_good_at_every_front_end(self):
        client = self.client()
        client.call(HELLO)
        client.transport = self.transport(self.other.served)
        self.assertEqual(client.call(HELLO).mode, "Ticket")
        self.assertEqual(client.exchanges, 1)

    def test_a_new_ticket_key_costs_nobody_anything(self):
        client = self.client()
        client.call(HELLO)
        old = client.ticket
        self.cluster.add_ticket_key()

        def another_key():
            fresh = self.client()
            fresh.call(HELLO)
            return fresh.ticket.octets[:9] != old.octets[:9]
        await_condition("a ticket under the new key", another_key)
        self.assertEqual(client.call(HELLO).mode, "Ticket")
        self.assertEqual(client.exchanges, 1)

    def test_the_loss_of_all_ticket_keys_costs_one_exchange(self):
        client = self.client()
        client.call(HELLO)
        for file in sorted(self.cluster.ticket_keys.iterdir()):
            file.rename(file.with_suffix(".gone"))
        self.cluster.add_ticket_key()

        def lost():
            client.call(HELLO)
            return client.exchanges == 2
        await_condition("the old keys are gone", lost)
        self.assertGreater(self.refused("ticket_key"), 0)
        self.assertEqual(client.call(HELLO).mode, "Ticket")
        self.assertEqual(client.exchanges, 2)

    def test_a_new_host_key_is_shown_and_the_old_one_answered(self):
        client, before = self.client(), self.host_key()
        self.rotate()
        await_condition("a new host key", lambda: self.host_key() != before)
        self.assertEqual(client.call(HELLO).status, 201)
        self.assertEqual(client.identity.host_key.udf, before)

    def test_a_host_key_that_is_gone_costs_a_hello(self):
        client, before = self.client(), self.host_key()
        self.rotate()
        for file in self.cluster.keys.glob("host-authentication-*.json"):
            file.unlink()

        def gone():
            fresh = Client(self.transport(), as_device(Device()))
            fresh.identity = client.identity
            fresh.call(HELLO)
            return fresh.identity.host_key.udf != before
        await_condition("the old host key is gone", gone)
        self.assertGreater(self.refused("host_key"), 0)
        self.assertEqual(client.call(HELLO).status, 201)

    def test_the_next_host_key_is_answered_before_it_is_shown(self):
        before = self.host_key()
        self.rotate("--next")
        following = self.cluster.keys / "host-authentication-next.json"
        self.assertTrue(following.exists())
        self.assertEqual(self.host_key(), before)
        octets = following.read_bytes()
        self.rotate()
        self.assertEqual((self.cluster.keys / "host-authentication.json").read_bytes(), octets)
        self.assertFalse(following.exists())
        await_condition("the next host key", lambda: self.host_key() != before)

    def test_rotating_keeps_modes_and_leaves_nothing_behind(self):
        self.rotate()
        for file in self.cluster.keys.iterdir():
            self.assertEqual(file.stat().st_mode & 0o777, 0o600, file)
            self.assertTrue(file.name.endswith(".json"), file)
        absent = subprocess.run([ROTATE, self.cluster.folder / "nowhere"], capture_output=True)
        self.assertIn(b"is not there", absent.stderr)
        self.assertNotEqual(absent.returncode, 0)

    def test_without_tls_envelopes_are_served_and_nothing_else(self):
        port = self.cluster.frontend_ports["plain"]
        plain = Plain(port, self.cluster.certificate, DOMAIN)
        self.addCleanup(plain.close)
        client = Client(plain, as_device(Device()))
        self.assertEqual(client.call(HELLO).mode, "Device")
        self.assertEqual(client.call(HELLO).mode, "Ticket")
        for bare in (b'{"Hello":{}}', b'{"Status":{}}'):
            self.assertEqual(plain.post(bare, "application/json").status, 401)
        with self.assertRaises(OSError):
            Connection(port, self.cluster.certificate, DOMAIN, 10)


if __name__ == "__main__":
    unittest.main()
