"""A Mesh Service of real processes on loopback, for tests.

Two back ends that share the slots and one front end, each with its own folder under
a temporary one; every port is chosen by the system. Processes are ended by their
own id. Standard library only; certificates come from the openssl program.

    with Cluster() as cluster:
        cluster.connect() ...            # see mesh_http.py
        cluster.kill_backend("b1")       # SIGKILL, as a power cut would
        cluster.start_backend("b1")      # on the port it had
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from etcd import Etcd, EtcdMembers
from mesh_http import Connection

SLOTS = 16384
DOMAIN = "example.com"
CLUSTER = "test"
SOURCE = Path(__file__).resolve().parents[2]
# From start to ready. Sanitizer builds on a busy machine need most of it.
START_SECONDS = 60
STOP_SECONDS = 30


def program_folder():
    """Where the programs under test are: MESH_BIN, or the release build."""
    return Path(os.environ.get("MESH_BIN", SOURCE / "build" / "release" / "bin"))


def shared_folder():
    """The folder with recordings and vectors, or None where there is none."""
    folder = Path(os.environ.get("MESH_SHARED", SOURCE.parent / "shared"))
    return folder if folder.is_dir() else None


class ClusterError(Exception):
    """A process did not start, or ended when it should not have."""


def await_condition(what, condition, seconds=START_SECONDS):
    """Returns the first true value of condition(); ClusterError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise ClusterError(f"{what}: not within {seconds} s")


class Loopback:
    """Where a cluster's programs run by default, as hosts.Hosts: all on this host."""

    def address(self, _name):
        return "127.0.0.1"

    def command(self, _name):
        return []


class Process:
    """One program under test: its command, its log, its ports, the address that it listens at."""

    def __init__(self, name, command, folder, address="127.0.0.1"):
        self.name = name
        self.address = address
        self.command = [str(part) for part in command]
        self.folder = folder
        self.port_file = folder / "ports"
        self.log = folder / "log"
        self.child = None

    def start(self):
        self.port_file.unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=log)

    def running(self):
        return self.child is not None and self.child.poll() is None

    def check_running(self):
        if not self.running():
            code = self.child.returncode if self.child else None
            raise ClusterError(f"{self.name} ended with {code}:\n{self.last_lines()}")

    def last_lines(self, count=20):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-count:])

    def ports(self):
        """The ports that the program has bound, by name; waits until it says so."""
        def read():
            self.check_running()
            return parse_ports(self.port_file)
        ports = await_condition(f"ports of {self.name}", read)
        return {"listen": ports.get("rpc"), **ports}

    def keep_ports(self):
        """Later starts are on the ports that it has now."""
        ports = self.ports()
        for flag, name in (("--listen", "listen"), ("--admin", "admin")):
            self.command[self.command.index(flag) + 1] = f"{self.address}:{ports[name]}"

    @property
    def served(self):
        return self.ports()["listen"]

    def metric(self, name, **labels):
        """The sum of a metric over the samples that have these labels."""
        status, text = admin_get(self.ports()["admin"], "/metrics", self.address)
        return sum_metric(text, name, **labels) if status == 200 else None

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop(self):
        """SIGTERM and wait; SIGKILL if that takes too long. Returns the exit code."""
        if self.child is None:
            return None
        if self.running():
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ClusterError(f"{self.name} did not end on SIGTERM") from None


def parse_ports(path):
    """{"rpc": 1234, "admin": 1235} from a file of lines name=port, or None before it is
    there: programs write it whole."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return None
    return {name: int(port) for name, port in (line.split("=", 1) for line in lines)}


def make_certificate(folder, domain=DOMAIN):
    """A self-signed certificate for the service's names and loopback."""
    names = f"DNS:{domain},DNS:mmm.{domain},DNS:localhost,IP:127.0.0.1"
    return make_pair(folder, "", domain, names)


def make_pair(folder, prefix, subject, names):
    """A self-signed certificate for `names`, as openssl writes them, and its key."""
    certificate, key = folder / f"{prefix}certificate.pem", folder / f"{prefix}key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "30", "-subj", f"/CN={subject}", "-addext", f"subjectAltName={names}",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    key.chmod(0o600)
    return certificate, key


