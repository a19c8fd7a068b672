#!/usr/bin/env python3
"""Attacks with keys, profiles and signatures: who somebody claims to be, and what an
administrator is said to have signed.

Exit status 77: python3-cryptography is not here.
"""

import os
import sys
import unittest
from dataclasses import replace

try:
    import cryptography  # noqa: F401
except ImportError:
    print("needs python3-cryptography")
    sys.exit(77)

from attack_bench import (BACKEND, CONTACTS, DEVICES, DOMAIN, STATUS, UNAUTHENTICATED, AttackTest,
                          sealed, unsealed)
from stranger import x448
from stranger.encoding import JSON
from stranger.keys import AgreementKey, PublicKey, SigningKey
from stranger.noise import hkdf
from stranger.people import (Account, Credential, Device, Member, Person, as_device, as_member,
                             catalog_entry, upload)
from stranger.service import ServiceIdentity
from stranger.wire import Exchange, envelope, now

NEEDS_ADMINISTRATOR = sealed(403, "MeshAdministratorNeeded")
NOT_ALLOWED = sealed(403, "MeshMessageInsufficientPrivilege")
UNKNOWN_DEVICE = sealed(401, "MeshDeviceUnknown")
# A point of the base, u = 5: whoever says so has the scalar 1, and its name may be written
# in a second way that is not canonical.
BASE_PLUS_P = (x448.P + 5).to_bytes(56, "little")


class Bent:
    """A key whose octets on the wire are not those of its u."""

    def __init__(self, u, scalar=1):
        self.u = u
        self.scalar = scalar

    def agree(self, u):
        """What the service will compute: zero for a point of low order."""
        return bytes(56) if self.u in x448.LOW_ORDER else x448.multiply(self.scalar, u)


class BentExchange(Exchange):
    """An exchange with an ephemeral key of our choice, which minds no zero."""

    def __init__(self, *arguments, ephemeral=None):
        super().__init__(*arguments)
        self.bent = ephemeral
        self.initiator.state.mix_key = self.mix_key

    def mix_key(self, material):
        state = self.initiator.state
        state.chaining_key, key = hkdf(state.chaining_key, material)
        state.key, state.count = key[:32], 0

    def seal(self, text, ephemeral=None):
        if self.bent is None:
            return super().seal(text)
        self.request_id = text.request_id
        initiator, state = self.initiator, self.initiator.state
        initiator.ephemeral = self.bent
        state.mix_hash(self.bent.u)
        self.mix_key(self.bent.agree(initiator.responder))
        static = state.encrypt(initiator.static.u)
        self.mix_key(initiator.static.agree(initiator.responder))
        return envelope(self.encoding, self.header,
                        self.bent.u + static + state.encrypt(text.octets()))


class KeyTest(AttackTest):
    """Keys that are none."""

    def device_hello(self, static, profile, ephemeral=None):
        """How a Hello in mode Device ends, with this static key and this ProfileDevice."""
        client = self.alice.client
        request = BentExchange(client.identity, JSON, "Device", static, ephemeral=ephemeral)
        text = self.text({"Hello": {}}, {"EnvelopedProfileDevice": profile})
        return self.end(client, request, request.seal(text))

    def test_static_key_of_low_order(self):
        for u in x448.LOW_ORDER:
            profile = Device().make_profile(u + b"\0")
            self.ends(UNAUTHENTICATED, lambda: self.device_hello(Bent(u), profile), "key")

    def test_static_key_that_is_not_canonical(self):
        profile = Device().make_profile(BASE_PLUS_P + b"\0")
        self.ends(UNAUTHENTICATED, lambda: self.device_hello(Bent(BASE_PLUS_P), profile), "key")

    def test_ephemeral_key_of_low_order(self):
        device = Device()
        for u in x448.LOW_ORDER:
            self.ends(UNAUTHENTICATED, lambda: self.device_hello(
                device.authentication, device.profile, Bent(u)), "key")

    def test_ephemeral_key_that_is_not_canonical(self):
        device = Device()
        self.ends(UNAUTHENTICATED, lambda: self.device_hello(
            device.authentication, device.profile, Bent(BASE_PLUS_P)), "key")

    def test_the_same_keys_unbent_are_taken(self):
        base = Bent(x448.BASE)
        profile = Device().make_profile(x448.BASE + b"\0")
        self.assertEqual(self.device_hello(base, profile).status, 201)
        device = Device()
        self.assertEqual(self.device_hello(device.authentication, device.profile, base).status, 201)

    def test_wrong_last_octet(self):
        device = Device()
        for last in (1, 0x7F, 0x81, 0xFF):
            profile = device.make_profile(device.authentication.u + bytes([last]))
            self.ends(UNAUTHENTICATED,
                      lambda: self.device_hello(device.authentication, profile), "profile")

    def test_profile_with_another_key(self):
        device, other = Device(), Device()
        self.ends(UNAUTHENTICATED,
                  lambda: self.device_hello(device.authentication, other.profile), "key")

    def test_profile_that_another_key_signed(self):
        device = Device()
        forged = device.make_profile(signer=SigningKey())
        self.ends(UNAUTHENTICATED,
                  lambda: self.device_hello(device.authentication, forged), "profile")

    def test_no_profile(self):
        client = self.alice.client
        device = Device()
        request = Exchange(client.identity, JSON, "Device", device.authentication)
        body = request.seal(self.text({"Hello": {}}))
        self.ends(UNAUTHENTICATED, lambda: self.end(client, request, body), "profile")

    def test_exchange_with_a_key_of_another_service(self):
        client = self.alice.client
        mine = client.identity
        stranger = PublicKey(JSON.read(JSON.write(AgreementKey().data())))
        for identity, ending, reason in (
                (ServiceIdentity(mine.service_udf, stranger, None),
                 unsealed(401, "MeshHostKeyUnknown"), "host_key"),
                (ServiceIdentity(SigningKey().udf, mine.host_key, None), UNAUTHENTICATED,
                 "handshake"),
                (ServiceIdentity(mine.service_udf, Named(stranger, mine.host_key), None),
                 UNAUTHENTICATED, "handshake")):
            request = Exchange(identity, JSON, "Profile", self.alice.authentication)
            body = request.seal(self.text(STATUS, self.alice.extra()))
            self.ends(ending, lambda: self.end(client, request, body), reason)


