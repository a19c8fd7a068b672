#!/usr/bin/env python3
"""Messages to a service whose door stays shut longer than --outbox-retry-hours allows: the sender
of each gets exactly one MessageError, though the front end that was trying is killed meanwhile, and
nothing arrives when the door opens after all.

Exit status 77: python3-cryptography is not here.
"""

import contextlib
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

from cluster import await_condition
from gate import Gate
from stranger.messages import message, post, spool
from two_services import OURS, THEIRS, TwoServices, make_member

SENDER, RECIPIENT = f"alice@{OURS}", f"bob@{THEIRS}"
# Short, but a few tries long: the first ones wait for a second or two.
RETRY = "6s"
LEASE = "4s"


class Expiry(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        flags = ["--outbox-retry-hours", RETRY, "--outbox-lease", LEASE, "--outbox-poll", "250ms"]
        cls.world = world = TwoServices(stack, flags)
        # For the sender, who has to reach one that stays.
        cls.second = world.ours.add_frontend("second", ["--no-forwarding"])
        gate = Gate(world.theirs.port, world.theirs.certificate, world.theirs.key, delay=60)
        cls.gate = stack.enter_context(gate)
        world.show(THEIRS, cls.gate.port)
        world.show(OURS, world.ours.port, cls.second.served)
        cls.alice, cls.client = make_member(world.ours, cls.second.served, SENDER)
        _, cls.bob = make_member(world.theirs, world.theirs.port, RECIPIENT)

    def send(self, count):
        made = [message(self.alice, RECIPIENT) for _ in range(count)]
        reply = self.client.call(post([RECIPIENT], *(envelope for _, envelope in made)))
        self.assertEqual({e["Result"] for e in reply.fields["Entries"]}, {"Accept"})
        return [identifier for identifier, _ in made]

    def told(self):
        """What the sender was told could not be delivered, in order, and why."""
        errors = [tree["MessageError"] for tree in spool(self.client)]
        return [(e["References"][0]["MessageID"], e["ErrorCode"]) for e in errors]

    def arrived(self):
        return [next(iter(tree.values()))["MessageID"] for tree in spool(self.bob)]

    def expired(self):
        return self.world.ours.frontend.metric("mesh_forwarder_messages_total", result="expired")

    def test_the_sender_is_told_once_and_nothing_arrives_later(self):
        early = self.send(1)
        await_condition("the first message", lambda: self.arrived() == early)

        self.gate.mode = "slow"
        late = self.send(8)
        ours = self.world.ours
        await_condition("a lease", lambda: ours.frontend.metric("mesh_forwarder_held"))
        self.assertEqual(self.told(), [])
        ours.frontend.kill()
        self.gate.mode = "refuse"
        ours.start_frontend()  # It has to wait for the leases of the one that was killed.
        await_condition("a word of all", lambda: len(self.told()) >= len(late))
        self.assertEqual(self.expired(), len(late))

        self.gate.mode = "pass"
        await_condition("a message through the open door", self.one_passes)
        self.assertEqual(set(self.arrived()) & set(late), set())
        told = [word for word in self.told() if word[0] in late]
        self.assertEqual(sorted(identifier for identifier, _ in told), sorted(late))
        self.assertEqual({error for _, error in told}, {"MeshServiceUnavailable"})

    def one_passes(self):
        """Sends a message and waits for what becomes of it: the first ones may still be given up,
        while the destination counts as dead."""
        identifier, = self.send(1)
        arrived, told = await_condition("an ending", lambda: self.ending(identifier))
        self.assertEqual(arrived + told, 1)
        return arrived

    def ending(self, identifier):
        """How often it arrived and how often the sender was told; None: neither yet."""
        arrived = self.arrived().count(identifier)
        told = [word[0] for word in self.told()].count(identifier)
        return (arrived, told) if arrived + told else None


if __name__ == "__main__":
    unittest.main(verbosity=2)
