"""What the attack tests share: a service of real processes with an account in it, and a
way to say how an attack must end.

Every attack ends in one way: with a Status and a name; with nothing changed in the
account; and with one more on the counter of its reason, and none on any other.
"""

import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("support", "conformance", "integration")]

import secret_search
from cluster import DOMAIN, Cluster, admin_get
from stranger import keys
from stranger.client import Client, Transport
from stranger.encoding import JSON, unb64
from stranger.people import Account, Device, Person, as_device, as_member, upload
from stranger.wire import Unsealed, administrator, sealed_text, with_extra

STATUS = {"Status": {}}
CONTACTS = "mmm_Contact"
DEVICES = "mmm_Device"
FRONTEND = "mesh_authentication_refused_total"
BACKEND = "mesh_backend_refusals_total"


class Ending:
    """How the service answered: status, name, and whether it was sealed."""

    def __init__(self, status, name, sealed):
        self.status, self.name, self.sealed = status, name, sealed

    def __repr__(self):
        return f"{self.status} {self.name} {'sealed' if self.sealed else 'not sealed'}"

    def __eq__(self, other):
        return repr(self) == repr(other)


def sealed(status, name):
    return Ending(status, name, True)


def unsealed(status, name):
    return Ending(status, name, False)


UNAUTHENTICATED = unsealed(401, "MeshRequestUnauthenticated")


def samples(text, name):
    """{labels: value} of a counter in Prometheus text."""
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in text.splitlines() if line.startswith(name + "{")}


class AttackTest(unittest.TestCase):
    """One service for all tests of a class, with two front ends; one account, alice's,
    with one device in it, unless a test makes its own."""

    @classmethod
    def setUpClass(cls):
        # Everything that may be logged is, for what must not be in it.
        cls.cluster = Cluster(reference=False, ticket_keys=True,
                              frontend_flags=["--log-requests", "--verbose"],
                              backend_flags=["--verbose"])
        cls.cluster.__enter__()
        cls.second = cls.cluster.add_frontend("second")
        cls.alice = cls.make_account("alice")

    @classmethod
    def tearDownClass(cls):
        found = None
        try:
            found = cls.secrets_in_logs()
        finally:
            cls.cluster.__exit__(None, None, None)
        assert not found, f"secrets in {found}"

    # --- Logs --------------------------------------------------------------------------

    @classmethod
    def secrets_in_logs(cls):
        """Every secret of clients, of the service and of its tickets, in every log."""
        secret_search.self_check()
        texts = {}
        for process in cls.cluster.processes():
            texts[process.name] = process.log.read_bytes()
            texts[f"metrics of {process.name}"] = admin_get(process.ports()["admin"],
                                                            "/metrics")[1].encode()
            for path in process.folder.rglob("LOG*"):
                texts[str(path)] = path.read_bytes()
        assert any(texts.values()), "no log has anything in it"
        return secret_search.find(keys.HELD + cls.service_secrets(), texts)

    @classmethod
    def service_secrets(cls):
        seeds = [unb64(JSON.read(path.read_bytes())["Seed"])
                 for path in cls.cluster.keys.glob("*.json")]
        tickets = [path.read_bytes() for path in cls.cluster.ticket_keys.glob("*.key")]
        assert len(seeds) >= 4 and tickets, "the service's keys are not where they were"
        return seeds + tickets

    # --- People --------------------------------------------------------------------------

    @classmethod
    def client(cls, credential, frontend=None, encoding=JSON):
        transport = Transport((frontend or cls.cluster.frontend).served, cls.cluster.certificate,
                              DOMAIN)
        cls.addClassCleanup(transport.close)
        return Client(transport, credential, encoding)

    @classmethod
    def make_account(cls, name):
        """A member whose device is the first of a new account."""
        account = Account(Person(), f"{name}@{DOMAIN}")
        member = account.connect(Device())
        member.client = cls.client(as_device(member.device))
        assert member.client.call(account.create_request()).status == 201
        member.client = cls.client(as_member(member))
        reply = member.client.call(upload(DEVICES, member.entry()), signer=account.online)
        assert reply.status == 201, reply.fields
        return member

    @classmethod
    def add_device(cls, member, **rights):
        """Another device in the member's account."""
        added = member.account.connect(Device(), **rights)
        reply = member.client.call(upload(DEVICES, added.entry()), signer=member.account.online)
        assert reply.status == 201, reply.fields
        added.client = cls.client(as_member(added))
        return added

    # --- Requests ------------------------------------------------------------------------

    def text(self, message, extra=None, client=None, **fixed):
        return sealed_text((client or self.alice.client).encoding, message, extra, **fixed)

    def client_of(self, member):
        """A client of the member's without a ticket."""
        return self.client(as_member(member))

    def end(self, client, request, body, media_type=None, transport=None):
        """Sends `body` and says how it ended."""
        transport = transport or client.transport
        answer = transport.post(body, media_type or client.encoding.media_type)
        found = self.ending(request, answer.body)
        self.assertEqual(answer.status, found.status, "the HTTP status says something else")
        return found

    @staticmethod
    def ending(request, body):
        """What the reply says; nothing that it gives is kept."""
        try:
            text = request.open(body)
        except Unsealed as error:
            return Ending(error.status, error.name, False)
        fields, = request.encoding.read(text.message).values()
        return Ending(fields["Status"], fields.get("StatusDescription", "").split(":")[0], True)

    def sign(self, text, key, member, extra=None):
        """`text` with an administrator's signature by `key`."""
        client = member.client
        signed = administrator(key, client.identity.service_udf, member.account.address, text)
        return with_extra(text, client.encoding, {**(extra or {}), **signed})

    # --- Endings -------------------------------------------------------------------------

    def counters(self):
        found = {}
        for process in self.cluster.processes():
            _, text = admin_get(process.ports()["admin"], "/metrics")
            for name in (FRONTEND, BACKEND):
                for labels, value in samples(text, name).items():
                    found[labels] = found.get(labels, 0) + value
        return found

    def state(self, member=None):
        """What Status says of the account: every container's length and digest."""
        reply = (member or self.alice).client.call(STATUS)
        self.assertEqual(reply.status, 201, reply.fields)
        return reply.fields["ContainerStatus"]

    def ends(self, ending, attack, reason, counter=FRONTEND, member=None, times=1):
        """Runs `attack()`, which must end so `times` times, and be counted for `reason`;
        None: for none."""
        before, counted = self.state(member), self.counters()
        for _ in range(times):
            self.assertEqual(attack(), ending)
        after = self.counters()
        grown = {labels: after[labels] - counted.get(labels, 0) for labels in after
                 if after[labels] != counted.get(labels, 0)}
        expected = {f'{counter}{{reason="{reason}"}}': times} if reason else {}
        self.assertEqual(grown, expected)
        self.assertEqual(self.state(member), before)
