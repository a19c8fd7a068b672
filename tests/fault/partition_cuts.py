"""Cases of the partition matrix: the network is cut, members of etcd fail, clocks differ.

Each program runs on a host of its own (hosts.py); the load comes from the test's. A cut may fail only requests
that had to pass it, and only those that were sent before it was healed; what they were told must be
true. Whoever does not need what was cut off must not notice.
"""

import contextlib
import dataclasses
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import hosts
from cluster import CLUSTER, SLOTS, Cluster, Process, await_condition
from hosts import Hosts
from matrix_scene import LOST, NOT_APPLIED, OVER, UNKNOWN, Case

LOWER_HALF = f"0-{SLOTS // 2 - 1}"
ANY = frozenset({NOT_APPLIED, UNKNOWN, LOST})
# While a quarter of all requests wait for their deadline of 5 s, half as many others are sent as before.
CONNECTIONS_MAX = 400
DEADLINE_MS = 5000
# A connection of the load that has been idle must not end just when it is used again.
FRONTEND_FLAGS = ("--account-rate", 0, "--idle-timeout", "60m")
# Longer than a request may take, and than a hop needs to give a silent connection up.
CUT_SECONDS = 8
# Longer than etcd waits for a back end's registration (15 s).
ETCD_CUT_SECONDS = 20
# Short, so that a name changes hands within the test; good for 19 s.
LEASE_SECONDS = 20
# Entries that must be acknowledged after a cut has healed.
AFTERWARDS = 300
JUMPS = "jumps"
# What an owner says whose time of day is minutes off.
TIME = "401 MeshRequestTime"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class Clocks:
    """Hosts, some of whose programs are told another time of day; steady clocks stay as they are. `wrong`
    says by name how, in faketime's words; JUMPS: as set() says, from right on. Only times that are past
    will do: gRPC's waits end by the kernel's time of day, which faketime does not reach, so that one
    that is told a later time would wait for too long, as on no machine."""

    def __init__(self, network, wrong, folder):
        self._network, self._wrong, self._folder = network, wrong, Path(folder)
        for name in wrong:
            self.set(name, "+0s")

    def __getattr__(self, name):
        return getattr(self._network, name)

    def set(self, name, offset):
        """Holds within a second."""
        new = self._folder / f"{name}.new"
        new.write_text(offset + "\n")
        new.replace(self._folder / name)

    def command(self, name):
        before = self._network.command(name)
        if name not in self._wrong:
            return before
        wrong = self._wrong[name]
        told = (f"FAKETIME_TIMESTAMP_FILE={self._folder / name}" if wrong == JUMPS
                else f"FAKETIME={wrong}")
        return [*before, "env", f"LD_PRELOAD={FAKETIME}", "FAKETIME_DONT_FAKE_MONOTONIC=1",
                "FAKETIME_CACHE_DURATION=1", told]


def opener(members=("e1",), spare=(), wrong_clocks=None, backend_flags=()):
    """A function that makes the hosts and the cluster on them."""
    @contextlib.contextmanager
    def open_hosts(options):
        flags = ["--move-bytes-per-second", options.bytes_per_second, *backend_flags]
        with (tempfile.TemporaryDirectory(prefix="mesh-clocks-") as folder,
              Hosts(("b1", "b2", "frontend", "second", *members, *spare)) as network,
              Cluster(network=Clocks(network, wrong_clocks or {}, folder), etcd_members=members,
                      programs=options.bin, frontend_flags=FRONTEND_FLAGS,
                      backend_flags=flags) as cluster):
            yield cluster
    return open_hosts


def why_no_clocks():
    if not os.path.exists(FAKETIME):
        return "libfaketime is not installed"
    return hosts.why_not()


# --- What may fail ------------------------------------------------------------------


def now_ms():
    return time.monotonic_ns() // 1_000_000


@dataclasses.dataclass
class Cut:
    """Requests that may fail: for one of `accounts` by way of one of `front_ends`, sent while it
    lasted, or so shortly before that they were under way."""

    accounts: frozenset
    front_ends: frozenset
    since: int = 0
    until: int = 0

    def covers(self, failure):
        return (failure["account"] in self.accounts and failure["to"] in self.front_ends
                and self.since - DEADLINE_MS <= failure["sentMs"] <= self.until)


