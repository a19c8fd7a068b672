"""Groups with real processes: people on two back ends, what a member reads and who does not,
and what of a share is anywhere on a disk.

Points that are not good are sent bare, to a front end that takes that, beside a share whose
right answer is known (the reference's worked example)."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

from mesh_program import LOCAL, REFUSED, UNVERIFIED, USAGE, Device, address_on

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "auth"))

from cluster import DOMAIN, SOURCE, Cluster, await_condition  # noqa: E402
from dare import b64, sha512, unb64  # noqa: E402
import secret_search  # noqa: E402

# The reference's: a share above the group's order, a point, and their product.
SHARE = "sPzOVYeqpTbSW-XyXBv3mlo9l9i7wIGEmDt8KcMC_K6RG-pnaMVeh3rtFh_L0CCdwNZivQ81IN4"
POINT = ("6zTTnpI-gszm7HefPRGDPLZbXAToH9bhB8Bi_vj2NLvXPewgC3CCpjj8IyStmIY1TJmtTQ7ElZOA")
PRODUCT = ("XR_1W6F0T9-BwyCLzQWu9V6S8vmCXJKlU1x_fOrf_S6xcKZAbsY8oRsDa5B5IbJulNnEopSyC7uA")
PRIME = 2**448 - 2**224 - 1


def little(number, size=56):
    return number.to_bytes(size, "little")


def disk_of(cluster):
    """All files of the back ends, by name."""
    return {str(path): path.read_bytes() for name in cluster.backend_ports
            for path in (cluster.folder / name).rglob("*") if path.is_file()}


class GroupStory(unittest.TestCase):
    """What people do."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.cluster.__enter__()
        cls.addClassCleanup(cls.cluster.__exit__, None, None, None)
        cls.folder = cls.cluster.folder
        cls.group = address_on(cls.cluster, "b1", "team")
        cls.alice, cls.bob, cls.carol = (cls.person(*who) for who in (
            ("alice", "b1"), ("bob", "b2"), ("carol", "b1")))
        cls.alice.do("group", "create", cls.group)
        for name in ("bob", "carol"):
            cls.join(name)
        (cls.folder / "plan.txt").write_text("the plan")
        cls.alice.do("group", "encrypt", cls.group, cls.folder / "plan.txt",
                     cls.folder / "plan.dare")

    @classmethod
    def person(cls, name, backend):
        device = Device(cls.folder / "homes" / name, cls.cluster.port, cls.cluster.certificate)
        device.home.parent.mkdir(exist_ok=True)
        device.address = address_on(cls.cluster, backend, name)
        device.do("account", "create", device.address)
        return device

    @classmethod
    def join(cls, name):
        member = getattr(cls, name)
        request, invitation = cls.folder / f"{name}.json", cls.folder / f"{name}.mesh"
        member.do("group", "request", request)
        cls.alice.do("group", "add", cls.group, "--request", request, "--invitation", invitation)
        member.do("group", "accept", "--file", invitation)

    def decrypt(self, member):
        return member.mesh("group", "decrypt", self.group, self.folder / "plan.dare",
                           self.folder / "read.txt", "--json")

    def membership(self, member):
        return member.home / "groups" / self.group / "membership.json"

    def changed(self, member, **members):
        """For one test, the membership with other members of its capability or its head."""
        path = self.membership(member)
        text = path.read_text()
        self.addCleanup(path.write_text, text)
        value = json.loads(text)
        invitation = value["GroupInvitation"]
        address = invitation["Contact"]["ContactPerson"]["NetworkAddresses"][0]
        capability = address["Capabilities"][0]["CapabilityDecryptPartial"]
        for name, changed in members.items():
            (capability if name in capability else invitation)[name] = changed
        path.write_text(json.dumps(value))

    def service_id(self, member):
        value = json.loads(self.membership(member).read_text())
        address = value["GroupInvitation"]["Contact"]["ContactPerson"]["NetworkAddresses"][0]
        return address["Capabilities"][0]["CapabilityDecryptPartial"]["ServiceId"]

    def test_members_read_on_either_back_end(self):
        for member in (self.bob, self.carol):
            outcome = self.decrypt(member)
            self.assertEqual(outcome.exit, 0, outcome.err)
            self.assertEqual((self.folder / "read.txt").read_text(), "the plan")
            (self.folder / "read.txt").unlink()

    def test_a_member_encrypts_too(self):
        self.bob.do("group", "encrypt", self.group, self.folder / "plan.txt",
                    self.folder / "from-bob.dare")
        self.carol.do("group", "decrypt", self.group, self.folder / "from-bob.dare",
                      self.folder / "to-carol.txt")
        self.assertEqual((self.folder / "to-carol.txt").read_text(), "the plan")

    def test_who_is_no_member_has_nothing_to_begin_with(self):
        self.assertEqual(self.decrypt(self.alice).exit, LOCAL)

    def test_a_stolen_share_is_of_no_use_to_another_account(self):
        self.changed(self.carol, ServiceId=self.service_id(self.bob))
        outcome = self.decrypt(self.carol)
        self.assertEqual(outcome.exit, REFUSED)
        stolen = outcome.json["error"]
        self.changed(self.carol, ServiceId="NAAA-BBBB")
        self.assertEqual(self.decrypt(self.carol).json["error"], stolen)  # Nor can ids be tried.

    def test_a_share_of_another_key_does_not_open_it(self):
        path = self.membership(self.bob)
        private = json.loads(path.read_text())["GroupInvitation"]["Contact"]["ContactPerson"][
            "NetworkAddresses"][0]["Capabilities"][0]["CapabilityDecryptPartial"]["KeyData"]
        private["PrivateParameters"]["PrivateKeyECDH"]["Private"] = b64(bytes(range(56)))
        self.changed(self.bob, KeyData=private)
        self.assertEqual(self.decrypt(self.bob).exit, UNVERIFIED)

    def test_an_invitation_is_for_one_account(self):
        outcome = self.alice.mesh("group", "accept", "--file", self.folder / "bob.mesh")
        self.assertEqual(outcome.exit, USAGE, outcome.err)

    def test_nobody_is_added_twice_or_by_another(self):
        again = self.alice.mesh("group", "add", self.group, "--request", self.folder / "bob.json",
                                "--invitation", self.folder / "again.mesh")
        self.assertIn("already", again.err)
        other = self.bob.mesh("group", "add", self.group, "--request", self.folder / "carol.json",
                              "--invitation", self.folder / "again.mesh")
        self.assertEqual(other.exit, LOCAL)

    def friend(self, name, backend):
        """Somebody who has exchanged contacts with Alice."""
        friend = self.person(name, backend)
        friend.do("contact", "request", self.alice.address)
        self.alice.do("contact", "accept", self.arrived(self.alice, "RequestContact", friend))
        friend.do("contact", "accept", self.arrived(friend, "ReplyContact", self.alice))
        return friend

    def arrived(self, device, kind, sender):
        """The name of the newest such message, once it is there."""
        def look():
            found = [m for m in device.do("message", "inbox")["messages"]
                     if m["class"] == kind and m["sender"] == sender.address]
            return found[-1]["id"] if found else None
        return await_condition(f"a {kind}", look)

    def members(self):
        return self.alice.do("group", "list", self.group)["members"]

    def test_an_invitation_comes_as_a_message(self):
        dora = self.friend("dora", "b2")
        self.alice.do("group", "add", self.group, dora.address)
        (invitation,) = [m for m in await_condition("a message", lambda: dora.do(
            "message", "inbox")["messages"]) if m["class"] == "GroupInvitation"]
        self.assertEqual((invitation["group"], invitation["encrypted"], invitation["signer"]),
                         (self.group, True, "contact"))
        dora.do("group", "accept", invitation["id"])
        self.assertEqual(self.decrypt(dora).exit, 0)
        self.assertEqual(dora.do("message", "inbox")["messages"], [])
        (known,) = dora.do("group", "list")["groups"]
        self.assertEqual((known["group"], known["owner"], known["member"]),
                         (self.group, "", dora.address))
        self.assertIn(dora.address, self.members())

    def test_who_is_removed_reads_no_more_until_added_again(self):
        erin = self.friend("erin", "b1")
        for _ in range(2):
            self.alice.do("group", "add", self.group, erin.address)
            erin.do("group", "accept", self.arrived(erin, "GroupInvitation", self.alice))
            self.assertEqual(self.decrypt(erin).exit, 0)
            self.alice.do("group", "remove", self.group, erin.address)
            outcome = self.decrypt(erin)
            self.assertEqual(outcome.exit, REFUSED, outcome.err)
            self.assertNotIn(erin.address, self.members())
        self.assertEqual(self.decrypt(self.bob).exit, 0)  # The others are as they were.
        again = self.alice.mesh("group", "remove", self.group, erin.address)
        self.assertEqual(again.exit, LOCAL)
        self.assertIn("mesh group list", again.err)

    def test_members_read_when_the_service_has_a_new_encryption_key(self):
        ginger = self.friend("ginger", "b2")
        subprocess.run([SOURCE / "scripts" / "rotate-service-encryption", self.cluster.keys],
                       check=True, stdout=subprocess.DEVNULL)
        self.cluster.restart_frontend()
        self.assertEqual(self.decrypt(self.bob).exit, 0)
        self.alice.do("group", "add", self.group, ginger.address)
        ginger.do("group", "accept", self.arrived(ginger, "GroupInvitation", self.alice))
        self.assertEqual(self.decrypt(ginger).exit, 0)

    def test_nobody_is_invited_whose_key_is_not_known(self):
        outcome = self.alice.mesh("group", "add", self.group, self.carol.address)
        self.assertEqual(outcome.exit, LOCAL)
        self.assertIn("mesh contact request", outcome.err)
        self.assertEqual(self.alice.mesh("group", "add", self.group).exit, USAGE)

    def test_who_takes_no_invitation_is_no_member(self):
        frank = self.friend("frank", "b1")
        block = self.folder / self.alice.address
        block.write_text("{}")
        frank.do("upload", "mmm_Block", block)
        outcome = self.alice.mesh("group", "add", self.group, frank.address)
        self.assertEqual(outcome.exit, REFUSED, outcome.err)
        self.assertIn("it was not added", outcome.err)
        self.assertNotIn(frank.address, self.members())

    def test_only_who_made_a_group_sees_and_changes_its_members(self):
        for verb in (("list", self.group), ("remove", self.group, self.carol.address)):
            self.assertEqual(self.bob.mesh("group", *verb).exit, LOCAL)
        self.assertEqual([g["owner"] for g in self.alice.do("group", "list")["groups"]],
                         [self.alice.address])

    def test_an_address_is_taken_once(self):
        outcome = self.bob.mesh("group", "create", self.group)
        self.assertEqual(outcome.exit, REFUSED, outcome.err)
        self.assertIn("MeshAccountAlreadyRegistered", outcome.err)
        self.assertEqual(self.alice.mesh("group", "create", "no address").exit, USAGE)


