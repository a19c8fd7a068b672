#!/usr/bin/env python3
"""Each kind of bad input gets its documented error and changes nothing.

A running service in reference compatibility holds one account with a few entries.
Every case sends something wrong and names the answer: for a Mesh request the Status of
the response (HTTP says 200, as that client needs), for broken HTTP the HTTP status,
after which the connection must be closed and nothing that hid behind the broken
request may have been answered. Status and Download of the account must read the same
before and after every case.

Exit codes: 0 all as documented, 1 something was not.
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from bad_http import HTTP_CASES, SLOW_CASES
from bad_mesh import mesh_cases
from cluster import DOMAIN, Cluster
from dare import Person, catalog_entry, upload
from mesh_http import PATH, raw_exchange, statuses
from reference_members import RESPONSE_CLASS
from reference_reader import Unreadable, check_members, read_json

ACCOUNT = "victim@example.com"
FIELDS = {"X-Mesh-Account": ACCOUNT, "Content-Type": "application/json"}
# Short enough to wait for, long enough for a busy machine to send a whole request.
SLOW_FLAGS = ("--handshake-timeout", "3s", "--header-timeout", "3s", "--body-timeout", "3s")


class BadInput:
    def __init__(self, cluster, person):
        self.cluster = cluster
        self.person = person
        self.faults = []
        self.passed = 0

    def send(self, body, **options):
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        with self.cluster.connect() as connection:
            return connection.send(octets, {**FIELDS, **options.pop("fields", {})}, **options)

    def prepare(self):
        entries = [catalog_entry(f"entry-{i}", b"payload %d" % i) for i in range(3)]
        for request in (self.person.create_request(ACCOUNT), upload("mmm_Contact", *entries)):
            reply = self.send(request)
            (_, response), = json.loads(reply.body).items()
            if response.get("Status") != 201:
                raise SystemExit(f"cannot prepare the account: {reply.body.decode()}")

    def state(self):
        """What the account holds, as its owner sees it."""
        select = [{"Container": name, "IndexMin": 0} for name in ("mmm_Contact", "mmm_Inbound")]
        return (self.send({"Status": {}}).body, self.send({"Download": {"Select": select}}).body)

    def judge(self, name, before, fault):
        if fault is None and self.state() != before:
            fault = "something has changed"
        if fault is None:
            self.passed += 1
        else:
            self.faults.append(f"{name}: {fault}")

    def mesh(self, before):
        for case in mesh_cases(self.person, ACCOUNT):
            reply = self.send(case.body, fields=case.fields)
            self.judge(case.name, before, judge_mesh(case, reply))

    def http(self, before):
        for name, octets, expected in HTTP_CASES:
            octets = octets.replace(b"{account}", ACCOUNT.encode())
            received, closed = raw_exchange(self.cluster.port, self.cluster.certificate, DOMAIN,
                                            octets, timeout=5)
            found = statuses(received)
            fault = None if found == expected else f"answered {found}, not {expected}"
            if fault is None and not closed and expected and expected[-1] >= 400:
                fault = "the connection stays open"
            self.judge(name, before, fault)

    def slow(self, before):
        for name, parts, expected in SLOW_CASES:
            received, closed = raw_exchange(self.cluster.port, self.cluster.certificate, DOMAIN,
                                            parts, timeout=20)
            found = statuses(received)
            fault = None if found == expected else f"answered {found}, not {expected}"
            self.judge(name, before, fault if closed else "the connection stays open")


def judge_mesh(case, reply):
    """A reply that the reference client can read, of the right class and Status."""
    if reply.status != case.http:
        return f"HTTP status {reply.status}, not {case.http}"
    try:
        value = read_json(reply.body)
        tag, = value
        check_members(tag, value[tag], tag)
    except (Unreadable, ValueError) as error:
        return f"unreadable reply: {error}"
    expected = RESPONSE_CLASS.get(case.transaction, "MeshResponse")
    if tag != expected:
        return f"response is a {tag}, not a {expected}"
    status, text = value[tag].get("Status"), value[tag].get("StatusDescription", "")
    if status not in case.statuses:
        return f"Status {status} ({text}), not one of {case.statuses}"
    if not text:
        return "no StatusDescription"
    return None


def main():
    with tempfile.TemporaryDirectory() as keys, Cluster(reference=True, frontend_flags=SLOW_FLAGS) as cluster:
        test = BadInput(cluster, Person(keys))
        test.prepare()
        before = test.state()
        test.mesh(before)
        test.http(before)
        test.slow(before)
        cluster.check_running()
        for fault in test.faults:
            print("FAULT", fault)
        print(f"{test.passed} cases as documented, {len(test.faults)} not; {PATH} still serves")
        return 1 if test.faults else 0


if __name__ == "__main__":
    sys.exit(main())
