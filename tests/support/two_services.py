"""Two Mesh Services of real processes that find each other by a name server of the test's, for
tests of what services ask of each other. Needs python3-cryptography.

    with contextlib.ExitStack() as stack:
        world = TwoServices(stack)
        member, client = make_member(world.ours, world.ours.port, "a@ours.example")
"""

import shutil
import tempfile
from pathlib import Path

from cluster import Cluster
from dns_server import DnsServer
from stranger.client import Client, Transport
from stranger.people import Account, Device, Person, as_device, as_member, upload

OURS, THEIRS = "ours.example", "theirs.example"
POLICY = "allow RequestContact strangers\nstranger-messages-per-hour 1000000\n"


def make_member(cluster, port, address):
    """A device in a new account at `cluster`, and its client at the front end on `port`."""
    member = Account(Person(), address).connect(Device())
    transport = Transport(port, cluster.certificate, cluster.domain)
    created = Client(transport, as_device(member.device)).call(member.account.create_request())
    assert created.status == 201, created.fields
    client = Client(transport, as_member(member))
    entered = client.call(upload("mmm_Device", member.entry()), signer=member.account.online)
    assert entered.status == 201, entered.fields
    return member, client


class TwoServices:
    """`ours`, of two back ends, and `theirs`, of one; both take contact requests of strangers.
    `flags` are further ones of all front ends, `name_server` is what both ask. With `places` each
    domain's front end listens there, and the machine's own /etc/resolv.conf names the name server."""

    def __init__(self, stack, flags=(), name_server=DnsServer, places=None):
        self.folder = Path(tempfile.mkdtemp(prefix="mesh-services-"))
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "policy").write_text(POLICY)
        self._flags = flags
        self._places = places or {}
        self.dns = stack.enter_context(name_server())
        self.theirs = stack.enter_context(self._cluster(THEIRS, ("b1",)))
        self.ours = stack.enter_context(self._cluster(OURS, ("b1", "b2")))
        # Read when the first connection is made.
        text = "".join(c.certificate.read_text() for c in (self.ours, self.theirs))
        (self.folder / "authorities.pem").write_text(text)

    def _cluster(self, domain, backends):
        asks = [] if self._places else ["--dns-server", self.dns.address_and_port]
        return Cluster(domain=domain, backends=backends,
                       listen=self._places.get(domain, ("127.0.0.1", 0)),
                       backend_flags=["--message-policy", self.folder / "policy"],
                       frontend_flags=[*asks, "--peer-ca-file", self.folder / "authorities.pem",
                                       "--peer-allow-private", *self._flags])

    def show(self, domain, *ports):
        """The domain's service is at these ports."""
        host = f"host.{domain}"
        self.dns.address(host, self._places.get(domain, ("127.0.0.1", 0))[0])
        for port in ports:
            self.dns.service(domain, host, port)
