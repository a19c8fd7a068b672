"""The units of deploy/systemd, believed by systemd where it is there, and the programs started with
the configuration that the units name."""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import Process, admin_get, await_condition, free_port, program_folder  # noqa: E402
from manifests import DEPLOY, conf_lines  # noqa: E402

SYSTEMD = DEPLOY / "systemd"
UNITS = ("mesh-backend", "mesh-frontend")


def settings(unit):
    """{name: value} of a unit; the last of a name that stands twice."""
    lines = (SYSTEMD / f"{unit}.service").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))


class UnitsTest(unittest.TestCase):
    @unittest.skipIf(shutil.which("systemd-analyze") is None, "systemd is not on this machine")
    def test_systemd_believes_them(self):
        with tempfile.TemporaryDirectory() as folder:
            for unit in UNITS:
                text = (SYSTEMD / f"{unit}.service").read_text()
                here = Path(folder) / f"{unit}.service"
                here.write_text(text.replace("/usr/local/bin", str(program_folder())))
                run = subprocess.run(["systemd-analyze", "verify", "--man=no", here], check=False,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                said = [line for line in run.stdout.splitlines() if here.name in line]
                self.assertEqual((run.returncode, said), (0, []), run.stdout)

    def test_there_is_time_to_drain(self):
        for unit in UNITS:
            conf = conf_lines(SYSTEMD / f"{unit.removeprefix('mesh-')}.conf")
            self.assertGreaterEqual(int(settings(unit)["TimeoutStopSec"]),
                                    int(conf["drain-seconds"]) + 10)

    def test_they_start_what_is_there(self):
        for unit in UNITS:
            program, _, flag = settings(unit)["ExecStart"].partition(" ")
            self.assertEqual(program, f"/usr/local/bin/{unit}")
            self.assertEqual(flag, f"--config=/etc/mesh/{unit.removeprefix('mesh-')}.conf")


@unittest.skipIf(shutil.which("etcd") is None, "etcd is not on this machine")
class RunningTest(unittest.TestCase):
    """One host of each, all of them this one."""

    ADDRESS = re.compile(r"\b(?:0\.0\.0\.0|127\.0\.0\.1|host-\d\.internal):(\d+)")

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mesh-test-systemd-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.ports = {}
        self.etc = self.folder / "etc" / "mesh"
        subprocess.run([DEPLOY / "make-secrets", self.etc, "--domain", "example.com", "--back-ends",
                        "1", "--host", "127.0.0.1", "--self-signed", "--bin", program_folder()],
                       check=True, stdout=subprocess.DEVNULL)
        # The service's keys are the front end's state.
        shutil.copytree(self.etc / "keys", self.folder / "var" / "lib" / "mesh" / "keys")

    def localized(self, value):
        """Paths below our folder; each port, of whatever host, is one of this machine's."""
        if value.startswith("/"):
            return f"{self.folder}{value}"
        return self.ADDRESS.sub(
            lambda found: f"127.0.0.1:{self.ports.setdefault(found[1], free_port())}", value)

    def configuration(self, name):
        """A file of ours with what is in deploy/systemd, localized."""
        here = self.folder / name
        here.write_text("".join(f'{key}="{self.localized(value)}"\n'
                                for key, value in conf_lines(SYSTEMD / name).items()))
        return here

    def run_process(self, name, command, **environment):
        folder = self.folder / name
        folder.mkdir()
        process = Process(name, ["env", *(f"{k}={v}" for k, v in environment.items()), *command],
                          folder)
        process.start()
        self.addCleanup(process.stop)
        return process

    def start_etcd(self):
        values = {name: self.localized(value)
                  for name, value in conf_lines(SYSTEMD / "etcd.default").items()}
        values["ETCD_INITIAL_CLUSTER"] = values["ETCD_INITIAL_CLUSTER"].split(",")[0]
        process = self.run_process("etcd", ["etcd"], **values)
        await_condition("etcd serves", lambda: process.check_running() or
                        "ready to serve client requests" in process.log.read_text())

    def start(self, unit, admin):
        """The program with the unit's configuration."""
        here = self.configuration(f"{unit.removeprefix('mesh-')}.conf")
        process = self.run_process(unit, [program_folder() / unit, f"--config={here}"])
        await_condition(f"{unit} ready", lambda: process.check_running() or
                        admin_get(self.ports[admin], "/readyz")[0] == 200)

    def admin(self, *arguments):
        command = [program_folder() / "mesh-admin", "--config", self.configuration("admin.conf"),
                   *arguments]
        return subprocess.run(list(map(str, command)), check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def test_programs_run_with_the_configuration(self):
        self.start_etcd()
        self.admin("map", "init", "--file", self.etc / "map.json")
        self.start("mesh-backend", "9101")
        self.start("mesh-frontend", "9100")
        self.assertIn(f"127.0.0.1:{self.ports['9201']}", self.admin("nodes"))


if __name__ == "__main__":
    unittest.main()
