#!/usr/bin/env python3
"""Attacks with requests and tickets: replayed, edited, cut, aged, downgraded.

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

from attack_bench import (BACKEND, CONTACTS, DOMAIN, STATUS, UNAUTHENTICATED, AttackTest, sealed,
                          unsealed)
from cluster import await_condition
from stranger.client import Transport
from stranger.encoding import JSON, JSON_B, b64
from stranger.keys import NotVerified
from stranger.noise import MESSAGE_BYTES_MAX
from stranger.people import Group, as_device, as_member, catalog_entry, of_account, upload
from stranger.wire import Ticketed, envelope, null_request, now, read_envelope

TICKET_UNKNOWN = unsealed(401, "MeshTicketUnknown")
INVALID = unsealed(400, "MeshRequestInvalid")
TIME = sealed(401, "MeshRequestTime")
BEYOND_MILLIS = 125_000


def contact():
    return upload(CONTACTS, catalog_entry(os.urandom(8).hex(), b"entry"))


class ReplayTest(AttackTest):
    """The same octets again: the same answer, and nothing more happens."""

    def replay(self, ticketed, transport):
        client = self.alice.client if ticketed else self.client_of(self.alice)
        request = client.request()
        extra = None if ticketed else client.credential.extra
        body = request.seal(self.text(contact(), extra))
        first = client.transport.post(body, JSON.media_type)
        before, counted, repeats = self.state(), self.counters(), self.repeats()
        again = (transport or client.transport).post(body, JSON.media_type)
        self.assertEqual(self.repeats(), repeats + 1)
        self.assertEqual(self.counters(), counted)
        self.assertEqual(self.state(), before)
        self.assertEqual(first.status, again.status)
        self.assertNotEqual(first.body, again.body)
        if ticketed:
            self.assertEqual(request.open(first.body).message, request.open(again.body).message)

    def repeats(self):
        return sum(backend.metric("mesh_backend_repeats_total")
                   for backend in self.cluster.backends.values())

    def another(self, frontend=None):
        port = (frontend or self.cluster.frontend).served
        transport = Transport(port, self.cluster.certificate, DOMAIN)
        self.addCleanup(transport.close)
        return transport

    def test_request_on_the_same_connection(self):
        self.replay(True, None)

    def test_request_on_another_connection(self):
        self.replay(True, self.another())

    def test_request_at_another_front_end(self):
        self.replay(True, self.another(self.second))

    def test_noise_message_on_the_same_connection(self):
        self.replay(False, None)

    def test_noise_message_on_another_connection(self):
        self.replay(False, self.another())

    def test_noise_message_at_another_front_end(self):
        self.replay(False, self.another(self.second))

    def test_request_after_the_window(self):
        client = self.alice.client
        request = client.request()
        body = request.seal(self.text(contact(), at=now() - BEYOND_MILLIS))
        self.ends(TIME, lambda: self.end(client, request, body), "time")

    def test_noise_message_after_the_window(self):
        client = self.client_of(self.alice)
        request = client.request()
        body = request.seal(self.text(contact(), client.credential.extra,
                                      at=now() - BEYOND_MILLIS))
        self.ends(TIME, lambda: self.end(client, request, body), "time")

    def test_request_of_the_future(self):
        client = self.alice.client
        request = client.request()
        body = request.seal(self.text(contact(), at=now() + BEYOND_MILLIS))
        self.ends(TIME, lambda: self.end(client, request, body), "time")

    def test_time_within_the_window_is_taken_both_ways(self):
        for skew in (-100_000, 100_000):
            client = self.alice.client
            request = client.request()
            body = request.seal(self.text(STATUS, at=now() + skew))
            self.assertEqual(self.end(client, request, body).status, 201)

    def test_replies_swapped_between_two_requests_are_noticed(self):
        client = self.alice.client
        requests = [client.request(), client.request()]
        bodies = [request.seal(self.text(STATUS)) for request in requests]
        answers = [client.transport.post(body, JSON.media_type).body for body in bodies]
        for request, answer in zip(requests, reversed(answers)):
            with self.assertRaises(NotVerified):
                request.open(answer)


class TicketTest(AttackTest):
    def under(self, ticket, message=None, member=None, frontend=None):
        """How a Status under that ticket ends."""
        client = (member or self.alice).client
        request = Ticketed(client.identity, client.encoding, ticket)
        transport = None
        if frontend is not None:
            transport = Transport(frontend.served, self.cluster.certificate, DOMAIN)
            self.addCleanup(transport.close)
        return self.end(client, request, request.seal(self.text(message or STATUS)),
                        transport=transport)

    def test_ticket_of_another_account_with_our_key(self):
        bob = self.make_account("bob")
        stolen = replace(self.alice.client.ticket, octets=bob.client.ticket.octets)
        self.ends(UNAUTHENTICATED, lambda: self.under(stolen), "seal")

    def test_our_ticket_on_another_account(self):
        carol = self.make_account("carol")
        message = {"Status": {"Account": carol.account.address}}
        self.ends(sealed(403, "MeshMessageInsufficientPrivilege"),
                  lambda: self.under(self.alice.client.ticket, message), "grant", BACKEND, carol)

    def test_group_of_another_account(self):
        group = self.make_group("their-group")
        bob = self.make_account("bobby")
        self.ends(sealed(403, "MeshMessageInsufficientPrivilege"),
                  lambda: self.under(bob.client.ticket, of_account(STATUS, group.address), bob),
                  "grant", BACKEND)

    def test_group_of_an_account_whose_address_somebody_else_has_now(self):
        frank = self.make_account("frank")
        group = self.make_group("left-behind", frank)
        reply = frank.client.call({"DeleteAccount": {}}, signer=frank.account.online)
        self.assertEqual(reply.status, 201)
        heir = self.make_account("frank")
        self.assertEqual(heir.client.call(STATUS).status, 201)
        self.ends(sealed(403, "MeshMessageInsufficientPrivilege"),
                  lambda: self.under(heir.client.ticket, of_account(STATUS, group.address), heir),
                  "grant", BACKEND, heir)

    def make_group(self, name, member=None):
        group = Group(f"{name}@{DOMAIN}")
        reply = (member or self.alice).client.call(group.create_request())
        self.assertEqual(reply.status, 201, reply.fields)
        return group

    def test_ticket_edited_at_every_octet(self):
        ticket = self.alice.client.ticket
        self.state()
        for at in range(len(ticket.octets)):
            self.assertEqual(self.under(self.flipped(ticket, at, 1 << at % 8)), TICKET_UNKNOWN)

    def test_ticket_edited_in_every_bit_of_some_octets(self):
        ticket = self.alice.client.ticket
        for at in (0, 8, 9, 40, 41, len(ticket.octets) // 2, len(ticket.octets) - 1):
            for bit in range(8):
                self.assertEqual(self.under(self.flipped(ticket, at, 1 << bit)), TICKET_UNKNOWN)

    @staticmethod
    def flipped(ticket, at, mask):
        octets = bytearray(ticket.octets)
        octets[at] ^= mask
        return replace(ticket, octets=bytes(octets))

    def test_last_octet_of_a_ticket_edited(self):
        ticket = self.alice.client.ticket
        edited = self.flipped(ticket, len(ticket.octets) - 1, 1)
        self.ends(TICKET_UNKNOWN, lambda: self.under(edited), "ticket")

    def test_ticket_cut_and_lengthened(self):
        ticket = self.alice.client.ticket
        for octets in (ticket.octets[:-1], ticket.octets[1:], ticket.octets + b"\0", b"\0"):
            self.assertEqual(self.under(replace(ticket, octets=octets)), TICKET_UNKNOWN)

    def test_ticket_with_another_master_key(self):
        wrong = replace(self.alice.client.ticket, master_key=os.urandom(32))
        self.ends(UNAUTHENTICATED, lambda: self.under(wrong), "seal")

    def test_expired_ticket(self):
        brief = self.cluster.add_frontend("brief", ["--ticket-seconds", "1"])
        client = self.client(as_member(self.alice), brief)
        self.assertEqual(client.call(STATUS).status, 201)
        await_condition("the ticket expires",
                        lambda: self.under(client.ticket, frontend=brief).status == 401)
        self.ends(unsealed(401, "MeshTicketExpired"),
                  lambda: self.under(client.ticket, frontend=brief), "ticket_expired")
        self.assertEqual(client.call(STATUS).mode, "Profile")

    def test_ticket_under_a_retired_key(self):
        client = self.client_of(self.alice)
        self.assertEqual(client.call(STATUS).status, 201)
        old = client.ticket
        retired = sorted(self.cluster.ticket_keys.iterdir())
        self.cluster.add_ticket_key()
        self.await_new_key(old)
        self.assertEqual(self.under(old).status, 201)
        for path in retired:
            path.unlink()
        await_condition("the key is forgotten", lambda: self.under(old) == TICKET_UNKNOWN)
        self.ends(TICKET_UNKNOWN, lambda: self.under(old), "ticket_key")
        self.assertEqual(client.call(STATUS).mode, "Profile")

    def await_new_key(self, old):
        """Until tickets are sealed under another key than `old` is."""
        def renewed():
            client = self.client_of(self.alice)
            client.call(STATUS)
            return client.ticket.octets[:9] != old.octets[:9]
        await_condition("a ticket under the new key", renewed)

    def test_ticket_of_an_account_that_was_deleted_and_made_again(self):
        dora = self.make_account("dora")
        ticket = dora.client.ticket
        reply = dora.client.call({"DeleteAccount": {}}, signer=dora.account.online)
        self.assertEqual(reply.status, 201)
        again = self.make_account("dora")
        self.ends(sealed(401, "MeshTicketExpired"), lambda: self.under(ticket), "incarnation",
                  BACKEND, again)

    def test_tickets_of_a_removed_device(self):
        pocket = self.add_device(self.alice)
        self.assertEqual(pocket.client.call(STATUS).status, 201)
        reply = self.alice.client.call(upload("mmm_Device", pocket.removal()),
                                       signer=self.alice.account.online)
        self.assertEqual(reply.status, 201)
        unknown = sealed(401, "MeshDeviceUnknown")
        self.ends(unknown, lambda: self.under(pocket.client.ticket), "not_in_account", BACKEND)
        client = self.client_of(pocket)
        request = client.request()
        body = request.seal(self.text(STATUS, client.credential.extra))
        self.ends(unknown, lambda: self.end(client, request, body), "not_in_account", BACKEND)

    def test_ticket_of_a_device_gives_no_account(self):
        client = self.client(as_device(self.alice.device))
        self.assertEqual(client.call({"Hello": {}}).status, 201)
        request = client.request()
        self.assertIsInstance(request, Ticketed)
        body = request.seal(self.text(STATUS))
        self.ends(sealed(403, "MeshMessageInsufficientPrivilege"),
                  lambda: self.end(client, request, body), "mode")


class EnvelopeTest(AttackTest):
    """Envelopes that are not what the client sealed."""

    def sent(self, change, exchange=False):
        """How a Status ends whose body is `change`d."""
        client = self.client_of(self.alice) if exchange else self.alice.client
        request = client.request()
        extra = client.credential.extra if exchange else None
        body = request.seal(self.text(STATUS, extra, client))
        return self.end(client, request, change(body))

    def test_header_edited_under_the_seal(self):
        def edited(body):
            return body.replace(b'"Version":1', b'"Version": 1')
        self.ends(UNAUTHENTICATED, lambda: self.sent(edited), "seal")
        self.ends(UNAUTHENTICATED, lambda: self.sent(edited, exchange=True), "handshake")

    def test_member_added_under_the_seal(self):
        def edited(body):
            return body.replace(b'"Version":1', b'"Version":1,"a":1')
        self.ends(UNAUTHENTICATED, lambda: self.sent(edited), "seal")
        self.ends(UNAUTHENTICATED, lambda: self.sent(edited, exchange=True), "handshake")

    def test_mode_edited(self):
        def edited(body):
            return body.replace(b'"Profile"', b'"Device"')
        self.ends(UNAUTHENTICATED, lambda: self.sent(edited, exchange=True), "handshake")

    def test_salt_edited(self):
        def edited(body):
            at = body.index(b'"Salt":"') + 8
            return body[:at] + (b"A" if body[at:at + 1] != b"A" else b"B") + body[at + 1:]
        self.ends(UNAUTHENTICATED, lambda: self.sent(edited), "seal")

    def test_another_media_type(self):
        def sent():
            client = self.alice.client
            request = client.request()
            body = request.seal(self.text(STATUS))
            request.encoding = JSON_B  # Of the reply.
            return self.end(client, request, body, JSON_B.media_type)
        self.ends(UNAUTHENTICATED, sent, "seal")

    def test_every_cut_of_an_envelope(self):
        body = self.alice.client.request().seal(self.text(STATUS))
        before = self.state()
        for end in [*range(0, len(body), 17), len(body) - 1]:
            self.assertEqual(self.sent(lambda _, end=end: body[:end]).status, 400, end)
        self.assertEqual(self.state(), before)

    def test_envelope_cut_short(self):
        self.ends(INVALID, lambda: self.sent(lambda body: body[:-1]), "envelope")

    def test_two_envelopes(self):
        self.ends(INVALID, lambda: self.sent(lambda body: body + body), "envelope")

    def test_an_envelope_in_an_envelope(self):
        """Is not one, so nobody claims to be somebody."""
        self.ends(INVALID, lambda: self.sent(lambda body: b"[" + body + b"]"), None)

    def test_a_trailer_that_says_something(self):
        self.ends(INVALID, lambda: self.sent(lambda body: body[:-1] + b',{"a":1}]'), "envelope")

    def test_an_empty_trailer_is_taken(self):
        self.assertEqual(self.sent(lambda body: body[:-1] + b",{}]").status, 201)

    def test_oversized_handshake(self):
        def oversized(body):
            received = read_envelope(JSON, body)
            padding = bytes(MESSAGE_BYTES_MAX + 1 - len(received.payload))
            return envelope(JSON, received.header_octets, received.payload + padding)
        self.ends(unsealed(413, "MeshRequestSize"), lambda: self.sent(oversized, exchange=True),
                  "size")

    def test_largest_handshake_is_tried(self):
        def large(body):
            received = read_envelope(JSON, body)
            padding = bytes(MESSAGE_BYTES_MAX - len(received.payload))
            return envelope(JSON, received.header_octets, received.payload + padding)
        self.ends(UNAUTHENTICATED, lambda: self.sent(large, exchange=True), "handshake")

    def header(self, **members):
        payload = b64(bytes(64))
        text = JSON.write({"Version": 1, **members})
        return lambda _: b"[" + text + b',"' + payload.encode() + b'"]'

    def test_empty_ticket(self):
        self.ends(TICKET_UNKNOWN, lambda: self.sent(
            self.header(Mode="Ticket", Ticket="", Salt=b64(bytes(32)))), "ticket_key")

    def test_empty_and_short_salt(self):
        ticket = self.alice.client.ticket.octets
        for salt in (b"", bytes(31), bytes(33)):
            self.ends(INVALID, lambda salt=salt: self.sent(
                self.header(Mode="Ticket", Ticket=ticket, Salt=salt)), "envelope")

    def test_empty_key_name(self):
        self.ends(unsealed(401, "MeshHostKeyUnknown"),
                  lambda: self.sent(self.header(Mode="Profile", kid="")), "host_key")

    def test_empty_mode_and_unknown_mode(self):
        for mode in ("", "profile", "Everybody"):
            self.ends(INVALID, lambda mode=mode: self.sent(self.header(Mode=mode)), "envelope")

    def test_another_version(self):
        def edited(body):
            return body.replace(b'"Version":1', b'"Version":2')
        self.ends(INVALID, lambda: self.sent(edited), "envelope")

    def test_empty_payload(self):
        def emptied(body):
            return envelope(JSON, read_envelope(JSON, body).header_octets, b"")
        self.ends(UNAUTHENTICATED, lambda: self.sent(emptied), "seal")
        self.ends(UNAUTHENTICATED, lambda: self.sent(emptied, exchange=True), "handshake")

    def test_nothing_sealed(self):
        """A seal that holds over octets that are no sealed text."""
        client = self.alice.client
        for octets in (b"", bytes(27), bytes(24) + b"\xff\xff\xff\xff"):
            request = client.request()
            body = request.seal(Raw(octets))
            ending = self.end(client, request, body)
            self.assertEqual(ending.status, 400, ending)

    def test_bare_request(self):
        for body in (b'{"Status":{}}', b'{"Status":{"Account":"alice@example.com"}}',
                     JSON.write(contact()), b'{"DeleteAccount":{}}'):
            self.ends(UNAUTHENTICATED, lambda body=body: self.sent(lambda _: body), "null")

    def test_bare_request_that_says_who_asks(self):
        client = self.alice.client
        fields = {"X-Mesh-Account": self.alice.account.address,
                  "X-Mesh-Device": self.alice.authentication.udf}
        before = self.state()
        answer = client.transport.post(JSON.write(contact()), JSON.media_type, fields)
        self.assertEqual(answer.status, 401)
        self.assertEqual(self.state(), before)

    def test_request_in_mode_null(self):
        for message in (STATUS, {"DeleteAccount": {}}, contact()):
            body = null_request(JSON, message)
            self.ends(UNAUTHENTICATED, lambda body=body: self.sent(lambda _: body), "null")


class Raw:
    """Octets in the place of a sealed text."""

    request_id = bytes(16)

    def __init__(self, octets):
        self._octets = octets

    def octets(self):
        return self._octets


if __name__ == "__main__":
    unittest.main()
