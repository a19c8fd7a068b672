#!/usr/bin/env python3
"""The whole life of an account, as the stranger's client lives it with a real service of
two back ends and two front ends: in JSON, in JSON-B, and in JSON-B written as nobody
else writes it.

Exit status 77: python3-cryptography is not here.
"""

import os
import sys
import unittest
from pathlib import Path

try:
    import cryptography  # noqa: F401
except ImportError:
    print("needs python3-cryptography")
    sys.exit(77)

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import DOMAIN, Cluster
from stranger.client import Client, Transport
from stranger.encoding import JSON, JSON_B, JSON_B_FULL, Text, octets_of
from stranger.people import (Account, Device, Group, Person, as_device, as_member, catalog_entry,
                             of_account, upload)
from stranger.wire import Unsealed

STATUS = {"Status": {}}
CONTACTS = "mmm_Contact"
DEVICES = "mmm_Device"


def download(container):
    return {"Download": {"Select": [{"Container": container, "IndexMin": 0}]}}


def frames(reply, container):
    """How many frames the container has by a StatusResponse; 0 when it is not there."""
    found = [status["Index"] for status in reply.fields["ContainerStatus"]
             if status["Container"] == container]
    return found[0] if found else 0


def payloads(reply):
    """What the entries of a DownloadResponse hold, but frame zero."""
    envelopes = reply.fields["Updates"][0]["Envelopes"]
    return [octets_of(envelope[1]) for envelope in envelopes
            if envelope[0]["ContainerInfo"]["Index"] > 0]


