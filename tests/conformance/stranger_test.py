#!/usr/bin/env python3
"""The stranger's client by itself: its codec, its arithmetic, its handshake, and the
worked exchange of docs/AUTHENTICATION.md, which it makes again.

Exit status 77: python3-cryptography is not here.
"""

import json
import os
import sys
import unittest
from pathlib import Path

try:
    from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
except ImportError:
    print("needs python3-cryptography")
    sys.exit(77)

from stranger import noise, worked_example, x448
from stranger.encoding import JSON, JSON_B, JSON_B_FULL, Malformed, Text, octets_of, split_array
from stranger.keys import AgreementKey, NotVerified, SigningKey, signed, udf, verified

SOURCE = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("MESH_SHARED", SOURCE.parent / "shared"))


class EncodingTest(unittest.TestCase):
    TREE = {"a": [1, -5, True, 'x"ü', b"\1\2" * 200, {}, Text('{"q":[1]}'), 7],
            "b": {"c": b"", "d": [[], {}], "e": 70000}, "f": False}

    def test_every_encoding_gives_back_what_was_written(self):
        for encoding in (JSON, JSON_B, JSON_B_FULL):
            read = encoding.read(encoding.write(self.TREE))
            self.assertEqual(octets_of(read["a"].pop(4)), self.TREE["a"][4])
            self.assertEqual(octets_of(read["b"].pop("c")), b"")
            self.assertEqual(read, {"a": [1, -5, True, 'x"ü', {}, {"q": [1]}, 7],
                                    "b": {"d": [[], {}], "e": 70000}, "f": False})

    def test_json_knows_no_items_and_no_repeated_member(self):
        for octets in (b"[\xa0\x01]", b'{"a":1,"a":2}', b"[1 2]", b"[1,]", b"[1] x", b'{"a":'):
            with self.assertRaises(Malformed):
                JSON.read(octets)

    def test_chunks_are_one_string(self):
        self.assertEqual(JSON_B.read(b"[\x84\x05Hello\x80\x01!]"), ["Hello!"])
        self.assertEqual(JSON_B.read(b"[\x8c\x01\x00\x88\x01\xff]"), [b"\x00\xff"])

    def test_elements_are_known_by_their_octets(self):
        found = split_array(b'[ {"Version": 1} , "AA"]', binary=False)
        self.assertEqual(found[0][1].strip(), b'{"Version": 1}')


class CurveTest(unittest.TestCase):
    def test_agrees_with_another_implementation(self):
        seed, other = os.urandom(56), AgreementKey()
        theirs = X448PrivateKey.from_private_bytes(seed)
        agreed = theirs.exchange(X448PublicKey.from_public_bytes(other.u))
        self.assertEqual(AgreementKey(seed).agree(other.u), agreed)

    def test_a_sum_of_keys_agrees(self):
        one, two, peer = AgreementKey(), AgreementKey(), AgreementKey()
        both = one.plus(two)
        self.assertEqual(both.agree(peer.u), peer.agree(both.u))

    def test_low_orders_agree_to_zero(self):
        for u in x448.LOW_ORDER:
            self.assertEqual(AgreementKey().agree(u), bytes(56))

    def test_a_published_key_has_its_published_name(self):
        # draft-hallambaker-mesh-architecture-14, a KeyEncryption.
        public = bytes.fromhex(
            "496f6d58598311f2d2e0acdd8688c71cad9b2bcb90ec3f6cdcae65a67281b3c55e6e02a6b00af5a2"
            "bc78ce967107e35a402c991d408c4a9180")
        self.assertEqual(udf("X448", public), "MAWX-U6RL-AMTZ-3TXN-KM7D-OOIC-YWFH")


class EnvelopeTest(unittest.TestCase):
    def test_a_signature_holds_for_its_key_and_payload_only(self):
        key, other = SigningKey(), SigningKey()
        envelope = JSON.read(JSON.write(signed(b"payload", key)))
        self.assertEqual(verified(envelope, key_of(key)), b"payload")
        with self.assertRaises(NotVerified):
            verified(envelope, key_of(other))
        with self.assertRaises(NotVerified):
            verified([envelope[0], "b3RoZXI", envelope[2]], key_of(key))


def key_of(key):
    from stranger.keys import PublicKey
    return PublicKey(JSON.read(JSON.write(key.data())))


class NoiseTest(unittest.TestCase):
    def test_both_sides_understand_each_other_and_nobody_else(self):
        device, host = AgreementKey(), AgreementKey()
        initiator = noise.Initiator(b"prologue", device, host.u)
        message = initiator.write(b"request")
        responder = noise.Responder(b"prologue", host)
        self.assertEqual(responder.read(message), b"request")
        self.assertEqual(responder.initiator, device.u)
        self.assertEqual(initiator.read(responder.write(b"reply")), b"reply")
        for stranger in (noise.Responder(b"other", host), noise.Responder(b"prologue", device)):
            with self.assertRaises(NotVerified):
                stranger.read(message)

    def test_the_published_vector(self):
        path = SHARED / "noise" / "noise_448_aesgcm_sha512.json"
        if not path.exists():
            self.skipTest("no vector at hand")
        for vector in json.loads(path.read_text())["vectors"]:
            self.check(vector)

    def check(self, vector):
        def octets(name):
            return bytes.fromhex(vector[name])

        first, second, *transport = vector["messages"]
        initiator = noise.Initiator(octets("init_prologue"), AgreementKey(octets("init_static")),
                                    octets("init_remote_static"))
        responder = noise.Responder(octets("resp_prologue"), AgreementKey(octets("resp_static")))
        message = initiator.write(bytes.fromhex(first["payload"]), octets("init_ephemeral"))
        self.assertEqual(message.hex(), first["ciphertext"])
        self.assertEqual(responder.read(message).hex(), first["payload"])
        message = responder.write(bytes.fromhex(second["payload"]), octets("resp_ephemeral"))
        self.assertEqual(message.hex(), second["ciphertext"])
        self.assertEqual(initiator.read(message).hex(), second["payload"])
        self.assertEqual(initiator.state.hash, octets("handshake_hash"))
        keys = initiator.state.split()
        for number, sent in enumerate(transport):
            nonce = bytes(4) + (number // 2).to_bytes(8, "big")
            sealed = noise.AESGCM(keys[number % 2]).encrypt(nonce, bytes.fromhex(sent["payload"]), b"")
            self.assertEqual(sealed.hex(), sent["ciphertext"])


class WorkedExchangeTest(unittest.TestCase):
    def test_the_page_says_what_comes_out(self):
        page = (SOURCE / "docs" / "AUTHENTICATION.md").read_text()
        section = page[page.index(worked_example.TITLE):]
        self.assertEqual(section, worked_example.section(),
                         "make it again: python3 -m stranger --worked-example")


if __name__ == "__main__":
    unittest.main()
