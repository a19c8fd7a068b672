"""Debian's dnsmasq on loopback, or where else it is told, authoritative for what it is told, with the interface of
dns_server.DnsServer. Needs the program."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

# Not in the PATH of everybody.
PROGRAM = shutil.which("dnsmasq", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
START_SECONDS = 10


def free_port():
    """A port of 127.0.0.1 that is free for UDP and TCP now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(("127.0.0.1", udp.getsockname()[1]))
            except OSError:
                continue
            return udp.getsockname()[1]


class Dnsmasq:
    """With `inside`, a command that runs another one somewhere else, it runs there; `lines` are
    further ones of its configuration."""

    def __init__(self, address="127.0.0.1", port=None, inside=(), lines=()):
        self._folder = Path(tempfile.mkdtemp(prefix="mesh-dnsmasq-"))
        self._address = address
        self._port = port or free_port()
        self._inside, self._lines, self._first = list(inside), list(lines), list(lines)
        self._child = None
        self.address_and_port = f"{address}:{self._port}"

    def __enter__(self):
        self._restart()
        return self

    def __exit__(self, *_):
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def address(self, name, address):
        self._add(f"host-record={name},{address}")

    def service(self, domain, host, port):
        self._add(f"srv-host=_mmm._tcp.{domain},{host},{port}")

    def forget(self):
        """All that was added."""
        self._lines = list(self._first)
        self._restart()

    def _add(self, line):
        self._lines.append(line)
        self._restart()

    def _stop(self):
        if self._child is not None:
            self._child.terminate()
            self._child.wait()

    # It reads its records when it starts.
    def _restart(self):
        self._stop()
        conf = self._folder / "conf"
        fixed = ["no-resolv", "no-hosts", "no-daemon", "bind-interfaces",
                 f"listen-address={self._address}", f"port={self._port}", "auth-ttl=5", "local-ttl=5", f"pid-file={self._folder}/pid",
                 "local=/example/", "user=", "group="]
        conf.write_text("\n".join(fixed + self._lines) + "\n")
        with open(self._folder / "log", "ab") as log:
            self._child = subprocess.Popen([*self._inside, PROGRAM, f"--conf-file={conf}"], stdout=log, stderr=log)
        self._await()

    def _await(self):
        for _ in range(START_SECONDS * 20):
            try:
                socket.create_connection((self._address, self._port), timeout=1).close()
                return
            except OSError:
                if self._child.poll() is not None:
                    raise RuntimeError((self._folder / "log").read_text()[-2000:]) from None
                time.sleep(0.05)
        raise RuntimeError("dnsmasq does not answer")
