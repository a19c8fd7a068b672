"""A mesh-backend of its own for the storage benchmarks: one partition, ports chosen
by the system, everything in a folder that goes away."""

import json
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def say(text):
    print(text, flush=True)


def program(build, name):
    path = ROOT / build / "bin" / name
    if not path.exists():
        raise SystemExit(f"{path} is missing; build it: cmake --build {build} --target {name}")
    return str(path)


class Backend:
    def __init__(self, build, folder, *arguments):
        folder.mkdir(parents=True)
        partition_map = folder / "partitions.json"
        partition_map.write_text(json.dumps({
            "epoch": 1, "slotKey": "00" * 16,
            "backEnds": [{"name": "b1", "address": "127.0.0.1:1"}],
            "partitions": [{"id": 1, "backEnd": "b1", "slots": [[0, 16383]]}]}))
        ports = folder / "ports"
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [program(build, "mesh-backend"), "--name", "b1", "--map", str(partition_map),
                 "--data-dir", str(folder / "data"), "--listen", "127.0.0.1:0",
                 "--admin", "127.0.0.1:0", "--port-file", str(ports), *arguments], stderr=log)
        while not ports.exists():
            if self.process.poll() is not None:
                raise SystemExit("mesh-backend did not start:\n" + self.log.read_text())
            time.sleep(0.05)
        lines = dict(line.split("=") for line in ports.read_text().split())
        self.address = f"127.0.0.1:{lines['rpc']}"

    def run(self, build, name, *arguments):
        """Runs a benchmark program against this back end; returns its lines."""
        done = subprocess.run(
            [program(build, name), "--address", self.address, "--pid", str(self.process.pid),
             *arguments], stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.splitlines()

    def log_settings(self):
        line = next(line for line in self.log.read_text().splitlines() if "store open" in line)
        return line.split('log="')[1].rstrip('"')

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
