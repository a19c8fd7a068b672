#!/usr/bin/env python3
"""Replays what the reference client said to its service, against ours.

One back end, so that a message is there when its sender has the reply, and a front end in
reference compatibility, over TLS. Every reply is judged by checker.py against a model of
what a correct service holds. All requests of the transactions in recordings.SERVED must
pass; the others must get a well-formed refusal of their own response class, and are
counted apart. What stands in errors.jsonl must get a clear error and change nothing.

Then the same requests go to a front end without --reference-compatibility: nobody
has said who calls, so all but Hello get 401 and nothing happens.

Exit codes: 0 all passed, 1 a reply was wrong, 77 no recordings at hand.
"""

import collections
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import json

import recordings
from account_model import Service, squeeze
from checker import Exchange, check
from cluster import DOMAIN, Cluster
from recordings import SERVED
from reference_members import RESPONSE_CLASS
from renewal import Renewal

# In errors.jsonl, by number: what succeeds because nothing is wrong with it.
ERRORS_THAT_SUCCEED = {1, 2, 3, 34, 35, 36, 37}
# Refused by HTTP itself, before there is a Mesh request: the status.
ERRORS_OF_HTTP = {32: 405, 33: 404}
# In the other flows: what the client did to see it refused.
REFUSED = {("contact", 27), ("create", 8), ("delete", 8), ("delete", 9), ("delete", 10),
           ("delete", 11), ("group", 16)}


class Tally:
    """What was sent and what passed, by flow and by transaction."""

    def __init__(self):
        self.faults = []
        self.rows = collections.defaultdict(collections.Counter)
        self.transactions = collections.defaultdict(collections.Counter)

    def count(self, flow, transaction, served, fault, where):
        kind = "served" if served else "unserved"
        for counter in (self.rows[flow], self.transactions[transaction]):
            counter["requests"] += 1
            counter[kind] += 1
            counter[f"{kind} passed"] += fault is None
        if fault is not None:
            self.faults.append(f"{where}: {fault}")

    def show(self):
        line = "{:<16}{:>9}{:>9}{:>8}{:>14}{:>9}"
        heads = ("requests", "served", "passed", "not served", "refused")
        for title, rows in (("flow", self.rows), ("transaction", self.transactions)):
            print(line.format(title, *heads))
            total = collections.Counter()
            for name, row in rows.items():
                total.update(row)
                print(line.format(name, *cells(row)))
            print(line.format("all", *cells(total)) + "\n")
        for fault in self.faults:
            print("FAULT", fault)


def cells(row):
    return [row[name] for name in
            ("requests", "served", "served passed", "unserved", "unserved passed")]


class Replay:
    """One service, its model, and a connection to it."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.connection = cluster.connect()
        self.service = Service()
        self.seen = {}
        self.renewal = Renewal()
        self.tally = Tally()

    def send(self, one):
        """Sends a recorded request. The server may close a connection after
        an error, so each of those gets a new one."""
        reply = self.connection.send(one.body, one.fields, one.path, one.method)
        if reply.fields.get("connection", "").lower() == "close":
            self.connection.close()
            self.connection = self.cluster.connect()
        return reply

    def judge(self, one, reply, success):
        concerned = self.service.concerned(one.transaction, one.request, one.account)
        exchange = Exchange(one.transaction, one.request, reply, concerned, success, self.seen)
        fault = check(exchange)
        if fault is None and success:
            self.service.apply(one.transaction, one.request, one.account, exchange.fields)
        if fault is None and success and one.transaction == "Connect":
            self.renewal.learn(one.response, reply.body)
        return fault

    def flow(self, flow):
        for one in flow:
            served = one.transaction in SERVED
            one.body = self.renewal.apply(one.transaction, one.body)
            success = served and one.succeeded and (one.flow, one.number) not in REFUSED
            reply = self.send(one)
            fault = self.judge(one, reply, success)
            if fault is None and success and one.transaction == "Operate":
                fault = other_results(one, reply)
            self.tally.count(one.flow, one.transaction, served, fault,
                             f"{one.flow} {one.number} {one.transaction} ({one.step})")

    def errors(self, flow):
        address = flow[0].account
        for one in flow:
            where = f"errors {one.number} {one.transaction} ({one.step})"
            success = one.number in ERRORS_THAT_SUCCEED
            before = None if success else self.status_of(address)
            reply = self.send(one)
            if one.number in ERRORS_OF_HTTP:
                expected = ERRORS_OF_HTTP[one.number]
                fault = None if reply.status == expected else f"HTTP status {reply.status}"
            else:
                fault = self.judge(one, reply, success)
            if fault is None and not success and self.status_of(address) != before:
                fault = "something has changed"
            self.tally.count("errors", one.transaction, one.transaction in SERVED, fault, where)

    def status_of(self, address):
        reply = self.connection.send(b'{"Status": {}}', {"X-Mesh-Account": address})
        return reply.body


def other_results(one, reply):
    """Threshold operations have one right result: that which the reference recorded."""
    def results(text):
        return squeeze(json.loads(text, strict=False)["OperateResponse"]["Results"])
    return None if results(reply.body) == results(one.response) else "another result"


def replay_without_compatibility(cluster, flows):
    """Bare requests that nobody has authenticated. Returns what is wrong."""
    faults = []
    accounts = set()
    with cluster.connect() as connection:
        for one in (one for name in ("catalogs", "create", "delete") for one in flows[name]):
            reply = connection.send(one.body, one.fields, one.path, one.method)
            accounts.add(one.account)
            fault = judge_unauthenticated(one, reply)
            if fault:
                faults.append(f"unauthenticated {one.flow} {one.number} {one.transaction}: {fault}")
    return faults, accounts


def judge_unauthenticated(one, reply):
    tag, fields = next(iter(json.loads(reply.body).items()))
    if tag != RESPONSE_CLASS[one.transaction]:
        return f"response is a {tag}"
    expected = 201 if one.transaction == "Hello" else 401
    if fields.get("Status") != expected:
        return f"Status {fields.get('Status')}, not {expected}"
    if reply.status != expected:
        return f"HTTP status {reply.status}"
    return None


def nothing_happened(cluster, accounts):
    """Asks in reference compatibility whether any of the accounts came to be."""
    faults = []
    with cluster.connect() as connection:
        for address in sorted(accounts):
            reply = connection.send(b'{"Status": {}}', {"X-Mesh-Account": address})
            status = json.loads(reply.body)["StatusResponse"]["Status"]
            if status != 404:
                faults.append(f"{address}: Status {status} after refused requests")
    return faults


def main():
    flows = recordings.load()
    with Cluster(reference=False, backends=("b1",)) as cluster:
        faults, accounts = replay_without_compatibility(cluster, flows)
        cluster.restart_frontend(reference=True)
        faults += nothing_happened(cluster, accounts)
        replay = Replay(cluster)
        for name, flow in flows.items():
            replay.errors(flow) if name == "errors" else replay.flow(flow)
        cluster.check_running()
        replay.tally.faults += faults
        replay.tally.show()
        print(f"{DOMAIN}: {len(replay.tally.faults)} faults")
        return 1 if replay.tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