class Named:
    """One key under the name of another."""

    def __init__(self, key, name):
        self.u, self.udf = key.u, name.udf


class ChainTest(AttackTest):
    """Assertions that do not lead to the account."""

    def status_as(self, credential, message=STATUS, signer=None):
        client = self.client(credential)
        text = self.text(message, credential.extra)
        if signer is not None:
            text = self.sign(text, signer, self.alice, credential.extra)
        request = client.request()
        return self.end(client, request, request.seal(text))

    def test_connection_signed_by_a_key_that_is_not_on_the_chain(self):
        forged = self.alice.account.connect(Device(), signer=SigningKey())
        self.ends(UNAUTHENTICATED, lambda: self.status_as(as_member(forged)), "connection")

    def test_connection_signed_by_the_offline_key_of_the_account(self):
        forged = self.alice.account.connect(Device(), signer=self.alice.account.offline)
        self.ends(UNAUTHENTICATED, lambda: self.status_as(as_member(forged)), "connection")

    def test_connection_of_another_device(self):
        stolen = replace(as_member(self.alice), static=AgreementKey())
        self.ends(UNAUTHENTICATED, lambda: self.status_as(stolen), "key")

    def test_connection_to_another_account(self):
        bob = self.make_account("bob")
        mixed = {**self.alice.extra(), "EnvelopedConnectionAccount": bob.connection}
        credential = Credential("Profile", bob.authentication, mixed)
        self.ends(UNAUTHENTICATED, lambda: self.status_as(credential), "connection")

    def test_whole_chain_of_another_account(self):
        carol = self.make_account("carol")
        credential = Credential("Profile", carol.authentication,
                                {**carol.extra(), "Account": self.alice.account.address})
        self.ends(sealed(401, "MeshRequestUnauthenticated"), lambda: self.status_as(credential),
                  "profile", BACKEND)

    def test_own_profile_for_the_address(self):
        mallory = Account(Person(), self.alice.account.address)
        member = mallory.connect(Device())
        for signer in (None, mallory.online):
            self.ends(sealed(401, "MeshRequestUnauthenticated"),
                      lambda: self.status_as(as_member(member), signer=signer), "profile", BACKEND)

    def test_device_that_is_not_in_the_account(self):
        member = self.alice.account.connect(Device())
        self.ends(UNKNOWN_DEVICE, lambda: self.status_as(as_member(member)), "not_in_account",
                  BACKEND)

    def test_refused_callers_get_no_ticket(self):
        member = self.alice.account.connect(Device())
        bob = Account(Person(), f"alice@{DOMAIN}").connect(Device())
        for refused in (member, bob):
            client = self.client(as_member(refused))
            self.assertEqual(client.call(STATUS).status, 401)
            self.assertIsNone(client.ticket)

    def test_key_that_another_entry_holds(self):
        account = self.alice.account
        twin = Member(account, Device(), SigningKey(), self.alice.authentication, None,
                      account.online)
        before = self.state()
        ending = self.status_as(as_member(self.alice), upload(DEVICES, twin.entry()),
                                self.alice.account.online)
        self.assertEqual((ending.status // 100, ending.sealed), (4, True), ending)
        self.assertEqual(self.state(), before)

    def test_nothing_presented(self):
        credential = Credential("Profile", AgreementKey(), {"Account": f"alice@{DOMAIN}"})
        self.ends(UNAUTHENTICATED, lambda: self.status_as(credential), "profile")

    def test_device_that_adds_itself(self):
        member = self.alice.account.connect(Device())
        entry = upload(DEVICES, member.entry())
        self.ends(UNKNOWN_DEVICE, lambda: self.status_as(as_member(member), entry),
                  "not_in_account", BACKEND)
        self.ends(NOT_ALLOWED, lambda: self.status_as(as_device(member.device), entry), "mode")

    def test_device_that_adds_another(self):
        member = self.alice.account.connect(Device())
        self.ends(NEEDS_ADMINISTRATOR,
                  lambda: self.status_as(as_member(self.alice), upload(DEVICES, member.entry())),
                  "administrator", BACKEND)

    def test_entry_that_does_not_hold(self):
        forged = self.alice.account.connect(Device(), signer=SigningKey())
        self.ends(NOT_ALLOWED,
                  lambda: self.status_as(as_member(self.alice), upload(DEVICES, forged.entry()),
                                         self.alice.account.online), "device_entry", BACKEND)


class AdministratorTest(AttackTest):
    """Signatures of an administrator that are not for this request."""

    def setUp(self):
        self.added = self.alice.account.connect(Device())
        self.message = upload(DEVICES, self.added.entry())

    def send(self, text, member=None):
        client = (member or self.alice).client
        request = client.request()
        return self.end(client, request, request.seal(text))

    def signature(self, text, key=None):
        """extra with the administrator's signature for `text`."""
        return self.sign(text, key or self.alice.account.online, self.alice).extra

    def test_key_that_is_nobodys(self):
        text = self.text(self.message)
        forged = replace(text, extra=self.signature(text, SigningKey()))
        self.ends(NEEDS_ADMINISTRATOR, lambda: self.send(forged), "administrator", BACKEND)

    def test_key_of_the_device(self):
        text = self.text(self.message)
        forged = replace(text, extra=self.signature(text, self.alice.signature))
        self.ends(NEEDS_ADMINISTRATOR, lambda: self.send(forged), "administrator", BACKEND)

    def test_signature_of_another_message(self):
        other = self.text(upload(CONTACTS, catalog_entry("one", b"harmless")))
        text = replace(self.text(self.message), request_id=other.request_id, time=other.time,
                       extra=self.signature(other))
        self.ends(sealed(401, "MeshRequestUnauthenticated"), lambda: self.send(text),
                  "administrator")

    def test_signature_of_another_request(self):
        other = self.text(self.message)
        text = replace(self.text(self.message), time=other.time, extra=self.signature(other))
        self.ends(sealed(401, "MeshRequestUnauthenticated"), lambda: self.send(text),
                  "administrator")

    def test_signature_of_another_time(self):
        other = self.text(self.message, at=now() - 300_000)
        text = replace(other, time=now(), extra=self.signature(other))
        self.ends(sealed(401, "MeshRequestUnauthenticated"), lambda: self.send(text),
                  "administrator")

    def test_signature_for_another_account(self):
        erin = self.make_account("erin")
        text = self.text(self.message)
        signed = self.sign(text, self.alice.account.online, erin)
        self.ends(sealed(401, "MeshRequestUnauthenticated"), lambda: self.send(signed),
                  "administrator")

    def test_signature_edited(self):
        text = self.text(self.message)
        extra = bytearray(self.signature(text))
        at = extra.index(b'"Signature":"') + 20
        extra[at] = ord("A") if extra[at] != ord("A") else ord("B")
        self.ends(sealed(401, "MeshRequestUnauthenticated"),
                  lambda: self.send(replace(text, extra=bytes(extra))), "administrator")

    def test_replay_of_a_signature(self):
        """The device adds, another removes, and the first brings the old signature again."""
        text = self.text(self.message)
        signed = replace(text, extra=self.signature(text))
        self.assertEqual(self.send(signed).status, 201)
        removal = upload(DEVICES, self.added.removal())
        self.assertEqual(self.alice.client.call(removal, signer=self.alice.account.online).status,
                         201)
        before = self.state()
        self.assertEqual(self.send(signed).status, 201)  # The answer that was kept.
        self.assertEqual(self.state(), before)
        self.ends(sealed(401, "MeshRequestUnauthenticated"),
                  lambda: self.send(replace(signed, request_id=os.urandom(16))), "administrator")


if __name__ == "__main__":
    unittest.main()
