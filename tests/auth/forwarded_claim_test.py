#!/usr/bin/env python3
"""An account claims what an account at another service has published: its own service asks the
other one, and hands its answer on.

Exit status 77: python3-cryptography is not here.
"""

import base64
import contextlib
import hmac
import os
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

from stranger.encoding import JSON
from stranger.keys import sha512
from two_services import OURS, THEIRS, TwoServices, make_member

SECRET = os.urandom(32)
PUBLICATION = "EBQA-TEST-ONE"


def udf(kind, octets, length=None):
    """The text of a UDF of this type octet."""
    text = base64.b32encode(bytes([kind]) + octets).decode().rstrip("=")[:length]
    return "-".join(text[at:at + 4] for at in range(0, len(text), 4))


def publish():
    return {"Publish": {"Publications": [{
        "ID": PUBLICATION, "Authenticator": udf(32, SECRET),
        "EnvelopedData": [{}, b"what is published"]}]}}


def claim(sender, publisher, secret=SECRET):
    proof = udf(0, hmac.new(secret, sender.encode(), "sha512").digest(), 28)
    payload = JSON.write({"MessageClaim": {
        "MessageID": "NCLA-IM", "Sender": sender, "Recipient": publisher,
        "PublicationId": PUBLICATION, "ServiceAuthenticate": proof, "DeviceAuthenticate": proof}})
    meta = JSON.write({"UniqueID": "NCLA-IM", "MessageType": "MessageClaim"})
    envelope = [{"EnvelopeID": "NCLA-IM", "ContentMetaData": meta}, payload,
                {"PayloadDigest": sha512(payload)}]
    return {"Claim": {"EnvelopedMessageClaim": envelope}}


class ForwardedClaimTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.world = TwoServices(stack)
        cls.world.show(OURS, cls.world.ours.port)
        cls.world.show(THEIRS, cls.world.theirs.port)
        cls.alice = f"alice@{OURS}"
        cls.bob = f"bob@{THEIRS}"
        _, cls.client = make_member(cls.world.ours, cls.world.ours.port, cls.alice)
        _, publisher = make_member(cls.world.theirs, cls.world.theirs.port, cls.bob)
        published = publisher.call(publish())
        assert published.status == 201, published.fields
        cls.publisher = publisher

    def test_the_publication_comes_back_and_the_publisher_finds_the_claim(self):
        reply = self.client.call(claim(self.alice, self.bob))
        self.assertEqual((reply.tag, reply.status), ("ClaimResponse", 201), reply.fields)
        self.assertEqual(reply.fields["CatalogedPublication"]["ID"], PUBLICATION)
        polled = self.publisher.call({"PollClaim": {"PublicationId": PUBLICATION,
                                                    "TargetAccountAddress": self.bob}})
        self.assertIn("EnvelopedMessageClaim", polled.fields)

    def test_a_wrong_proof_is_refused_there(self):
        reply = self.client.call(claim(self.alice, self.bob, os.urandom(32)))
        self.assertEqual((reply.status, reply.name), (404, "MeshPublicationUnknown"))

    def test_nobody_claims_in_anothers_name(self):
        reply = self.client.call(claim(f"carol@{OURS}", self.bob))
        self.assertEqual(reply.status, 403)

    def test_a_domain_without_a_service_has_no_accounts(self):
        reply = self.client.call(claim(self.alice, "bob@nowhere.example"))
        self.assertEqual((reply.status, reply.name), (404, "MeshUnknownAccount"))

    def test_a_service_that_is_away_gives_no_answer(self):
        self.world.show("away.example", 1)
        reply = self.client.call(claim(self.alice, "bob@away.example"))
        self.assertEqual((reply.status, reply.name), (503, "MeshServiceUnavailable"))


if __name__ == "__main__":
    unittest.main()
