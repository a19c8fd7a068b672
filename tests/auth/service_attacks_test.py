#!/usr/bin/env python3
"""Attacks by what says that it is another service. None gets as far as its domain being
asked; peers_test.py has what the domain says then.

Exit status 77: python3-cryptography is not here.
"""

import sys
import unittest

try:
    import cryptography  # noqa: F401
except ImportError:
    print("needs python3-cryptography")
    sys.exit(77)

from attack_bench import STATUS, UNAUTHENTICATED, AttackTest
from fake_service import ServiceKeys
from stranger.encoding import JSON
from stranger.keys import AgreementKey, SigningKey
from stranger.wire import Exchange

ANOTHER_DOMAIN = "another.example"


class ServiceTest(AttackTest):
    def setUp(self):
        self.keys = ServiceKeys()

    def hello(self, message=None, static=None, **presented):
        """How a Hello ends that presents the service of self.keys, but for `presented`."""
        extra = {"Domain": ANOTHER_DOMAIN, **self.keys.hello(), **presented}
        client = self.alice.client
        request = Exchange(client.identity, JSON, "Service", static or self.keys.authentication)
        return self.end(client, request, request.seal(self.text(message or {"Hello": {}}, extra)))

    def connection(self, signer=None, **members):
        return {"EnvelopedConnectionHost": self.keys.connection_host(signer, **members)}

    def refused(self, reason, **presented):
        self.ends(UNAUTHENTICATED, lambda: self.hello(**presented), reason)

    def test_connection_of_the_past(self):
        self.refused("connection", **self.connection(days=(-30, -1)))

    def test_connection_of_the_future(self):
        self.refused("connection", **self.connection(days=(1, 30)))

    def test_connection_that_another_service_signed(self):
        self.refused("connection", **self.connection(SigningKey()))

    def test_connection_of_another_service(self):
        self.refused("connection", **self.connection(ServiceUDF=SigningKey().udf))

    def test_host_of_another_service(self):
        self.refused("connection", EnvelopedProfileHost=ServiceKeys().profile_host())

    def test_profile_of_another_service(self):
        self.refused("connection", EnvelopedProfileService=ServiceKeys().profile_service())

    def test_profile_that_another_key_signed(self):
        self.refused("connection", EnvelopedProfileService=self.keys.profile_service(SigningKey()))

    def test_key_of_another_host(self):
        self.refused("key", static=AgreementKey())

    def test_nothing_presented(self):
        self.refused("connection", EnvelopedProfileService=[{}, b"", {}])

    def test_the_service_itself_played_by_somebody(self):
        """What everybody can read in Hello does not make anybody the service."""
        hello = self.alice.client.hello
        mine = {name: hello[name] for name in ("EnvelopedProfileService", "EnvelopedProfileHost",
                                               "EnvelopedConnectionHost")}
        self.refused("key", **mine)

    def test_status_by_a_service_that_nobody_knows(self):
        ending = self.hello(STATUS)
        self.assertEqual(ending.status // 100, 4, ending)


if __name__ == "__main__":
    unittest.main()