class Ledger:
    """What the cuts of one case allow."""

    def __init__(self, scene):
        self.scene = scene
        self.cluster, self.network = scene.cluster, scene.cluster.network
        self.cuts = []
        names = [f"{scene.name}-{i}@{self.cluster.domain}" for i in range(scene.options.accounts)]
        self._home = {name: self._ask_home(name) for name in names}
        self._front_ends = {"frontend": self.cluster.frontend,
                            "second": self.cluster.more_frontends[0]}

    def _ask_home(self, account):
        """By the map alone: the back end, which is asked too, may be busy."""
        told = subprocess.run(self.scene.moves.command("route", "explain", account),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return json.loads(told.stdout)["back_end"]

    def accounts(self, *back_ends):
        return frozenset(name for name, home in self._home.items() if home in back_ends)

    def front_ends(self, *names):
        return frozenset(f"{self._front_ends[name].address}:{self._front_ends[name].served}"
                         for name in names or self._front_ends)

    @contextlib.contextmanager
    def cut(self, accounts=frozenset(), front_ends=None):
        """While it lasts the caller cuts; at its end all is healed."""
        cut = Cut(accounts, self.front_ends() if front_ends is None else front_ends, now_ms())
        self.cuts.append(cut)
        try:
            yield cut
        finally:
            self.network.heal()
            cut.until = now_ms()

    def pass_time(self, seconds):
        """The cut lasts, and what is not cut off goes on."""
        before = self.scene.loads[0].acknowledged()
        time.sleep(seconds)
        if self.scene.loads[0].acknowledged() == before:
            self.scene.fault("nothing was acknowledged during the cut")

    def go_on(self):
        """Until much was written after the cut, and what waited has been answered."""
        before = self.scene.loads[0].acknowledged()
        await_condition("acknowledgements after the cut",
                        lambda: self.scene.loads[0].acknowledged() > before + AFTERWARDS)
        time.sleep(DEADLINE_MS / 1000)

    def judge(self):
        strays = [failure for failure in self.scene.loads[0].failures()
                  if not any(cut.covers(failure) for cut in self.cuts)]
        if strays:
            times = [(cut.since, cut.until) for cut in self.cuts]
            self.scene.fault(f"{len(strays)} requests failed that no cut (ms: {times}) explains, as "
                             f"{json.dumps(strays[:3])}")


def case(act, may_fail=frozenset(), why_not=hosts.why_not, **how):
    """`act` is called with a Ledger."""
    ledgers = {}

    def run(scene):
        ledgers[scene.name] = ledger = Ledger(scene)
        act(ledger)
        ledger.go_on()

    return Case(run, may_fail, opener(**how), why_not,
                lambda options: min(64 + options.rate, CONNECTIONS_MAX),
                lambda scene: ledgers.pop(scene.name).judge(), hosts=True)


# --- Front end and back end ---------------------------------------------------------


def frontend_backend(seconds):
    def act(ledger):
        with ledger.cut(ledger.accounts("b1"), ledger.front_ends("frontend")):
            ledger.network.cut("frontend", "b1")
            ledger.pass_time(seconds)
    return act


def replies(ledger):
    """Requests arrive and are carried out; nobody hears of it."""
    with ledger.cut(ledger.accounts("b1"), ledger.front_ends("frontend")):
        ledger.network.lose("b1", "frontend")
        ledger.pass_time(CUT_SECONDS)


def requests(ledger):
    """What was on its way when the way broke must not arrive after its sender has given up."""
    with ledger.cut(ledger.accounts("b1"), ledger.front_ends("frontend")):
        ledger.network.lose("frontend", "b1")
        ledger.pass_time(CUT_SECONDS)


def unplugged(ledger):
    with ledger.cut(ledger.accounts("b1")):
        ledger.network.unplug("b1")
        ledger.pass_time(CUT_SECONDS)


def flapping(ledger):
    """Out and in again, five times, a second each."""
    with ledger.cut(ledger.accounts("b1")):
        for _ in range(5):
            ledger.network.unplug("b1")
            ledger.pass_time(1)
            ledger.network.heal()
            ledger.pass_time(1)


# --- Etcd ---------------------------------------------------------------------------


def backend_etcd(ledger):
    """It serves on under its lease, also when etcd has forgotten where it is."""
    with ledger.cut():
        ledger.network.cut("b1", "e1")
        ledger.pass_time(ETCD_CUT_SECONDS)


def frontend_etcd(ledger):
    with ledger.cut():
        ledger.network.cut("frontend", "e1")
        ledger.pass_time(ETCD_CUT_SECONDS)


def frontend_etcd_move(ledger):
    """A front end that cannot hear of a new owner cannot serve what has moved, and nothing else
    is the worse for it."""
    account = ledger.scene.account
    target = "b2" if account in ledger.accounts("b1") else "b1"
    with ledger.cut(frozenset({account}), ledger.front_ends("frontend")):
        ledger.network.cut("frontend", "e1")
        for move in ledger.scene.moves.begin("account", account, "--to", target):
            ledger.scene.expect(move, "cleaned")
        ledger.pass_time(CUT_SECONDS)


def fence(ledger):
    """A back end that is cut off from etcd stops before its name can be another's. The other one,
    whom front ends cannot reach, has nothing of its data: its accounts fail until the first has its
    name again."""
    cluster, scene = ledger.cluster, ledger.scene
    with ledger.cut(ledger.accounts("b1")):
        ledger.network.cut("b1", "e1")
        ledger.network.cut("spare", "frontend")
        ledger.network.cut("spare", "second")
        claimant = claim(cluster)
        try:
            stopped = await_condition("the owner's end", lambda: lease_left(cluster) == 0.0
                                      and now_ms(), LEASE_SECONDS + 10)
            await_condition("another owner", lambda: owner(cluster) == identity(claimant)
                            and now_ms(), LEASE_SECONDS + 30)
            changed = now_ms()
            before = acknowledged(ledger, "b1")
            time.sleep(2)
            if acknowledged(ledger, "b1") != before:
                scene.fault("two owners: writes were acknowledged after the name had changed hands")
            if stopped >= changed or lease_left(cluster) != 0.0:
                scene.fault(f"the name changed hands at {changed} ms, its owner stopped at {stopped}")
        finally:
            claimant.stop()
        ledger.network.heal()
        await_condition("the first owner's return", lambda: lease_left(cluster) > 0,
                        2 * LEASE_SECONDS + 30)
        await_condition("its registration", lambda: registered(cluster, "b1"))
        time.sleep(1)  # Front ends hear of it by their watch.


def claim(cluster):
    """Another back end, with data of its own, that wants to be b1."""
    folder = cluster.folder / "spare"
    folder.mkdir()
    here = cluster.network.address("spare")
    command = list(cluster.backends["b1"].command)
    command[:len(cluster.network.command("b1"))] = cluster.network.command("spare")
    for flag, value in (("--data-dir", folder / "data"), ("--log-dir", folder / "info"),
                        ("--map-cache", folder / "map-cache.json"), ("--listen", f"{here}:0"),
                        ("--admin", f"{here}:0"), ("--port-file", folder / "ports")):
        command[command.index(flag) + 1] = str(value)
    process = Process("spare", command, folder, here)
    process.start()
    return process


def lease_left(cluster):
    """Seconds that b1 may serve, as it says itself."""
    return cluster.backends["b1"].metric("mesh_owner_lease_left_seconds")


def owner(cluster):
    value = cluster.entries().get(cluster.etcd_key("owners/b1"))
    return json.loads(value)["dataDirId"] if value else None


def identity(process):
    file = process.folder / "data" / "identity"
    return file.read_text().strip() if file.exists() else "none"


def registered(cluster, name):
    value = cluster.entries().get(cluster.etcd_key(f"nodes/{name}"))
    process = cluster.backends[name]
    return bool(value) and json.loads(value)["address"] == f"{process.address}:{process.served}"


def acknowledged(ledger, back_end):
    """Entries of the accounts of a back end, by the journal."""
    accounts = ledger.accounts(back_end)
    lines = ledger.scene.loads[0].journal.read_text().splitlines()
    return sum(line.startswith("ack ") and line.split(" ", 2)[1] in accounts for line in lines)


# --- Etcd's members -----------------------------------------------------------------


def begin_move(ledger):
    move, = ledger.scene.moves.begin("slots", LOWER_HALF, "--to", "b2")
    return move


def kill_member(of_the_leader):
    """While a move goes on, which must end well."""
    def act(ledger):
        members = ledger.cluster.etcd
        leader = await_condition("a leader", members.leader)
        victim = leader if of_the_leader else next(n for n in members.members if n != leader)
        with ledger.cut():
            move = begin_move(ledger)
            members.members[victim].kill()
            ledger.scene.kills += 1
            ledger.scene.expect(move, "cleaned")
            members.members[victim].start()
    return act


def cut_leader(ledger):
    members = ledger.cluster.etcd
    leader = await_condition("a leader", members.leader)
    with ledger.cut():
        ledger.network.unplug(leader)
        move = begin_move(ledger)
        ledger.scene.expect(move, "cleaned")
        ledger.pass_time(CUT_SECONDS)


def majority(ledger):
    """Serving needs no etcd; when it is back, so is what does."""
    names = list(ledger.cluster.etcd.members)
    with ledger.cut():
        for name in names[:2]:
            ledger.network.unplug(name)
        ledger.pass_time(ETCD_CUT_SECONDS)
    await_condition("a leader", ledger.cluster.etcd.leader)
    await_condition("registrations", lambda: all(registered(ledger.cluster, name)
                                                 for name in ("b1", "b2")))
    ledger.scene.expect(begin_move(ledger), "cleaned")


# --- Back ends, and a move between them ---------------------------------------------


def backends(phase):
    """The move ends, one way or the other. Accounts that are frozen may wait in vain."""
    def act(ledger):
        frozen = phase != "copying"  # Or soon will be.
        move = begin_move(ledger)
        ledger.scene.moves.await_phase(move, phase)
        with ledger.cut(ledger.accounts("b1") if frozen else frozenset()):
            ledger.network.cut("b1", "b2")
            ledger.pass_time(CUT_SECONDS)
        ledger.scene.expect(move, *OVER)
    return act


# --- Clocks -------------------------------------------------------------------------


def clocks(ledger):
    """The time of day is nobody's business: a move, a cut from etcd, and nothing is noticed."""
    ledger.scene.expect(begin_move(ledger), "cleaned")
    with ledger.cut():
        ledger.network.cut("b1", "e1")
        ledger.pass_time(CUT_SECONDS)


def jumping_clock(ledger):
    """An owner whose time of day is an hour off cannot tell a repeat, and refuses what changes its
    accounts; it keeps its name, and serves again when the time is right."""
    cluster = ledger.cluster
    with ledger.cut(ledger.accounts("b1")):
        cluster.network.set("b1", "-3600s")
        ledger.pass_time(LEASE_SECONDS)
        if not 0 < (left := lease_left(cluster)) < LEASE_SECONDS:
            ledger.scene.fault(f"with its clock an hour off b1 has its lease for {left} s")
        cluster.network.set("b1", "+0s")
        time.sleep(2)


def cases(_options):
    lease = ("--owner-lease", LEASE_SECONDS)
    three = ("e1", "e2", "e3")
    table = {
        "cut-frontend-backend": case(frontend_backend(CUT_SECONDS), ANY),
        "cut-frontend-backend-briefly": case(frontend_backend(2), ANY),
        "cut-requests": case(requests, ANY),
        "cut-replies": case(replies, ANY),
        "cut-backend": case(unplugged, ANY),
        "cut-backend-flapping": case(flapping, ANY),
        "cut-backend-etcd": case(backend_etcd),
        "cut-backend-etcd-fence": case(fence, ANY, spare=("spare",), backend_flags=lease),
        "cut-frontend-etcd": case(frontend_etcd),
        "cut-frontend-etcd-move": case(frontend_etcd_move, ANY),
        "etcd-kill-member": case(kill_member(False), members=three),
        "etcd-kill-leader": case(kill_member(True), members=three),
        "etcd-cut-leader": case(cut_leader, members=three),
        "etcd-cut-majority": case(majority, members=three),
        # Within the two minutes that sealed requests allow.
        "clock-behind": case(clocks, why_not=why_no_clocks, wrong_clocks={"b1": "-100s"}),
        "clock-fast": case(clocks, why_not=why_no_clocks, wrong_clocks={"b1": "-100s x1.2"}),
        "clock-jumps": case(jumping_clock, ANY | {TIME}, why_not=why_no_clocks,
                            wrong_clocks={"b1": JUMPS}, backend_flags=lease),
    }
    for phase in ("copying", "tailing", "frozen", "verified"):
        may_fail = ANY if phase != "copying" else frozenset()
        table[f"cut-backends-{phase}"] = case(backends(phase), may_fail)
    return table