class Authority:
    """Signs certificates for 127.0.0.1, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self._key = make_pair(folder, "authority-", "authority",
                                                "DNS:authority")

    def issue(self, name):
        """(certificate, key), the same for the same name."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        if certificate.exists():
            return certificate, key
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{name},DNS:localhost,IP:127.0.0.1\n")
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-subj", f"/CN={name}", "-keyout", str(key), "-out",
                        str(request)], **quiet)
        subprocess.run(["openssl", "x509", "-req", "-days", "30", "-in", str(request), "-CA",
                        str(self.certificate), "-CAkey", str(self._key), "-CAcreateserial",
                        "-extfile", str(extensions), "-out", str(certificate)], **quiet)
        key.chmod(0o600)
        return certificate, key


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """Two back ends and a front end. Use as a context manager; not thread-safe.
    With `reference` bare requests are believed. With `ticket_keys` front ends share keys
    for tickets, in the folder of that name. The front end listens at `listen`. With `direct`
    back ends serve devices too, on the port that they call direct; `direct_options` are flags
    of theirs besides, with values; a back end's name below `direct_domain` is its direct host, or
    with none localhost. With `etcd` the map is in a real etcd, `self.etcd`, in which
    back ends register, with `etcd_tls` over TLS; `map_file` then holds the same map, for those
    who look. With `hop_tls` front ends and back ends, and those among each other, want certificates
    that the cluster's own authority has signed. `network` says on which host each program runs, by
    its name, and `etcd_members` names those of etcd, where it has several."""

    def __init__(self, reference=False, backends=("b1", "b2"), backend_flags=(),
                 frontend_flags=(), programs=None, folder=None, ticket_keys=True,
                 domain=DOMAIN, direct=False, direct_options=(), listen=("127.0.0.1", 0),
                 etcd=False, etcd_tls=False, direct_domain=None, hop_tls=False,
                 network=Loopback(), etcd_members=()):
        self.programs = Path(programs) if programs else program_folder()
        self.folder = Path(folder) if folder else Path(tempfile.mkdtemp(prefix="mesh-test-"))
        self._owns_folder = folder is None
        self.domain = domain
        self.address, self._first_port = listen
        self.reference = reference
        self.direct = direct
        self.etcd = None
        self._wants_etcd, self._etcd_tls = etcd or etcd_tls or bool(etcd_members), etcd_tls
        self.network, self._etcd_members = network, etcd_members
        self.epoch = 1
        self._direct_options = list(direct_options)
        self._direct_domain = direct_domain
        self._hop_tls = hop_tls
        self.authority = None
        self._direct_ports = {}
        self._slot_key = secrets.token_hex(16)
        self._backend_flags = list(backend_flags)
        self._frontend_flags = list(frontend_flags)
        self.backends = {}
        self.backend_ports = dict.fromkeys(backends)
        self.frontend = None
        self.frontend_ports = {}
        self.more_frontends = []
        self.ticket_keys = self.folder / "ticket-keys" if ticket_keys else None
        self.map_file = self.folder / "map.json"
        self.failed = False

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.failed = True
            self.stop()
            raise
        return self

    def __exit__(self, kind, value, trace):
        self.failed = self.failed or kind is not None
        self.stop()

    def start(self):
        for program in ("mesh-backend", "mesh-frontend"):
            if not (self.programs / program).exists():
                raise ClusterError(f"{self.programs / program} is not built")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = make_certificate(self.folder, self.domain)
        if self.ticket_keys:
            self.add_ticket_key()
        if self._hop_tls:
            self.authority = Authority(self.folder / "authority")
        # A back end looks up only which slots are its own, so it can start before
        # anybody's port is known.
        if self._wants_etcd:
            tls = (self.certificate, self.key) if self._etcd_tls else None
            self.etcd = (EtcdMembers(self.folder / "etcd", tls, self._etcd_members, self.network)
                         if self._etcd_members else Etcd(self.folder / "etcd", tls))
            self.etcd.start()
        self._write_map()
        for name in self.backend_ports:
            # The first of those that serve devices makes the service's keys, alone.
            self.start_backend(name, ready=self.direct)
        for name in self.backend_ports:
            self._await_backend(name)
        if self.etcd:
            await_condition("registrations", lambda: all(
                self.etcd_key(f"nodes/{name}") in self.entries() for name in self.backend_ports))
        self._write_map()
        self.start_frontend()

    def etcd_key(self, name):
        """Of etcd, by its name in the cluster."""
        return f"/mesh/{CLUSTER}/{name}"

    def entries(self):
        """All of the cluster's keys in etcd."""
        return self.etcd.entries(self.etcd_key(""))

    def _map_flags(self, folder):
        if not self.etcd:
            return ["--map", self.map_file]
        return [*self.etcd_flags, "--map-cache", folder / "map-cache.json"]

    @property
    def etcd_flags(self):
        """What leads a program to the cluster's keys."""
        tls = ["--etcd-ca", self.certificate, "--etcd-cert", self.certificate,
               "--etcd-key", self.key] if self._etcd_tls else []
        return ["--cluster", CLUSTER, "--etcd-endpoints", self.etcd.endpoint, *tls]

    def put_map(self):
        """Writes the map into etcd under the next epoch."""
        self.epoch += 1
        self._write_map()
        self.etcd.commit({self.etcd_key("epoch"): str(self.epoch),
                          self.etcd_key("map"): self._cluster_map()})

    def _cluster_map(self):
        """As it stands in etcd: back ends by name only."""
        value = json.loads(self.map_file.read_text())
        value["backEnds"] = [{"name": one["name"]} for one in value["backEnds"]]
        return json.dumps(value)

    def _write_map(self):
        names = list(self.backend_ports)
        share = SLOTS // len(names)
        bounds = [(i * share, (i + 1) * share - 1) for i in range(len(names))]
        bounds[-1] = (bounds[-1][0], SLOTS - 1)
        ports = [(self.backend_ports[name] or {}).get("listen", 1) for name in names]
        text = json.dumps({
            "epoch": self.epoch,
            "slotKey": self._slot_key,
            "backEnds": [{"name": name, "address": f"{self.network.address(name)}:{port}",
                          "directHost": self._direct_host(name)}
                         for name, port in zip(names, ports)],
            "partitions": [{"id": i + 1, "backEnd": name, "slots": [list(bounds[i])]}
                           for i, name in enumerate(names)],
        })
        temporary = self.map_file.with_suffix(".new")
        temporary.write_text(text)
        os.replace(temporary, self.map_file)
        if self.etcd and self.etcd_key("epoch") not in self.entries():
            self.etcd.commit({self.etcd_key("epoch"): str(self.epoch),
                              self.etcd_key("map"): self._cluster_map()})

    # --- Back ends ---------------------------------------------------------------

    def start_backend(self, name, ready=True):
        """Starts or restarts a back end; on the ports it had before, if it ran."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        ports = self.backend_ports[name] or {"listen": 0, "admin": 0}
        here = self.network.address(name)
        process = Process(name, [
            *self.network.command(name), self.programs / "mesh-backend", "--name", name, *self._map_flags(folder),
            "--data-dir", folder / "data", "--log-dir", folder / "info",
            "--listen", f"{here}:{ports['listen']}", "--admin", f"{here}:{ports['admin']}",
            "--port-file", folder / "ports", *self._direct_flags(name),
            *self._peer_flags(name), *self._backend_flags], folder, here)
        process.start()
        self.backends[name] = process
        if ready:
            self._await_backend(name)

    def _peer_flags(self, name):
        """A back end's certificate, which it shows to front ends and to other back ends."""
        if not self.authority:
            return []
        certificate, key = self.authority.issue(name)
        return ["--tls-cert", certificate, "--tls-key", key, "--tls-ca",
                self.authority.certificate]

    def hop_flags(self, name):
        """A certificate with which front ends and mesh-admin come to back ends."""
        if not self.authority:
            return []
        certificate, key = self.authority.issue(name)
        return ["--backend-tls-cert", certificate, "--backend-tls-key", key, "--backend-tls-ca",
                self.authority.certificate]

    def _direct_host(self, name):
        """A name that leads to loopback everywhere, unless another one is wanted. The port is chosen before the back end
        starts, so that the first map has it."""
        if not self.direct:
            return ""
        if name not in self._direct_ports:
            self._direct_ports[name] = free_port()
        host = f"{name}.{self._direct_domain}" if self._direct_domain else "localhost"
        return f"{host}:{self._direct_ports[name]}"

    def _direct_flags(self, name):
        if not self.direct:
            return []
        folder = self.folder / name
        options = {"domain": self.domain, "keys-dir": self.keys, "tls-cert": self.certificate,
                   "tls-key": self.key, "ticket-keys-dir": self.ticket_keys}
        more = self._direct_options
        options.update(zip((flag.lstrip("-") for flag in more[::2]), more[1::2]))
        self.keys.parent.mkdir(exist_ok=True)
        config = folder / "direct.conf"
        lines = [(flag, value) for flag, values in options.items()
                 for value in (values if isinstance(values, list) else [values])]
        config.write_text("".join(f'{flag}="{value}"\n' for flag, value in lines))
        return ["--direct-listen", f"127.0.0.1:{self._direct_ports[name]}", "--direct-config",
                config]

    def _await_backend(self, name):
        self.backend_ports[name] = self.backends[name].ports()
        self._await_ready(self.backends[name], self.backend_ports[name]["admin"])

    def kill_backend(self, name):
        """SIGKILL; returns when the process is gone."""
        self.backends[name].kill()

    # --- Front end -----------------------------------------------------------------

    @property
    def keys(self):
        """The folder of the service's own keys, which all front ends share."""
        return self.folder / "frontend" / "keys"

    def add_ticket_key(self):
        """Makes a ticket key that is newer than all others; returns its file."""
        self.ticket_keys.mkdir(mode=0o700, exist_ok=True)
        path = self.ticket_keys / f"{len(list(self.ticket_keys.iterdir())):04}.key"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        return path

    def _frontend_process(self, name, ports, flags):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        here = self.network.address(name)
        listen = self.address if isinstance(self.network, Loopback) else here
        command = [
            *self.network.command(name), self.programs / "mesh-frontend", "--domain", self.domain, *self._map_flags(folder),
            "--keys-dir", self.keys, "--tls-cert", self.certificate, "--tls-key", self.key,
            "--listen", f"{listen}:{ports['listen']}",
            "--admin", f"{here}:{ports['admin']}",
            "--port-file", folder / "ports", *self.hop_flags(name), *self._frontend_flags, *flags]
        if self.reference:
            command.append("--reference-compatibility")
        if self.ticket_keys:
            command += ["--ticket-keys-dir", self.ticket_keys]
        process = Process(name, command, folder, here)
        process.start()
        return process

    def start_frontend(self, flags=()):
        ports = self.frontend_ports or {"listen": self._first_port, "admin": 0}
        self.frontend = self._frontend_process("frontend", ports, flags)
        self.frontend_ports = self.frontend.ports()
        self._await_ready(self.frontend, self.frontend_ports["admin"])

    def add_frontend(self, name, flags=()):
        """Starts another front end of the service, with these flags besides the first
        one's; returns its Process."""
        process = self._frontend_process(name, {"listen": 0, "admin": 0}, flags)
        self.more_frontends.append(process)
        self._await_ready(process, process.ports()["admin"])
        return process

    def restart_frontend(self, reference=False):
        self.frontend.stop()
        self.reference = reference
        self.start_frontend()

    def _await_ready(self, process, admin_port):
        def ready():
            process.check_running()
            return admin_get(admin_port, "/readyz", process.address)[0] == 200
        await_condition(f"{process.name} ready", ready)

    # --- Use -----------------------------------------------------------------------

    @property
    def port(self):
        return self.frontend_ports["listen"]

    def connect(self, timeout=30):
        """A new TLS connection to the front end that trusts only its certificate."""
        return Connection(self.port, self.certificate, self.domain, timeout)

    def metric(self, name, backend=None):
        """The sum of a metric over its labels, from a back end or the front end."""
        port = (self.backend_ports[backend] if backend else self.frontend_ports)["admin"]
        address = self.network.address(backend or "frontend")
        status, text = admin_get(port, "/metrics", address)
        return sum_metric(text, name) if status == 200 else None

    def check_running(self):
        for process in self.processes():
            process.check_running()

    def processes(self):
        """All that were started, front ends first."""
        frontends = [self.frontend] if self.frontend else []
        return [*frontends, *self.more_frontends, *self.backends.values()]

    def stop(self):
        """Ends every process and removes the folder, unless something failed."""
        failures = []
        for process in self.processes():
            try:
                process.stop()
            except ClusterError as error:
                failures.append(str(error))
        if self.etcd:
            self.etcd.stop()
        if self.failed or failures:
            self._show_logs()
        elif self._owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        if failures and not self.failed:
            raise ClusterError("; ".join(failures))

    def _show_logs(self):
        print(f"cluster left in {self.folder}", file=sys.stderr)
        for process in self.processes():
            print(f"--- {process.name}\n{process.last_lines()}", file=sys.stderr)


def admin_get(port, path, host="127.0.0.1"):
    """(status, text) of a GET on an admin port; status 0 when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError:
        return 0, ""


def sum_metric(text, name, **labels):
    """The sum of the samples of `name` with these labels in Prometheus text; None when
    there are none."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    values = [float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
              if line.startswith((name + "{", name + " ")) and all(w in line for w in wanted)]
    return sum(values) if values else None
