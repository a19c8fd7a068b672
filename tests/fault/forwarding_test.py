#!/usr/bin/env python3
"""Messages from one service to another, whose door is shut, slow, or talks nonsense, while
programs of both sides are killed: each message arrives exactly once, or its sender gets
exactly one MessageError.

    forwarding_test.py [--messages N]     default: a few hundred

Exit status 77: python3-cryptography is not here.
"""

import argparse
import collections
import contextlib
import itertools
import json
import sys
import time
from pathlib import Path

try:
    import cryptography  # noqa: F401
except ImportError:
    print("needs python3-cryptography")
    sys.exit(77)

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("support", "conformance")]

from cluster import ClusterError, admin_get, await_condition
from gate import Gate
from stranger.messages import message, post, spool
from two_services import OURS, THEIRS, TwoServices, make_member

RECIPIENTS = [f"r{i}@{THEIRS}" for i in range(3)]
NOBODY = f"nobody@{THEIRS}"
NEIGHBOUR = f"neighbour@{OURS}"
PER_POST = 10
# Of one account, half of what its outbox takes.
PER_SENDER = 500
LEASE_SECONDS = 6


class World(TwoServices):
    """Two services, of which one has a door."""

    def __init__(self, stack):
        super().__init__(stack, ["--outbox-lease", f"{LEASE_SECONDS}s", "--outbox-poll", "250ms"])
        self.second = self.ours.add_frontend("second")
        gate = Gate(self.theirs.port, self.theirs.certificate, self.theirs.key)
        self.gate = stack.enter_context(gate)
        self.show(THEIRS, self.gate.port)
        self.show(OURS, self.ours.port, self.second.served)


class Run:
    """The messages that were sent, and where they are."""

    def __init__(self, world, count):
        self.world = world
        self.count = count
        self.sent = {}  # {MessageID: (sender, recipient)}
        port = world.second.served  # The one that stays.
        senders = [f"s{i}@{OURS}" for i in range(max(2, -(-count // PER_SENDER)))]
        self.senders = {a: make_member(world.ours, port, a) for a in senders}
        self.readers = {a: make_member(world.theirs, world.theirs.port, a)[1] for a in RECIPIENTS}
        self.readers[NEIGHBOUR] = make_member(world.ours, port, NEIGHBOUR)[1]
        self._from = itertools.cycle(self.senders)
        # Most to the other service, some to one of ours, some to nobody.
        self._to = itertools.cycle(RECIPIENTS * 3 + [NEIGHBOUR, NOBODY])

    def send(self, count):
        """Posts `count` messages, PER_POST at a time."""
        for _ in range(max(1, count // PER_POST)):
            sender, recipient = next(self._from), next(self._to)
            member, client = self.senders[sender]
            made = [message(member, recipient) for _ in range(PER_POST)]
            reply = client.call(post([recipient], *(envelope for _, envelope in made)))
            results = {e["Result"] for e in reply.fields.get("Entries", [])}
            assert results == {"Accept"}, reply.fields
            self.sent.update({identifier: (sender, recipient) for identifier, _ in made})

    def found(self):
        """How often each message arrived, and how often its sender was told of it."""
        arrived, told = collections.Counter(), collections.Counter()
        for address, client in self.readers.items():
            for tree in spool(client):
                (_, members), = tree.items()
                assert self.sent[members["MessageID"]][1] == address
                arrived[members["MessageID"]] += 1
        for address, (_, client) in self.senders.items():
            for tree in spool(client):
                error = tree["MessageError"]
                reference, = error["References"]
                assert self.sent[reference["MessageID"]][0] == address
                told[reference["MessageID"]] += 1
        return arrived, told

    def missing(self):
        arrived, told = self.found()
        return [i for i in self.sent if arrived[i] + told[i] == 0]

    def settled(self):
        """Nothing waits in an outbox, and everything is somewhere."""
        held = sum(f.metric("mesh_forwarder_held") or 0 for f in self.frontends())
        return held == 0 and not self.missing()

    def explain(self):
        """What is missing, and what forwarders say of it."""
        missing = collections.Counter(self.sent[i] for i in self.missing())
        lines = [f"{count} from {sender} to {recipient}"
                 for (sender, recipient), count in missing.items()]
        for frontend in self.frontends():
            text = admin_get(frontend.ports()["admin"], "/metrics")[1]
            lines += [line for line in text.splitlines()
                      if line.startswith(("mesh_forwarder", "mesh_peer")) and
                      not line.endswith(" 0") and "_bucket" not in line]
        return "\n".join(lines)

    def frontends(self):
        ours = self.world.ours
        return [f for f in (ours.frontend, *ours.more_frontends) if f.running()]

    def tried(self, reason):
        """Waits for a message that could not be delivered for that reason."""
        def count():
            return sum(f.metric("mesh_forwarder_again_total", reason=reason) or 0
                       for f in self.frontends())
        before = count()
        await_condition(reason, lambda: count() > before)


def story(world, run):
    """What happens to the messages. A part of them is posted in each chapter."""
    part = run.count // 6
    run.send(part)  # The way is free, and they get to know each other.
    await_condition("first messages", lambda: not run.missing())
    world.gate.mode = "refuse"
    run.send(part)
    run.tried("unreachable")
    world.gate.mode = "garbage"
    run.send(part)
    run.tried("broken")
    world.gate.mode = "slow"
    run.send(part)
    first = world.ours.frontend
    await_condition("leases at the first front end", lambda: first.metric("mesh_forwarder_held"))
    first.kill()
    world.gate.mode = "pass"
    run.send(part)
    world.theirs.kill_backend("b1")
    run.send(part)
    world.theirs.start_backend("b1")
    world.theirs.restart_frontend()
    world.ours.kill_backend("b1")
    world.ours.start_backend("b1")


def verdict(run):
    """{...} of numbers; raises if a message is not where it should be."""
    arrived, told = run.found()
    for identifier, (sender, recipient) in run.sent.items():
        where = f"{identifier} from {sender} to {recipient}"
        assert arrived[identifier] + told[identifier] == 1, \
            f"{where}: arrived {arrived[identifier]}, told {told[identifier]}"
        assert bool(told[identifier]) == (recipient == NOBODY), where
    metric = {name: sum(f.metric(f"mesh_forwarder_{name}_total") or 0 for f in run.frontends())
              for name in ("messages", "again", "leases_lost", "unsettled")}
    return {"sent": len(run.sent), "arrived": arrived.total(), "told": told.total(), **metric}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=240)
    options = parser.parse_args()
    begun = time.monotonic()
    with contextlib.ExitStack() as stack:
        world = World(stack)
        run = Run(world, options.messages)
        story(world, run)
        try:
            await_condition("all messages", run.settled, options.seconds)
        except ClusterError:
            print(run.explain(), file=sys.stderr)
            raise
        time.sleep(LEASE_SECONDS)  # What is done twice would be done by now.
        result = verdict(run)
    print(json.dumps({**result, "seconds": round(time.monotonic() - begun)}))


if __name__ == "__main__":
    main()
