"""The program `mesh` as tests call it: one folder (MESH_HOME) for each device, and
addresses by the back end on which they live."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import DOMAIN, SOURCE, Cluster, program_folder  # noqa: E402

# Exit codes of mesh; `mesh --help` documents them.
DONE, FAILED, USAGE, REFUSED, UNREACHABLE, UNVERIFIED, LOCAL = range(7)
# For one command; sanitizer builds on a busy machine need most of it.
COMMAND_SECONDS = 120


def owner_of(cluster, address):
    """The back end on which an account lives, by the script that operators use."""
    run = subprocess.run([str(SOURCE / "scripts" / "partition-of"), str(cluster.map_file), address],
                         stdout=subprocess.PIPE, text=True, check=True)
    return run.stdout.split()[-1]


def address_on(cluster, backend, name):
    """An address on the given back end that begins with `name`."""
    candidates = (f"{name}-{n}@{DOMAIN}" for n in range(100))
    return next(a for a in candidates if owner_of(cluster, a) == backend)


class Outcome:
    """What a command said, and how it ended."""

    def __init__(self, run):
        self.exit = run.returncode
        self.out = run.stdout
        self.err = run.stderr

    @property
    def json(self):
        lines = self.out.splitlines()
        assert len(lines) == 1, f"--json gave {len(lines)} lines: {self.out}"
        return json.loads(lines[0])


class Device:
    """A device that speaks to the service at `port`, and keeps itself in `home`. Uses `mesh` of the
    build under test, or of the folder `programs`."""

    def __init__(self, home, port, ca_file, programs=None):
        self.home = Path(home)
        self.program = Path(programs or program_folder()) / "mesh"
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "MESH_HOME": str(self.home),
            "MESH_SERVICE": f"https://{DOMAIN}:{port}",
            "MESH_CONNECT": f"127.0.0.1:{port}",
            "MESH_CA_FILE": str(ca_file),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def mesh(self, *arguments, **environment):
        """Runs `mesh ARGUMENTS` and returns its Outcome, whatever it is."""
        run = subprocess.run(
            [str(self.program), *map(str, arguments)],
            env={**self.environment, **environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
            timeout=COMMAND_SECONDS)
        return Outcome(run)

    def do(self, *arguments):
        """Runs `mesh ARGUMENTS --json`, which must go well, and returns its object."""
        outcome = self.mesh(*arguments, "--json")
        assert outcome.exit == DONE, f"mesh {arguments}: {outcome.exit} {outcome.out}{outcome.err}"
        return outcome.json


class ClusterTestCase(unittest.TestCase):
    """One cluster for all tests of the class; devices and files are each test's own."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.cluster.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.__exit__(None, None, None)

    def path(self, name):
        return self.cluster.folder / f"{self._testMethodName}-{name}"

    def device(self, name):
        home = self.cluster.folder / "homes" / f"{self._testMethodName}-{name}"
        home.parent.mkdir(exist_ok=True)
        return Device(home, self.cluster.port, self.cluster.certificate)
