#!/usr/bin/env python3
"""One service calls another: two clusters with two domains, and a name server between
them. The caller is played here, with the other cluster's keys; the one that is called
finds it by DNS, asks its Hello over TLS, and believes it or not.

Exit status 77: python3-cryptography is not here.
"""

import json
import socket
import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

try:
    import cryptography  # noqa: F401
except ImportError:
    print("needs python3-cryptography")
    sys.exit(77)

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("support", "conformance")]

from cluster import Cluster, await_condition
from dns_server import DnsServer
from stranger.client import Client, Transport, hello
from stranger.encoding import unb64
from stranger.keys import AgreementKey, SigningKey
from stranger.people import Credential, profile
from stranger.service import utc
from stranger.wire import Unsealed

HELLO = {"Hello": {}}
CALLED, CALLER = "called.example", "caller.example"
ENVELOPES = ("EnvelopedProfileService", "EnvelopedProfileHost", "EnvelopedConnectionHost")


class PeersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dns = DnsServer()
        cls.dns.__enter__()
        cls.addClassCleanup(cls.dns.__exit__, None, None, None)
        cls.caller = cls.start(Cluster(reference=False, backends=("b1",), domain=CALLER))
        cls.called = cls.start(Cluster(
            reference=False, backends=("b1",), domain=CALLED,
            frontend_flags=["--dns-server", cls.dns.address_and_port,
                            "--peer-ca-file", cls.caller.certificate, "--verbose"]))
        cls.dns.service(CALLER, "host.elsewhere.example", cls.caller.port)
        cls.dns.address("host.elsewhere.example", "127.0.0.1")

    @classmethod
    def start(cls, cluster):
        cluster.__enter__()
        cls.addClassCleanup(cluster.__exit__, None, None, None)
        return cluster

    def frontend(self, name, *flags):
        """A front end of the service that is called. Each asks anew."""
        return self.called.add_frontend(name, ["--peer-allow-private", *flags])

    def credential(self, domain=CALLER):
        """The caller's, as its own front ends have it."""
        transport = Transport(self.caller.port, self.caller.certificate, CALLER)
        self.addCleanup(transport.close)
        fields = hello(transport)[1]
        key = json.loads((self.caller.keys / "host-authentication.json").read_text())
        return Credential("Service", AgreementKey(unb64(key["Seed"])),
                          {"Domain": domain, **{name: fields[name] for name in ENVELOPES}})

    def client(self, frontend, credential):
        transport = Transport(frontend.served, self.called.certificate, CALLED)
        self.addCleanup(transport.close)
        return Client(transport, credential)

    def refused(self, frontend, credential, why, status=401):
        """Only who is not believed is counted."""
        before = frontend.metric("mesh_authentication_refused_total", reason="domain")
        with self.assertRaises(Unsealed) as caught:
            self.client(frontend, credential).call(HELLO)
        self.assertEqual(caught.exception.status, status)
        self.assertIn(why, caught.exception.description)
        after = frontend.metric("mesh_authentication_refused_total", reason="domain")
        self.assertEqual(after - before, 1 if status == 401 else 0)

    def fetches(self, frontend, result):
        return frontend.metric("mesh_peer_fetches_total", result=result)

    # --- Stories ---------------------------------------------------------------------

    def test_a_service_that_its_domain_shows_is_believed(self):
        frontend = self.frontend("believes")
        client = self.client(frontend, self.credential())
        self.assertEqual(client.call(HELLO).mode, "Service")
        self.assertEqual(client.call(HELLO).mode, "Ticket")
        self.assertEqual(self.fetches(frontend, "ok"), 1)
        self.assertIn(f"_mmm._tcp.{CALLER}", self.dns.asked())
        again = self.client(frontend, self.credential())
        self.assertEqual(again.call(HELLO).mode, "Service")
        self.assertEqual(self.fetches(frontend, "ok"), 1)

    def test_a_service_that_speaks_for_a_domain_of_another_is_refused(self):
        frontend = self.frontend("impostor")
        self.refused(frontend, impostor(CALLER), "another service")

    def test_a_domain_without_a_service_is_refused(self):
        frontend = self.frontend("none")
        self.refused(frontend, self.credential("nowhere.example"), "no service in DNS")
        self.refused(frontend, self.credential("nowhere.example"), "no service in DNS")
        self.assertEqual(self.fetches(frontend, "none"), 1)

    def test_a_host_without_a_certificate_for_the_domain_is_refused(self):
        frontend = self.frontend("certificate")
        self.dns.service("other.example", "host.elsewhere.example", self.caller.port)
        self.refused(frontend, self.credential("other.example"), "no trusted certificate")

    def test_a_domain_that_cannot_be_asked_now_is_no_refusal(self):
        frontend = self.frontend("away")
        self.dns.service("away.example", "host.elsewhere.example", closed_port())
        self.refused(frontend, self.credential("away.example"), "cannot be reached", 503)
        self.assertEqual(self.fetches(frontend, "unreachable"), 1)
        self.dns.fail("_mmm._tcp.silent.example")
        self.refused(frontend, self.credential("silent.example"), "cannot be reached", 503)
        self.assertEqual(self.fetches(frontend, "unreachable"), 2)

    def test_an_address_inside_is_not_connected_to(self):
        before = self.caller.frontend.metric("mesh_connections_accepted_total")
        self.refused(self.called.frontend, self.credential(), "cannot be used")
        after = self.caller.frontend.metric("mesh_connections_accepted_total")
        self.assertEqual(after - before, 1)  # That of credential().

    def test_a_pin_decides_and_is_reloaded(self):
        credential = self.credential()
        with tempfile.TemporaryDirectory() as folder:
            pins = Path(folder) / "pins.json"
            pins.write_text(json.dumps({CALLER: SigningKey().udf}))
            frontend = self.frontend("pins", "--peer-pins", pins)
            self.refused(frontend, credential, "another than it was")
            self.assertEqual(frontend.metric("mesh_peer_changes_total"), 1)
            transport = Transport(self.caller.port, self.caller.certificate, CALLER)
            self.addCleanup(transport.close)
            pins.write_text(json.dumps({CALLER: hello(transport)[0].service_udf}))

            def believed():
                try:
                    return self.client(frontend, credential).call(HELLO).mode == "Service"
                except Unsealed:
                    return False
            await_condition("the new pin", believed)


def closed_port():
    """Where nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return closed.getsockname()[1]


def impostor(domain):
    """A service that proves who it is, but is not the domain's."""
    service, host, authentication = SigningKey(), SigningKey(), AgreementKey()
    now = datetime.now(timezone.utc)
    connection = {"ServiceUDF": service.udf, "HostUDF": host.udf,
                  "KeyAuthentication": authentication.data(),
                  "NotBefore": utc(now - timedelta(hours=1)),
                  "NotOnOrAfter": utc(now + timedelta(hours=1))}
    return Credential("Service", authentication, {
        "Domain": domain,
        "EnvelopedProfileService": profile("ProfileService", {
            "KeyOfflineSignature": service.data(), "KeyEncryption": AgreementKey().data()}, service),
        "EnvelopedProfileHost": profile("ProfileHost", {
            "KeyOfflineSignature": host.data(), "KeyAuthentication": authentication.data()}, host),
        "EnvelopedConnectionHost": profile("ConnectionHost", connection, service)})


if __name__ == "__main__":
    unittest.main()
