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

from cluster import Process, admin_get, await_condition, program_folder  # noqa: E402
from manifests import DEPLOY, conf_lines  # noqa: E402
from pod import localized_map  # noqa: E402

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


class RunningTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mesh-test-systemd-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.etc = self.folder / "etc" / "mesh"
        subprocess.run([DEPLOY / "make-secrets", self.etc, "--domain", "example.com", "--back-ends",
                        "1", "--self-signed", "--bin", program_folder()], check=True,
                       stdout=subprocess.DEVNULL)
        # The service's keys are the front end's state.
        shutil.copytree(self.etc / "keys", self.folder / "var" / "lib" / "mesh" / "keys")

    def start(self, unit):
        """The program with the unit's configuration, its paths below our folder."""
        conf = conf_lines(SYSTEMD / f"{unit.removeprefix('mesh-')}.conf")
        here = self.folder / f"{unit}.conf"
        places = {name: f"{self.folder}{value}" if value.startswith("/") else
                  re.sub(r"^[\d.]+:\d+$", "127.0.0.1:0", value) for name, value in conf.items()}
        here.write_text("".join(f'{name}="{value}"\n' for name, value in places.items()))
        folder = self.folder / unit
        folder.mkdir()
        process = Process(unit, [program_folder() / unit, f"--config={here}", "--port-file",
                                 folder / "ports"], folder)
        process.start()
        self.addCleanup(process.stop)
        ports = process.ports()
        await_condition(f"{unit} ready", lambda: process.check_running() or
                        admin_get(ports["admin"], "/readyz")[0] == 200)
        return ports

    def test_programs_run_with_the_configuration(self):
        port = self.start("mesh-backend")["rpc"]
        localized_map(self.etc / "map.json", self.etc / "map.json", f"127.0.0.1:{port}")
        self.start("mesh-frontend")


if __name__ == "__main__":
    unittest.main()
