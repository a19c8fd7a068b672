#!/usr/bin/env python3
"""A service that lies, and what clients make of it: each lie is told to a client that
has met the service before, and the client must notice. Two clients: the stranger's, and
the program `mesh`.

Exit status 77: python3-cryptography is not here.
"""

import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import cryptography  # noqa: F401
except ImportError:
    print("needs python3-cryptography")
    sys.exit(77)

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("support", "conformance", "integration")]

import mesh_program
import secret_search
from cluster import DOMAIN, make_certificate
from fake_service import FakeService
from lies import HELLO, REPLIES, answer_of_before
from mesh_program import DONE, UNVERIFIED
from stranger.client import Client, Transport
from stranger.encoding import Malformed, unb64
from stranger.keys import NotVerified
from stranger.people import Account, Device, Person, as_member
from stranger.service import AnotherService
from stranger.wire import Attack, Unsealed

STATUS = {"Status": {}}


class Stranger:
    """The stranger's client as the victim."""

    noticed = (Attack, NotVerified, AnotherService, Malformed, Unsealed, KeyError)

    def __init__(self, service, certificate, member):
        self.transport = Transport(service.port, certificate, DOMAIN)
        self.client = Client(self.transport, as_member(member))

    def close(self):
        self.transport.close()

    def look(self):
        """Asks for Status; says whether under a ticket or in an exchange."""
        return "ticket" if self.client.call(STATUS).mode == "Ticket" else "exchange"

    def renew(self):
        """Makes its next request an exchange."""
        self.client.ticket = None


class Refused(Exception):
    """What `mesh` says when something does not verify."""


class Program:
    """The program `mesh` as the victim."""

    noticed = (Refused,)

    def __init__(self, device, said):
        self.device = device
        self.said = said  # Everything that it ever said.

    def close(self):
        pass

    def look(self):
        outcome = self.device.mesh("status", "--json", "--verbose")
        self.said.append((outcome.out + outcome.err).encode())
        if outcome.exit == DONE:
            return outcome.json["binding"]["mode"]
        if outcome.exit == UNVERIFIED:
            raise Refused(outcome.json["error"])
        raise AssertionError(f"mesh status: {outcome.exit} {outcome.out}{outcome.err}")

    def renew(self):
        for session in self.device.home.rglob("session.json"):
            session.unlink()


class Lies:
    """One fake service; each test meets it while it is honest."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="mesh-test-"))
        cls.certificate, key = make_certificate(cls.folder)
        cls.service = FakeService(cls.certificate, key)
        cls.service.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.service.__exit__()
        shutil.rmtree(cls.folder)

    def setUp(self):
        self.service.be_honest()
        self.victim = self.meet()
        self.addCleanup(self.victim.close)
        self.victim.look()

    def notices(self, lie):
        lie(self.service)
        with self.assertRaises(self.victim.noticed):
            self.victim.look()
        self.service.be_honest()
        self.victim.look()

    def test_an_honest_service_is_believed(self):
        self.assertEqual(self.victim.look(), "ticket")
        self.victim.renew()
        self.assertEqual(self.victim.look(), "exchange")

    def test_a_host_key_that_was_unknown_is_asked_for_again(self):
        self.service.host_key_unknown = True
        self.victim.renew()
        self.victim.look()
        self.assertIn(("Null", "Hello"), self.service.seen[-3:])


class StrangerTest(Lies, unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member = Account(Person(), f"alice@{DOMAIN}").connect(Device())

    def meet(self):
        return Stranger(self.service, self.certificate, self.member)

    def test_the_answer_of_before_is_noticed(self):
        answer_of_before(self.service)
        self.victim.look()
        with self.assertRaises(self.victim.noticed):
            self.victim.look()


class ProgramTest(Lies, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls.folder / "home"
        cls.said = []
        mesh_program.Device(cls.home, cls.service.port, cls.certificate).mesh(
            "account", "create", f"alice@{DOMAIN}")

    def meet(self):
        home = self.folder / self._testMethodName
        shutil.copytree(self.home, home)
        return Program(mesh_program.Device(home, self.service.port, self.certificate), self.said)

    @classmethod
    def tearDownClass(cls):
        seeds = [unb64(seed) for path in cls.home.rglob("*.json")
                 for seed in re.findall(r'"Private": *"([\w-]+)"', path.read_text())]
        super().tearDownClass()
        assert len(seeds) >= 3, "the device's keys are not where they were"
        secrets = [*seeds, cls.service.master_key, cls.service.ticket]
        assert not secret_search.find(secrets, {"mesh": b"".join(cls.said)}), "mesh told a secret"


def add_lies(test_class):
    """One test for each lie."""
    def name(lie, where):
        return f"test_{lie.replace(' ', '_').replace(',', '')}_{where}_is_noticed"

    def under_ticket(tell):
        return lambda test: test.notices(tell)

    def in_exchange(tell):
        def run(test):
            test.victim.renew()
            test.notices(tell)
        return run

    for lie, tell in HELLO.items():
        setattr(test_class, name(lie, "in_hello"), in_exchange(tell))
    for lie, tell in REPLIES.items():
        setattr(test_class, name(lie, "under_a_ticket"), under_ticket(tell))
        setattr(test_class, name(lie, "in_an_exchange"), in_exchange(tell))


add_lies(StrangerTest)
add_lies(ProgramTest)

if __name__ == "__main__":
    unittest.main()
