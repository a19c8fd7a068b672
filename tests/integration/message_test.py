"""People of one service write to each other: contacts are exchanged, a confirmation is asked and
given, messages are read on one device and read on the other. And strangers stay outside."""

import sys
import unittest
from pathlib import Path

from mesh_program import REFUSED, USAGE, ClusterTestCase, address_on

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
        request = self.arrived(bob, "RequestContact", sender=alice_address)
        self.assertTrue(request["signed_by"])
        bob.do("contact", "accept", request["id"], "--name", "Bob")
        reply = self.arrived(alice, "ReplyContact", sender=bob_address)
        alice.do("contact", "accept", reply["id"])
        return alice, alice_address, bob, bob_address

    def test_contacts_are_exchanged_and_messages_pass_then(self):
        alice, alice_address, bob, bob_address = self.friends()
        sent = alice.do("message", "send", bob_address, "--text", "hello")["sent"]
        message = self.arrived(bob, "RequestTask", id=sent, text="hello", state="unread")
        bob.do("message", "read", message["id"][:9])
        self.arrived(bob, "RequestTask", state="read")
        self.assertIn("Alice", str(bob.do("show", "contacts")["entries"]))
        bob.do("message", "send", alice_address, "--text", "hello back")
        self.arrived(alice, "RequestTask", text="hello back")

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
        phone = self.device("phone")
        asked = phone.do("connect", "request", bob_address)
        bob.do("connect", "accept", asked["code"])
        phone.do("connect", "complete")
        alice.do("message", "send", bob_address, "--text", "hello")
        message = self.arrived(phone, "RequestTask")
        phone.do("message", "read", message["id"])
        self.arrived(bob, "RequestTask", state="read")

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