class AccountLife:
    """The story. Each encoding lives it once."""

    encoding = None
    composite = False

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(reference=False, ticket_keys=True)
        cls.cluster.__enter__()
        cls.ports = [cls.cluster.port, cls.cluster.add_frontend("second").served]

    @classmethod
    def tearDownClass(cls):
        cls.cluster.__exit__(None, None, None)

    def setUp(self):
        self.account = Account(Person(), f"{self._testMethodName[5:25]}@{DOMAIN}")
        self.first = self.account.connect(Device(), composite=self.composite)

    def client(self, credential, frontend=0, pinned=None):
        transport = Transport(self.ports[frontend], self.cluster.certificate, DOMAIN)
        self.addCleanup(transport.close)
        return Client(transport, credential, self.encoding, pinned)

    def create(self, account=None):
        device = self.client(as_device(self.first.device))
        reply = device.call((account or self.account).create_request())
        self.assertEqual((reply.tag, reply.status), ("CreateResponse", 201), reply.fields)
        return device

    def begin(self):
        """Creates the account with its first device in it; returns that device's client."""
        self.create()
        desk = self.client(as_member(self.first))
        reply = desk.call(upload(DEVICES, self.first.entry()), signer=self.account.online)
        self.assertEqual((reply.tag, reply.status), ("UploadResponse", 201), reply.fields)
        return desk

    def add_device(self, desk, **rights):
        member = self.account.connect(Device(), **rights)
        reply = desk.call(upload(DEVICES, member.entry()), signer=self.account.online)
        self.assertEqual(reply.status, 201, reply.fields)
        return member

    def accepted(self, reply):
        self.assertEqual(reply.status, 201, reply.fields)
        return reply

    def refused(self, status, call, *arguments, **named):
        """Whether sealed or not."""
        try:
            found = call(*arguments, **named).status
        except Unsealed as error:
            found = error.status
        self.assertEqual(found, status)

    def test_hello_proves_who_the_service_is_and_says_what_it_reads(self):
        client = self.client(as_device(self.first.device))
        again = self.client(as_device(self.first.device), 1, pinned=client.identity.service_udf)
        self.assertEqual(again.identity.host_key.udf, client.identity.host_key.udf)
        encodings = [name for each in client.hello["Version"]["Encodings"] for name in each["ID"]]
        self.assertEqual(set(encodings), {"application/json", "application/json-b"})

    def test_an_account_is_made_by_a_device_and_once(self):
        device = self.create()
        self.assertEqual(device.call(self.account.create_request()).status, 400)
        self.refused(403, device.call, STATUS)
        self.assertEqual(device.exchanges, 1)

    def test_an_administrator_begins_and_nobody_else(self):
        self.create()
        desk = self.client(as_member(self.first))
        self.refused(403, desk.call, STATUS)
        self.refused(403, desk.call, upload(DEVICES, self.first.entry()))
        self.accepted(desk.call(STATUS, signer=self.account.online))
        self.assertIsNotNone(desk.ticket)
        self.refused(403, desk.call, STATUS)  # A signature is good for one request.
        entry = self.first.entry()
        self.accepted(desk.call(upload(DEVICES, entry), signer=self.account.person.online))
        reply = self.accepted(desk.call(STATUS))
        self.assertGreater(frames(reply, DEVICES), 0)

    def test_entries_come_back_as_they_went_under_one_ticket(self):
        desk = self.begin()
        sent = [os.urandom(200) for _ in range(3)]
        entries = [catalog_entry(f"contact-{n}", octets) for n, octets in enumerate(sent)]
        self.accepted(desk.call(upload(CONTACTS, *entries)))
        reply = self.accepted(desk.call(download(CONTACTS)))
        self.assertEqual((reply.mode, payloads(reply)), ("Ticket", sent))
        self.assertEqual(desk.exchanges, 1)

    def test_an_entry_with_its_header_in_json_is_taken_in_every_encoding(self):
        desk = self.begin()
        header, payload, trailer = catalog_entry("one", b"entry")
        entry = [Text(JSON.write(part).decode()) if isinstance(part, dict) else part
                 for part in (header, payload, trailer)]
        self.accepted(desk.call(upload(CONTACTS, entry)))
        found, = [envelope for envelope in
                  desk.call(download(CONTACTS)).fields["Updates"][0]["Envelopes"]
                  if octets_of(envelope[1]) == b"entry"]
        self.assertEqual(octets_of(found[0]["ContentMetaData"]), header["ContentMetaData"])
        self.assertEqual(octets_of(found[2]["PayloadDigest"]), trailer["PayloadDigest"])

    def test_a_second_device_sees_what_the_first_wrote_and_writes_too(self):
        desk = self.begin()
        pocket = self.client(as_member(self.add_device(desk)), 1)
        self.accepted(desk.call(upload(CONTACTS, catalog_entry("one", b"from the desk"))))
        self.accepted(pocket.call(upload(CONTACTS, catalog_entry("two", b"from the pocket"))))
        reply = desk.call(download(CONTACTS))
        self.assertEqual(payloads(reply), [b"from the desk", b"from the pocket"])
        self.assertEqual(frames(desk.call(STATUS), CONTACTS), frames(pocket.call(STATUS), CONTACTS))

    def test_a_removed_device_is_out_at_once_ticket_or_not(self):
        desk = self.begin()
        member = self.add_device(desk)
        pocket = self.client(as_member(member))
        self.accepted(pocket.call(STATUS))
        self.refused(403, desk.call, upload(DEVICES, member.removal()))
        self.accepted(pocket.call(STATUS))
        self.accepted(desk.call(upload(DEVICES, member.removal()), signer=self.account.online))
        self.refused(401, pocket.call, STATUS)
        self.refused(401, self.client(as_member(member)).call, STATUS)
        self.accepted(desk.call(STATUS))
        self.accepted(desk.call(upload(DEVICES, member.entry()), signer=self.account.online))
        self.accepted(pocket.call(STATUS))

    def test_a_limited_device_sees_what_it_may(self):
        desk = self.begin()
        for container in (CONTACTS, "mmm_Bookmark"):
            self.accepted(desk.call(upload(container, catalog_entry("one", b"entry"))))
        member = self.add_device(desk, permissions=[(CONTACTS, "Read")])
        reader = self.client(as_member(member))
        listed = [c["Container"] for c in reader.call(STATUS).fields["ContainerStatus"]]
        self.assertEqual(listed, [CONTACTS])
        self.assertEqual(payloads(reader.call(download(CONTACTS))), [b"entry"])
        self.refused(403, reader.call, upload(CONTACTS, catalog_entry("two", b"entry")))

    def test_a_ticket_of_one_front_end_is_good_at_the_other(self):
        desk = self.begin()
        other = self.client(as_member(self.first), 1)
        other.ticket = desk.ticket
        self.accepted(other.call(STATUS))
        self.assertEqual(other.exchanges, 0)

    def test_a_repeated_request_has_one_effect_and_one_answer(self):
        desk = self.begin()
        request_id = os.urandom(16)
        entry = upload(CONTACTS, catalog_entry("one", b"entry"))
        replies = [self.accepted(desk.call(entry, request_id=request_id)) for _ in range(2)]
        self.assertEqual(replies[0].fields, replies[1].fields)
        self.assertEqual(payloads(desk.call(download(CONTACTS))), [b"entry"])

    def test_a_group_is_used_by_the_account_that_made_it(self):
        desk = self.begin()
        group = Group(f"group.{self.account.address}")
        self.assertEqual(self.accepted(desk.call(group.create_request())).tag,
                         "CreateGroupResponse")
        entry = upload(CONTACTS, catalog_entry("one", b"of the group"))
        self.accepted(desk.call(of_account(entry, group.address)))
        pocket = self.client(as_member(self.add_device(desk)), 1)
        reply = pocket.call(of_account(download(CONTACTS), group.address))
        self.assertEqual(payloads(reply), [b"of the group"])
        self.assertEqual(frames(desk.call(STATUS), CONTACTS), 0)
        end = of_account({"DeleteAccount": {}}, group.address)
        self.refused(403, desk.call, end)
        self.accepted(desk.call(end, signer=self.account.online, account=group.address))
        self.refused(404, desk.call, of_account(STATUS, group.address))

    def test_a_wrong_clock_is_told_the_time(self):
        desk = self.begin()
        desk.clock_offset = -3600_000
        self.accepted(desk.call(STATUS))
        self.assertLess(abs(desk.clock_offset), 60_000)

    def test_a_deleted_account_leaves_nothing_to_its_successor(self):
        desk = self.begin()
        self.refused(403, desk.call, {"DeleteAccount": {}})
        reply = self.accepted(desk.call({"DeleteAccount": {}}, signer=self.account.online))
        self.assertEqual(reply.tag, "DeleteResponse")
        self.refused(404, desk.call, STATUS)
        self.create(Account(Person(), self.account.address))
        self.refused(401, desk.call, STATUS)


class JsonTest(AccountLife, unittest.TestCase):
    encoding = JSON


class JsonBTest(AccountLife, unittest.TestCase):
    encoding = JSON_B
    composite = True


class FullJsonBTest(AccountLife, unittest.TestCase):
    encoding = JSON_B_FULL


if __name__ == "__main__":
    unittest.main()
