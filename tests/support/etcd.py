"""A real etcd for tests, of one member on loopback or of several on hosts of their own (hosts.py),
and its keys over its JSON gateway.
Standard library only; the process is ended by its own id."""

import base64
import json
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

PROGRAM = "/usr/bin/etcd"
START_SECONDS = 60
# For an answer about itself.
MEMBER_SECONDS = 2


def installed():
    return shutil.which(PROGRAM) is not None


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _encode(text):
    return base64.b64encode(text.encode()).decode()


def _decode(text):
    return base64.b64decode(text).decode()


class Etcd:
    """One member. Keeps its data and its log in `folder`. With `tls`, a certificate and its key which
    are their own authority, it speaks TLS and wants the same of its clients. It listens at `address`,
    and what stands in `command` goes before its own. For one thread."""

    def __init__(self, folder, tls=None, name="one", address="127.0.0.1", command=()):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tls = tls
        self.name, self.address, self.command = name, address, command
        self.port, self.peer_port = _free_port(), _free_port()
        self.members = [self]
        self.child = None

    @property
    def endpoint(self):
        return f"{self.address}:{self.port}"

    @property
    def peer(self):
        return f"http://{self.address}:{self.peer_port}"

    @property
    def _scheme(self):
        return "https" if self.tls else "http"

    @property
    def data(self):
        return self.folder / "data"

    def start(self):
        self.begin()
        self.await_answer()

    def begin(self):
        """Without waiting: it answers once most members run."""
        client = f"{self._scheme}://{self.endpoint}"
        flags = [f"--cert-file={self.tls[0]}", f"--key-file={self.tls[1]}", "--client-cert-auth",
                 f"--trusted-ca-file={self.tls[0]}"] if self.tls else []
        with open(self.folder / "log", "ab") as log:
            self.child = subprocess.Popen(
                [*self.command, PROGRAM, f"--name={self.name}", f"--data-dir={self.data}",
                 f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
                 f"--listen-peer-urls={self.peer}", f"--initial-advertise-peer-urls={self.peer}",
                 "--initial-cluster=" + ",".join(f"{one.name}={one.peer}" for one in self.members),
                 *flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def await_answer(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                self.entries("/")
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"etcd did not answer within {START_SECONDS} s")

    def freeze(self):
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.child.send_signal(signal.SIGCONT)

    def kill(self):
        self.child.send_signal(signal.SIGCONT)
        self.child.kill()
        self.child.wait()

    def stop(self):
        if self.child is not None and self.child.poll() is None:
            self.kill()

    def wipe(self):
        """After kill: the data are gone."""
        shutil.rmtree(self.data)

    def _context(self):
        if not self.tls:
            return None
        context = ssl.create_default_context(cafile=self.tls[0])
        context.load_cert_chain(*self.tls)
        return context

    def _post(self, path, body, timeout=5):
        request = urllib.request.Request(f"{self._scheme}://{self.endpoint}{path}",
                                         json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=timeout,
                                        context=self._context()) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise OSError(error.read().decode(errors="replace")) from error

    def leads(self):
        """Whether it takes itself for the leader."""
        status = self._post("/v3/maintenance/status", {}, MEMBER_SECONDS)
        return status.get("leader", "0") == status["header"]["member_id"]

    def entries(self, prefix):
        """{key: value} of the keys that begin with `prefix`."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        reply = self._post("/v3/kv/range", {"key": _encode(prefix), "range_end": _encode(end)})
        return {_decode(kv["key"]): _decode(kv.get("value", "")) for kv in reply.get("kvs", [])}

    def watch(self, prefix, seconds=120):
        """Yields (None, None) when it watches, then (key, value) of each put under `prefix`.
        OSError after `seconds` without one, or when etcd ends."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        body = {"create_request": {"key": _encode(prefix), "range_end": _encode(end)}}
        request = urllib.request.Request(f"{self._scheme}://{self.endpoint}/v3/watch",
                                         json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=seconds, context=self._context()) as reply:
            reply.readline()  # It watches.
            yield None, None
            for line in reply:
                for event in json.loads(line)["result"].get("events", []):
                    if event.get("type", "PUT") == "PUT":
                        yield _decode(event["kv"]["key"]), _decode(event["kv"].get("value", ""))

    def commit(self, changes):
        """Writes {key: value} in one transaction; None deletes."""
        operations = [{"request_put": {"key": _encode(key), "value": _encode(value)}}
                      if value is not None else {"request_delete_range": {"key": _encode(key)}}
                      for key, value in changes.items()]
        self._post("/v3/kv/txn", {"success": operations})


class EtcdMembers:
    """Several members. What is asked of it is asked of one that answers. For one thread."""

    def __init__(self, folder, tls, names, network):
        self.members = {name: Etcd(folder / name, tls, name, network.address(name),
                                   network.command(name)) for name in names}
        for member in self.members.values():
            member.members = list(self.members.values())

    @property
    def endpoint(self):
        """Of all, as our programs take them."""
        return ",".join(member.endpoint for member in self.members.values())

    def start(self):
        for member in self.members.values():
            member.begin()
        for member in self.members.values():
            member.await_answer()

    def stop(self):
        for member in self.members.values():
            member.stop()

    def leader(self):
        """Its name; None while there is none that answers."""
        for name, member in self.members.items():
            try:
                if member.leads():
                    return name
            except OSError:
                continue
        return None

    def entries(self, prefix):
        return self._ask(lambda member: member.entries(prefix))

    def commit(self, changes):
        return self._ask(lambda member: member.commit(changes))

    def _ask(self, question):
        problem = None
        for member in self.members.values():
            try:
                return question(member)
            except OSError as error:
                problem = error
        raise problem
