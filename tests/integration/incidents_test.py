"""Incidents: several kinds of abuse of a real service, and what `mesh-admin incidents` then says
of each: why, from whom, how often. Real processes."""

import json
import os
import socket
import subprocess
import unittest

from mesh_program import COMMAND_SECONDS, Device, address_on

from cluster import DOMAIN, Cluster, await_condition, program_folder
from mesh_http import raw_exchange

# Exit codes of mesh-admin; `mesh-admin --help` documents them.
DONE, USAGE, UNREACHABLE, PARTIAL = 0, 2, 4, 5
# Front ends report every five seconds, owners sweep every ten.
HERE = "127.0.0.0/24"
JSON = {"Content-Type": "application/json"}


class IncidentsTest(unittest.TestCase):
    def setUp(self):
        # One hour makes a tenth of these records.
        self.cluster = Cluster(backend_flags=["--incidents-max", "200"])
        self.cluster.__enter__()
        self.addCleanup(self.cluster.__exit__, None, None, None)

    def command(self, *arguments):
        """The command line of `mesh-admin incidents`, and its environment."""
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("MESH_")}
        return [program_folder() / "mesh-admin", "--map", self.cluster.map_file, "--json",
                "incidents", *map(str, arguments)], environment

    def admin(self, *arguments):
        """Runs it; (exit code, object, standard error)."""
        command, environment = self.command(*arguments)
        run = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             timeout=COMMAND_SECONDS)
        return run.returncode, json.loads(run.stdout), run.stderr

    def incidents(self, *arguments):
        code, said, err = self.admin("--limit", 0, *arguments)
        self.assertEqual(code, DONE, err)
        return said["incidents"]

    def found(self, kind, reason, count=1):
        """The incident of this reason, once it has happened so often."""
        def look():
            for incident in self.incidents("--reason", f"{kind}/{reason}"):
                if incident["count"] >= count:
                    return incident
            return None
        return await_condition(f"an incident {kind}/{reason}", look)

    def device(self, name):
        home = self.cluster.folder / "homes" / name
        home.parent.mkdir(exist_ok=True)
        return Device(home, self.cluster.port, self.cluster.certificate)

    def send(self, body, times=1, path="/.well-known/mmm"):
        with self.cluster.connect() as connection:
            for _ in range(times):
                connection.send(body, JSON, path=path)

    def removed_device(self):
        """Alice's second device, which is not in her account any more, and her address."""
        desk, pocket = self.device("desk"), self.device("pocket")
        address = address_on(self.cluster, "b1", "alice")
        desk.do("account", "create", address)
        request, hand_over = self.cluster.folder / "request", self.cluster.folder / "hand-over"
        pocket.do("device", "request", request)
        desk.do("device", "add", request, "--hand-over", hand_over)
        pocket.do("device", "accept", hand_over)
        udf = next(d["device"] for d in desk.do("device", "list")["devices"]
                   if not d["this_device"])
        desk.do("device", "remove", udf)
        return pocket, address

    def test_each_kind_of_abuse_is_told_with_its_source_and_how_often(self):
        self.assertEqual(self.incidents(), [])
        self.send(b'{"Status":{}}', times=3)                  # Nobody, and not Hello.
        self.send(b'[{"not":', times=2)                       # No envelope of this binding.
        self.send(b"{}", path="/admin.php", times=4)          # Not our path.
        self.send(b'{"Hello":', times=2)                      # No JSON.
        raw_exchange(self.cluster.port, self.cluster.certificate, DOMAIN,
                     b"POST / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.cluster.port)) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n" * 20)     # No TLS.
            plain.recv(1024)
        pocket, address = self.removed_device()
        self.assertNotEqual(pocket.mesh("download").exit, DONE)

        for kind, reason, count in (("authentication", "null", 3), ("authentication", "envelope", 2),
                                    ("request", "404", 4), ("request", "400", 2),
                                    ("connection", "431", 1), ("connection", "handshake", 1)):
            incident = self.found(kind, reason, count)
            self.assertEqual(incident["count"], count, incident)
            self.assertEqual(incident["source"], HERE, incident)
            self.assertLessEqual(incident["first"], incident["last"])
        removed = self.found("owner", "not_in_account")
        self.assertEqual(removed["account"], address)
        self.assertNotEqual(removed["source"], HERE)  # The device has proved which one it is.

        code, said, _ = self.admin("--summary")
        self.assertEqual(code, DONE)
        self.assertIn("authentication/null", {row["reason"] for row in said["summary"]})

    def test_what_was_recorded_outlives_its_back_ends(self):
        self.send(b'{"Status":{}}', times=3)
        self.found("authentication", "null", 3)
        for name in ("b1", "b2"):
            self.cluster.kill_backend(name)
        code, said, err = self.admin()
        self.assertEqual(code, UNREACHABLE, err)
        self.assertIn("cannot be reached", said["error"])
        self.cluster.start_backend("b1")
        self.cluster.start_backend("b2")
        self.assertEqual(self.found("authentication", "null", 3)["count"], 3)

    def test_a_front_end_that_ends_tells_what_it_knows(self):
        self.send(b'{"Status":{}}', times=3)
        self.assertEqual(self.cluster.frontend.stop(), 0)
        told = [i["count"] for i in self.incidents("--reason", "authentication/null")]
        self.assertEqual(sum(told), 3)  # The loops tell each its own.

    def test_a_back_end_that_is_away_is_named_and_the_rest_is_shown(self):
        self.cluster.kill_backend("b2")
        code, said, err = self.admin()
        self.assertEqual(code, PARTIAL, err)
        self.assertIn("back end b2", said["missing"][0])
        # What could not be told to it is told to the other one.
        self.send(b'{"Status":{}}', times=3)

        def told():
            _, said, _ = self.admin("--reason", "null")
            return any(i["count"] == 3 for i in said["incidents"])
        await_condition("three incidents at the back end that is there", told)

    def test_a_flood_stays_within_bounds_and_is_counted_all_the_same(self):
        times = 500
        for name in range(10):
            self.send(b'{"Status":{}}', times=times // 10)
            self.send(b"{}", path=f"/{name}", times=1)
        self.assertEqual(self.found("authentication", "null", times)["count"], times)
        for backend in ("b1", "b2"):
            self.assertLessEqual(self.cluster.metric("mesh_incident_records", backend), 200)

    def test_following_shows_what_happens_as_it_is_told(self):
        command, environment = self.command("--follow")
        with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True) as following:
            self.addCleanup(following.kill)
            for count in (2, 4):
                self.send(b'{"Status":{}}', times=2)
                shown = {"count": 0}
                while shown["count"] < count:  # A report may come between the two.
                    shown = json.loads(following.stdout.readline())
                self.assertEqual((shown["reason"], shown["count"]), ("null", count))
            following.terminate()

    def test_a_partition_that_is_not_there_is_a_wrong_command_line(self):
        code, said, _ = self.admin("--partition", 9)
        self.assertEqual(code, USAGE)
        self.assertIn("no such partition", said["error"])


if __name__ == "__main__":
    unittest.main()
