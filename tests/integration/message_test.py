"""People of one service write to each other: contacts are exchanged, a confirmation is asked and
given, messages are read on one device and read on the other, and nowhere between. And strangers stay
outside."""

import json
import sys
import unittest
from pathlib import Path

from mesh_program import DONE, LOCAL, REFUSED, UNVERIFIED, USAGE, ClusterTestCase, address_on

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import await_condition  # noqa: E402


class MessageTest(ClusterTestCase):
    accounts = 0  # Made so far; each has a name of its own.

    def person(self, name, backend="b1"):
        MessageTest.accounts += 1
        device = self.device(name)
        address = address_on(self.cluster, backend, f"{name}-{self.accounts}")
        device.do("account", "create", address)
        return device, address

    def arrived(self, device, kind, **members):
        """The one message of that class, once it is there."""
        def look():
            found = [m for m in device.do("message", "inbox")["messages"] if m["class"] == kind]
            return found[0] if found else None
        message = await_condition(f"a {kind}", look)
        for name, value in members.items():
            self.assertEqual(message[name], value)
        return message

    def friends(self, backend="b1"):
        """Two people who have exchanged contacts."""
        alice, alice_address = self.person("alice")
        bob, bob_address = self.person("bob", backend)
        alice.do("contact", "request", bob_address, "--name", "Alice")
        request = self.arrived(bob, "RequestContact", sender=alice_address, encrypted=False,
                               signer="stranger")
        self.assertTrue(request["signed_by"])
        bob.do("contact", "accept", request["id"], "--name", "Bob")
        reply = self.arrived(alice, "ReplyContact", sender=bob_address, encrypted=True)
        alice.do("contact", "accept", reply["id"])
        return alice, alice_address, bob, bob_address

    def test_contacts_are_exchanged_and_messages_pass_then(self):
        alice, alice_address, bob, bob_address = self.friends()
        sent = alice.do("message", "send", bob_address, "--text", "hello")
        self.assertTrue(sent["encrypted"])
        message = self.arrived(bob, "RequestTask", id=sent["sent"], text="hello", state="unread",
                               encrypted=True, readable=True, signer="contact")
        bob.do("message", "read", message["id"][:9])
        self.arrived(bob, "RequestTask", state="read")
        self.assertIn("Alice", str(bob.do("show", "contacts")["entries"]))
        bob.do("message", "send", alice_address, "--text", "hello back")
        self.arrived(alice, "RequestTask", text="hello back")

    def test_what_is_encrypted_is_in_clear_nowhere_between(self):
        alice, _, bob, bob_address = self.friends("b2")
        secret, asked = "vierundzwanzig Kisten", "siebenundzwanzig Fragen"
        alice.do("message", "send", bob_address, "--text", secret)
        alice.do("confirm", "ask", bob_address, asked)
        self.arrived(bob, "RequestTask", text=secret)
        request = self.arrived(bob, "RequestConfirmation", text=asked)
        bob.do("confirm", "accept", request["id"])
        self.arrived(alice, "ResponseConfirmation", accept=True)
        disk = b"".join(path.read_bytes() for name in self.cluster.backend_ports
                        for path in (self.cluster.folder / name).rglob("*") if path.is_file())
        self.assertIn(bob_address.encode(), disk)  # What is in clear would be found.
        for text in (secret, asked):
            self.assertNotIn(text.encode(), disk)

    def test_who_has_no_key_of_the_recipient_is_told_that_it_goes_in_clear(self):
        alice, alice_address = self.person("alice")
        bob, bob_address = self.person("bob")
        people = self.cluster.folder / "people.json"
        people.write_text(json.dumps([{"FullName": "Alice", "Mesh": alice_address}]))
        bob.do("upload", "contacts", people)
        outcome = alice.mesh("message", "send", bob_address, "--text", "hello")
        self.assertEqual(outcome.exit, DONE, outcome.err)
        self.assertIn("no contact here has a key of the recipient", outcome.out)
        self.arrived(bob, "RequestTask", text="hello", encrypted=False, signer="stranger")

    def test_keys_are_known_of_all_recipients_or_of_none(self):
        alice, _, _, bob_address = self.friends()
        _, carol_address = self.person("carol")
        outcome = alice.mesh("message", "send", bob_address, carol_address, "--text", "hello")
        self.assertEqual(outcome.exit, USAGE)
        self.assertIn(f"no key is known: {carol_address};", outcome.err)

    def connected(self, name, owner, address, *options):
        device = self.device(name)
        asked = device.do("connect", "request", address)
        owner.do("connect", "accept", asked["code"], *options)
        return device, device.do("connect", "complete")

    def test_a_device_without_the_key_says_so_until_it_has_it(self):
        alice, _, bob, bob_address = self.friends()
        camera, joined = self.connected("camera", bob, bob_address, "--without-messages")
        self.assertFalse(joined["reads_messages"])
        alice.do("confirm", "ask", bob_address, "open the gate")
        asked = self.arrived(camera, "RequestConfirmation", readable=False, text="",
                             signer="contact")
        for verb in (("message", "read"), ("confirm", "accept")):
            outcome = camera.mesh(*verb, asked["id"])
            self.assertEqual(outcome.exit, LOCAL, outcome.out)
            self.assertIn("given no key", outcome.err)
        self.arrived(bob, "RequestConfirmation", state="unread")
        request, given = (self.cluster.folder / f"camera.{end}" for end in ("json", "mesh"))
        camera.do("device", "request", request)
        bob.do("device", "add", request, "--hand-over", given)
        self.assertTrue(camera.do("device", "accept", given)["reads_messages"])
        self.assertEqual(camera.mesh("device", "accept", given).exit, LOCAL)
        self.arrived(camera, "RequestConfirmation", text="open the gate")
        camera.do("confirm", "accept", asked["id"])

    def test_a_stranger_may_ask_for_a_contact_and_nothing_else(self):
        eve, _ = self.person("eve")
        bob, bob_address = self.person("bob")
        refused = eve.mesh("message", "send", bob_address, "--text", "spam")
        self.assertEqual(refused.exit, REFUSED)
        self.assertIn("MeshMessageInsufficientPrivilege", refused.err)
        self.assertEqual(bob.do("message", "inbox", "--all")["messages"], [])
        eve.do("contact", "request", bob_address)
        self.arrived(bob, "RequestContact")

    def test_a_confirmation_is_asked_and_given(self):
        alice, _, bob, bob_address = self.friends()
        alice.do("confirm", "ask", bob_address, "start the machine")
        asked = self.arrived(bob, "RequestConfirmation", text="start the machine")
        bob.do("confirm", "reject", asked["id"])
        self.arrived(alice, "ResponseConfirmation", accept=False)
        self.assertEqual(bob.mesh("confirm", "accept", "NONE").exit, USAGE)

    def test_what_one_device_has_read_the_other_knows(self):
        alice, _, bob, bob_address = self.friends()
        phone, joined = self.connected("phone", bob, bob_address)
        self.assertTrue(joined["reads_messages"])
        alice.do("message", "send", bob_address, "--text", "hello")
        message = self.arrived(phone, "RequestTask", text="hello", encrypted=True)
        phone.do("message", "read", message["id"])
        self.arrived(bob, "RequestTask", state="read")

    def test_a_card_is_claimed_by_whoever_has_its_code(self):
        alice, alice_address = self.person("alice")
        bob, bob_address = self.person("bob", "b2")
        picture = self.path("card.png")
        shown = alice.mesh("contact", "publish", "--name", "Alice", "--png", picture)
        self.assertEqual(shown.exit, DONE, shown.err)
        self.assertTrue(picture.read_bytes().startswith(b"\x89PNG"))
        uri = next(line.split()[-1] for line in shown.out.splitlines() if "mcu://" in line)
        self.assertEqual(alice.do("contact", "claims")["claims"], [])
        claimed = bob.do("contact", "claim", uri)
        self.assertEqual(claimed["contact"], alice_address)
        (seen,) = alice.do("contact", "claims")["claims"]
        self.assertEqual(seen["sender"], bob_address)
        # The key is known, so even the request is encrypted.
        self.assertTrue(bob.do("contact", "request", alice_address)["encrypted"])
        request = self.arrived(alice, "RequestContact", encrypted=True, sender=bob_address)
        alice.do("contact", "accept", request["id"])

    def test_a_code_that_is_wrong_or_of_something_else(self):
        alice, alice_address = self.person("alice")
        bob, _ = self.person("bob")
        uri = alice.do("contact", "publish")["uri"]
        self.assertEqual(alice.mesh("contact", "claim", uri).exit, USAGE)
        self.assertEqual(bob.mesh("contact", "claim", "mcu://nonsense").exit, USAGE)
        pin = alice.do("pin")["pin"]
        wrong = bob.mesh("contact", "claim", f"mcu://{alice_address}/{pin}")
        self.assertEqual(wrong.exit, REFUSED, wrong.err)
        request = self.path("camera.json")
        self.device("camera").do("device", "request", request)
        other = bob.mesh("contact", "claim", alice.do("publish", request)["uri"])
        self.assertEqual(other.exit, UNVERIFIED, other.err)
        self.assertIn("mesh claim", other.err)
        self.assertEqual(bob.mesh("claim", uri).exit, UNVERIFIED)
        bob.do("download", "contacts")
        self.assertEqual(bob.do("show", "contacts")["entries"], [])

    def test_a_recipient_who_is_not_there_is_told(self):
        alice, _ = self.person("alice")
        nobody = address_on(self.cluster, "b1", "nobody")
        refused = alice.mesh("contact", "request", nobody)
        if refused.exit != REFUSED:  # It was in the outbox first.
            self.arrived(alice, "MessageError", error="MeshUnknownAccount")

    def test_messages_pass_between_back_ends(self):
        alice, _, bob, bob_address = self.friends("b2")
        alice.do("message", "send", bob_address, "--text", "over there")
        self.arrived(bob, "RequestTask", text="over there")


if __name__ == "__main__":
    unittest.main(verbosity=2)
