#!/usr/bin/env python3
"""A service that lies, and what clients make of it: each lie is told to a client that
has met the service before, and the client must notice. Two clients: the stranger's, and
the program `mesh`.

Exit status 77: python3-cryptography is not here.
"""

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

from cluster import DOMAIN, make_certificate
from fake_service import FakeService
from lies import HELLO, REPLIES, answer_of_before
from stranger.client import Client, Transport
from stranger.encoding import JSON, JSON_B, Malformed
from stranger.keys import NotVerified
from stranger.people import Account, Device, Person, as_member
from stranger.service import AnotherService
from stranger.wire import Attack, Unsealed

STATUS = {"Status": {}}


class Stranger:
    """The stranger's client as the victim."""

    noticed = (Attack, NotVerified, AnotherService, Malformed, Unsealed, KeyError)

    def __init__(self, service, certificate, member, encoding=JSON):
        self.transport = Transport(service.port, certificate, DOMAIN)
        self.client = Client(self.transport, as_member(member), encoding)
        self.look()

    def close(self):
        self.transport.close()

    def look(self):
        return self.client.call(STATUS)

    def renew(self):
        self.client.ticket = None


class LiesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="mesh-test-"))
        cls.certificate, key = make_certificate(cls.folder)
        cls.service = FakeService(cls.certificate, key)
        cls.service.__enter__()
        cls.member = Account(Person(), f"alice@{DOMAIN}").connect(Device())

    @classmethod
    def tearDownClass(cls):
        cls.service.__exit__()
        shutil.rmtree(cls.folder)

    def setUp(self):
        self.service.be_honest()
        self.victim = self.meet()

    def meet(self, encoding=JSON):
        """A client that has met the service while it was honest."""
        victim = Stranger(self.service, self.certificate, self.member, encoding)
        self.addCleanup(victim.close)
        return victim

    def notices(self, lie):
        lie(self.service)
        with self.assertRaises(self.victim.noticed):
            self.victim.look()
        self.service.be_honest()
        self.victim.look()

    def test_an_honest_service_is_believed_in_both_encodings(self):
        for encoding in (JSON, JSON_B):
            victim = self.meet(encoding)
            self.assertEqual(victim.look().mode, "Ticket")
            victim.renew()
            self.assertEqual(victim.look().mode, "Profile")

    def test_the_same_host_key_after_it_was_unknown_is_believed(self):
        self.service.host_key_unknown = True
        self.assertEqual(self.victim.look().status, 201)

    def test_the_answer_of_before_is_noticed(self):
        answer_of_before(self.service)
        self.victim.look()
        with self.assertRaises(self.victim.noticed):
            self.victim.look()


def add_lies():
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
        setattr(LiesTest, name(lie, "in_hello"), in_exchange(tell))
    for lie, tell in REPLIES.items():
        setattr(LiesTest, name(lie, "under_a_ticket"), under_ticket(tell))
        setattr(LiesTest, name(lie, "in_an_exchange"), in_exchange(tell))


add_lies()

if __name__ == "__main__":
    unittest.main()