class GroupPoints(unittest.TestCase):
    """What Operate answers, and what is kept."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(reference=True, backends=("b1",))
        cls.cluster.__enter__()
        cls.addClassCleanup(cls.cluster.__exit__, None, None, None)
        cls.connection = cls.cluster.connect()
        cls.addClassCleanup(cls.connection.close)
        cls.device = Device(cls.cluster.folder / "home", cls.cluster.port, cls.cluster.certificate)
        cls.address = f"alice@{DOMAIN}"
        cls.device.do("--reference-compatibility", "account", "create", cls.address)
        cls.entries = {}
        cls.keep("N448", "X448z", SHARE)
        cls.keep("N25519", "X25519z", b64(little(7, 32)))

    @classmethod
    def send(cls, transaction, **members):
        body = json.dumps({transaction: members}).encode()
        reply = cls.connection.send(body, {"X-Mesh-Account": cls.address})
        return next(iter(json.loads(reply.body).values()))

    @classmethod
    def keep(cls, name, curve, private):
        payload = json.dumps({"CatalogedCapability": {"Capability": {"CapabilityDecryptServiced": {
            "Id": name, "SubjectId": name, "AuthenticationId": "MDFI-DDHH",
            "KeyData": {"UDF": "N", "PrivateParameters": {"PrivateKeyECDH": {
                "crv": curve, "Private": private}}}}}}}, indent=1).encode()
        meta = json.dumps({"UniqueID": name, "Event": "New"}).encode()
        reply = cls.send("Upload", Updates=[{"Container": "mmm_Capability", "Envelopes": [
            [{"ContentMetaData": b64(meta)}, b64(payload), {"PayloadDigest": b64(sha512(payload))}]
        ]}])
        assert reply["Status"] == 201, reply
        cls.entries[name] = payload

    def operate(self, point, curve="X448", key="N448", coefficient=None):
        operation = {"KeyId": key, "PublicKey": {"PublicKeyECDH": {"crv": curve, "Public": point}}}
        if coefficient:
            operation["KeyCoefficient"] = coefficient
        return self.send("Operate", AccountAddress=self.address, Operations=[
            {"CryptographicOperationKeyAgreement": operation}])

    def refused(self, reply, status, name):
        self.assertEqual(reply["Status"], status, reply)
        (result,) = reply["Results"]
        self.assertTrue(result["CryptographicResult"]["Error"].startswith(name), result)

    def test_a_share_is_not_clamped(self):
        reply = self.operate(POINT)
        self.assertEqual(reply["Status"], 201)
        self.assertEqual(reply["Results"], [{"CryptographicResultKeyAgreement": {
            "KeyAgreement": {"KeyAgreementECDH": {"Curve": "X448", "Result": PRODUCT}}}}])

    def test_a_coefficient_is_honoured(self):
        self.assertEqual(self.operate(POINT, coefficient=b64(b"\x01\0"))["Results"],
                         self.operate(POINT)["Results"])
        self.assertNotEqual(self.operate(POINT, coefficient=b64(b"\x02"))["Results"],
                            self.operate(POINT)["Results"])

    def test_points_that_are_not_good(self):
        for name, octets in {
                "order two": little(0) + b"\0",
                "order four": little(1) + b"\0",
                "the twist": little(6) + b"\0",
                "not of prime order": little(2) + b"\0",
                "not below p": little(PRIME + 5) + b"\0",
                "a parity of 01": unb64(POINT)[:-1] + b"\x01",
                "too long": unb64(POINT) + b"\0",
                "empty": b""}.items():
            with self.subTest(name):
                self.refused(self.operate(b64(octets)), 400, "MeshRequestInvalid")

    def test_a_point_without_parity(self):
        self.refused(self.operate(b64(little(9, 32)), "X25519", "N25519"), 501,
                     "MeshMessageUnsupported")
        self.refused(self.operate(b64(unb64(POINT)[:-1])), 501, "MeshMessageUnsupported")
        good = self.operate(b64(little(9, 32) + b"\x80"), "X25519", "N25519")
        self.assertEqual(good["Status"], 201, good)
        self.refused(self.operate(POINT, key="N25519"), 400, "MeshRequestInvalid")

    def test_other_operations(self):
        for name in ("Sign", "Generate", "Share"):
            reply = self.send("Operate", AccountAddress=self.address, Operations=[
                {f"CryptographicOperation{name}": {"KeyId": "N448"}}])
            self.refused(reply, 501, f"MeshMessageUnsupported: {name} is not served")

    def test_too_many_operations(self):
        one = {"CryptographicOperationSign": {"KeyId": "N448"}}
        self.assertEqual(self.send("Operate", AccountAddress=self.address,
                                   Operations=[one] * 17)["Status"], 413)

    def test_what_is_kept_is_encrypted_and_what_comes_back_is_not(self):
        reply = self.send("Download", Select=[{"Container": "mmm_Capability", "IndexMin": 1}])
        bodies = [unb64(envelope[1]) for envelope in reply["Updates"][0]["Envelopes"]]
        self.assertEqual(sorted(bodies), sorted(self.entries.values()))
        cut = self.send("Download", Select=[{"Container": "mmm_Capability", "IndexMin": 1}],
                        ConstraintsPost={"BytesOffset": 3, "BytesMax": 20})
        self.assertEqual([unb64(envelope[1]) for envelope in cut["Updates"][0]["Envelopes"]],
                         [body[3:23] for body in bodies])
        secret_search.self_check()
        disk = disk_of(self.cluster)
        self.assertTrue(any(b"N448" in octets for octets in disk.values()))
        self.assertEqual(secret_search.find([unb64(SHARE)], disk), [])
        # Nor after it was written to a table, and read back.
        self.cluster.backends["b1"].stop()
        self.cluster.start_backend("b1")
        self.assertEqual(secret_search.find([unb64(SHARE)], disk_of(self.cluster)), [])
        self.assertEqual(self.operate(POINT)["Status"], 201)


if __name__ == "__main__":
    unittest.main()
