#!/usr/bin/env python3
"""Two people at two services: the story of ./quickstart --story two-services, and a test.

    two_services_story.py [--quiet] [--loopback]

Two services of real processes, ours.example and theirs.example, find each other by Debian's
dnsmasq: as root in a network namespace, where each has an address of its own, port 443, and the name
server port 53, so that no program is told where anything is; else, or with --loopback, on
ports of 127.0.0.1 that the system chooses. Alice is at the one and Bob at the other; each has a desk and three devices, connected
in the three ways there are. They exchange contacts, by a card and by messages, a confirmation is asked and given, a group is
made and its member decrypts until he is removed, a device is removed. Every step is checked; the exit status is 1 when one fails, 77 when dnsmasq is not here.
"""

import contextlib
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("support", "conformance", "integration")]

try:
    from two_services import OURS, THEIRS, TwoServices
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)
import namespace
from cluster import await_condition
from dnsmasq import PROGRAM, Dnsmasq
from mesh_program import DONE, REFUSED, Device


NAME_SERVER = "10.53.0.53"
PLACES = {OURS: ("10.53.0.1", 443), THEIRS: ("10.53.0.2", 443)}


class Teller:
    """Runs the client and shows what it says, as a person would see it."""

    def __init__(self, world, quiet, named):
        self.world = world
        self.named = named  # The machine's own name server is the world's.
        self.quiet = quiet

    def heading(self, text):
        if not self.quiet:
            print(f"\n== {text}", flush=True)

    def device(self, name):
        device = Device(self.world.folder / name, 0, self.world.folder / "authorities.pem")
        for setting in ("MESH_SERVICE", "MESH_CONNECT"):  # DNS says where services are.
            del device.environment[setting]
        if not self.named:
            device.environment["MESH_DNS_SERVER"] = self.world.dns.address_and_port
        device.name = name
        return device

    def run(self, device, *arguments, expected=DONE):
        outcome = device.mesh(*arguments)
        if not self.quiet:
            print(f"\n{device.name} $ mesh {' '.join(map(str, arguments))}")
            for line in (outcome.out + outcome.err).splitlines():
                print("  " + line, flush=True)
        if outcome.exit != expected:
            sys.exit(f"{device.name}: mesh {arguments}: exit status {outcome.exit}, not {expected}: "
                     f"{outcome.out}{outcome.err}")

    def message(self, device, kind):
        """The name of the newest message of that class, once it is there."""
        def look():
            found = [m for m in device.do("message", "inbox")["messages"] if m["class"] == kind]
            return found[-1]["id"] if found else None
        return await_condition(f"a {kind} at {device.name}", look)


def household(teller, person, address):
    """A desk that has made the account, and three devices, each connected another way."""
    teller.heading(f"{person.capitalize()} makes an account, and brings in three devices")
    desk, phone, tablet, camera = (teller.device(f"{person}-{d}")
                                   for d in ("desk", "phone", "tablet", "camera"))
    teller.run(desk, "account", "create", address)

    teller.heading("Directly: both devices show the same code")
    teller.run(phone, "connect", "request", address, "--description", "phone")
    (asked,) = desk.do("connect", "list")["requests"]
    teller.run(desk, "connect", "list")
    teller.run(desk, "connect", "accept", asked["code"])
    teller.run(phone, "connect", "complete")

    teller.heading("By a PIN")
    pin = desk.do("pin", "--hours", "1")["pin"]
    teller.run(tablet, "connect", "request", address, "--pin", pin, "--description", "tablet")
    teller.run(desk, "connect", "accept", "--pins")
    teller.run(tablet, "connect", "complete")

    teller.heading("By a QR code: the camera's maker has published it")
    request = teller.world.folder / f"{person}-camera.json"
    teller.run(camera, "device", "request", request, "--description", "camera")
    uri = teller.maker.do("publish", request)["uri"]
    teller.run(teller.maker, "publish", request)
    teller.run(desk, "claim", uri)
    teller.run(camera, "poll", uri)
    for device in (phone, tablet, camera):
        teller.run(device, "download")
    return desk, phone, tablet, camera


