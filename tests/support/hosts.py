"""Hosts of a test: Linux network namespaces, each with one address, which a bridge joins, and what
cuts them off from each other. The test's own namespace (namespace.py, entered first) is on the
bridge too, as the host TEST.

    with Hosts(("b1", "e1")) as hosts:
        subprocess.Popen([*hosts.command("b1"), "mesh-backend", "--listen", hosts.address("b1") + ":0"])
        hosts.cut("b1", "e1")     # neither hears of the other any more, and nobody is told
        hosts.unplug("b1")        # nobody hears of it: its cable is out
        hosts.heal()

A cut is a wrong hardware address that one takes for the other's: what it sends is dropped by
everybody, without an answer, as a network does that loses packets. That needs no packet filter in
the kernel.

All of it is in the test's namespace and has no name outside: it is gone with the test, whatever
ends that. Only iproute2 and util-linux are needed.
"""

import functools
import itertools
import os
import subprocess

from namespace import INSIDE, PATH, REFUSED

TEST = "test"
NETWORK = "10.77.0."
NOBODY = "02:77:00:00:ff:ff"
# Keeps a namespace; says so when it has it.
KEEPER = ["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"]


@functools.cache
def why_not():
    """Tries it all; why there can be no hosts here, or None. Inside the test's namespace."""
    if not os.environ.get(INSIDE):
        return os.environ.get(REFUSED, "not in a network namespace of its own")
    try:
        with Hosts(("a", "b")) as hosts:
            hosts.cut("a", "b")
    except OSError as error:
        return str(error)
    except subprocess.CalledProcessError as error:
        return ((error.stderr or "").strip().splitlines() or ["it is refused"])[-1]
    return None


class Hosts:
    """For one thread. Only one at a time. Names are of ten letters at most."""

    def __init__(self, names):
        self._numbers = {name: number for number, name in enumerate((TEST, *names), 1)}
        self._keepers = {}
        self._lost = set()  # (sender, receiver)
        self._unplugged = set()

    def __enter__(self):
        self._ip(TEST, [f"link add mesh0 address {self._hardware(TEST)} type bridge",
                        f"address add {self.address(TEST)}/24 dev mesh0", "link set mesh0 up"])
        try:
            for name in self._names():
                self._make(name)
            for name in self._numbers:
                self._ip(name, [self._neighbour(name, other, self._hardware(other))
                                for other in self._numbers if other != name])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._ip(TEST, [*(f"link delete to-{name}" for name in self._keepers),
                        "link delete mesh0"])
        for keeper in self._keepers.values():
            keeper.kill()
            keeper.wait()
        self._keepers.clear()

    def address(self, name):
        return NETWORK + str(self._numbers[name])

    def command(self, name):
        """What stands before a command that is to run there; its process is the command's."""
        return [] if name == TEST else ["nsenter", f"--net=/proc/{self._keepers[name].pid}/ns/net"]

    # --- Cuts -----------------------------------------------------------------------

    def cut(self, one, other):
        """Both ways."""
        self.lose(one, other)
        self.lose(other, one)

    def lose(self, sender, receiver):
        """What `sender` sends to `receiver` never arrives."""
        self._lost.add((sender, receiver))
        self._ip(sender, [self._neighbour(sender, receiver, NOBODY)])

    def unplug(self, name):
        self._unplugged.add(name)
        self._ip(TEST, [f"link set to-{name} down"])

    def heal(self):
        """All of it is over."""
        self._ip(TEST, [f"link set to-{name} up" for name in self._unplugged])
        for sender, of_sender in itertools.groupby(sorted(self._lost), lambda lost: lost[0]):
            self._ip(sender, [self._neighbour(sender, receiver, self._hardware(receiver))
                              for _, receiver in of_sender])
        self._unplugged.clear()
        self._lost.clear()

    # --- How ------------------------------------------------------------------------

    def _names(self):
        return [name for name in self._numbers if name != TEST]

    def _make(self, name):
        keeper = subprocess.Popen(KEEPER, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  env={**os.environ, "PATH": PATH})
        self._keepers[name] = keeper
        if not keeper.stdout.readline():
            raise OSError("no further network namespace can be made")
        self._ip(TEST, [f"link add to-{name} type veth peer name eth0 address "
                        f"{self._hardware(name)} netns {keeper.pid}",
                        f"link set to-{name} master mesh0 up"])
        self._ip(name, ["link set lo up", f"address add {self.address(name)}/24 dev eth0",
                        "link set eth0 up"])

    def _ip(self, name, lines):
        """Many commands of ip, in the namespace of `name`; CalledProcessError at the first that fails."""
        if lines:
            subprocess.run([*self.command(name), "ip", "-batch", "-"], text=True, check=True,
                           input="\n".join(lines) + "\n", stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, env={**os.environ, "PATH": PATH})

    def _hardware(self, name):
        return f"02:77:00:00:00:{self._numbers[name]:02x}"

    def _neighbour(self, who, whose, hardware):
        """Neighbours are never asked for their address: it is told here."""
        device = "mesh0" if who == TEST else "eth0"
        return (f"neigh replace {self.address(whose)} lladdr {hardware} nud permanent "
                f"dev {device}")