def share_a_secret(teller, alice_desk, bob_desk):
    teller.heading("Alice makes a group with Bob in it; he reads with the help of both services")
    group, folder = f"team@{OURS}", teller.world.folder
    plan, sealed, read = (folder / name for name in ("plan.txt", "plan.dare", "read.txt"))
    plan.write_text("Meet at the gate.")
    teller.run(alice_desk, "group", "create", group)
    teller.run(alice_desk, "group", "add", group, f"bob@{THEIRS}")
    invitation = teller.message(bob_desk, "GroupInvitation")
    teller.run(bob_desk, "message", "inbox")
    teller.run(bob_desk, "group", "accept", invitation)
    teller.run(alice_desk, "group", "encrypt", group, plan, sealed)
    teller.run(bob_desk, "group", "decrypt", group, sealed, read)
    if read.read_text() != plan.read_text():
        sys.exit("bob has read something else")
    return group, sealed, read


def tell(teller):
    alice, bob = f"alice@{OURS}", f"bob@{THEIRS}"
    teller.heading("A maker of cameras has an account at theirs.example")
    teller.maker = teller.device("maker")
    teller.run(teller.maker, "account", "create", f"maker@{THEIRS}")
    alice_desk, *_ = household(teller, "alice", alice)
    bob_desk, bob_phone, *_ = household(teller, "bob", bob)

    teller.heading("Bob prints a card; Alice, at the other service, claims it: his key is on it")
    uri = bob_desk.do("contact", "publish", "--name", "Bob")["uri"]
    teller.run(bob_desk, "contact", "publish", "--name", "Bob")
    teller.run(alice_desk, "contact", "claim", uri)
    teller.run(bob_desk, "contact", "claims")

    teller.heading("They exchange contacts, across the services")
    teller.run(alice_desk, "contact", "request", bob, "--name", "Alice")
    asked = teller.message(bob_desk, "RequestContact")
    teller.run(bob_desk, "message", "inbox")
    teller.run(bob_desk, "contact", "accept", asked, "--name", "Bob")
    answer = teller.message(alice_desk, "ReplyContact")
    teller.run(alice_desk, "contact", "accept", answer)

    teller.heading("Alice asks Bob to confirm something, and he does, on his phone")
    teller.run(alice_desk, "confirm", "ask", bob, "Open the gate?")
    asked = teller.message(bob_phone, "RequestConfirmation")
    teller.run(bob_phone, "confirm", "accept", asked)
    answer = teller.message(alice_desk, "ResponseConfirmation")
    teller.run(alice_desk, "message", "read", answer)

    group, sealed, read = share_a_secret(teller, alice_desk, bob_desk)

    teller.heading("She takes him out of the group, and he reads nothing more")
    teller.run(alice_desk, "group", "remove", group, bob)
    teller.run(bob_desk, "group", "decrypt", group, sealed, read, expected=REFUSED)

    teller.heading("Bob loses his phone, removes it, and it is refused at once")
    teller.run(bob_desk, "device", "remove", "phone")
    teller.run(bob_phone, "download", expected=REFUSED)


def find_place(arguments):
    """Whether this is in a network namespace of its own now; says where it is."""
    if "--loopback" in arguments:
        return False
    inside, why_not = namespace.enter([place[0] for place in PLACES.values()] + [NAME_SERVER],
                                      NAME_SERVER)
    if inside:
        places = ", ".join(f"{domain} at {host}:{port}" for domain, (host, port) in PLACES.items())
        print(f"In a network namespace: {places}; the name server at {NAME_SERVER}:53.")
    else:
        print(f"On loopback, not in a network namespace: {why_not}.")
    return inside


def main():
    if PROGRAM is None:
        print("skipped: needs Debian's dnsmasq-base")
        return 77
    quiet = "--quiet" in sys.argv[1:]
    inside = find_place(sys.argv[1:])
    with contextlib.ExitStack() as stack:
        world = TwoServices(stack, ["--outbox-poll", "250ms"],
                            (lambda: Dnsmasq(NAME_SERVER, 53)) if inside else Dnsmasq,
                            PLACES if inside else None)
        world.show(OURS, world.ours.port)
        world.show(THEIRS, world.theirs.port)
        tell(Teller(world, quiet, inside))
    print("\nAll of it went as told.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
