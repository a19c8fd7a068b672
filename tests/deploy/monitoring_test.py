"""A real Prometheus, with the scrape configuration and rules that are shipped, scrapes a real
service and its etcd, between whose back ends an account moves to and fro; every query of the dashboard
and of the alerts is asked of it. All on loopback."""

import json
import re
import shutil
import subprocess
import sys
import threading
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import etcd  # noqa: E402
from cluster import (DOMAIN, Cluster, Process, admin_get, await_condition,  # noqa: E402
                     program_folder)
from manifests import DEPLOY  # noqa: E402
from mesh_program import Device  # noqa: E402

SKIPPED = 77
DASHBOARD = DEPLOY / "grafana" / "mesh.json"
ROWS = ("Service", "Front end", "Hop", "Back end and store", "Messages", "Cluster", "Moves",
        "Incidents")
# Panels that show more than zero while an account moves.
MOVING = {"Moves by phase, at source and at target", "Moved", "Accounts were blocked for",
          "Copies begun, and moves ended"}
# Octets in a second of a move, and entries of the account that moves: a copy takes seconds, which
# several scrapes see.
MOVE_RATE, PEOPLE = 65536, 800
# Several scrapes, also where a busy machine makes some of them fail.
RANGE = "20s"
# What Grafana puts in.
VARIABLES = {"$__rate_interval": RANGE, "$instance": ".*"}
SELECTOR = re.compile(r"\b((?:mesh[_:][a-z0-9_:]+|etcd_[a-z0-9_]+|up)(?:\{[^}]*\})?)(?![a-z_(])")
QUERY_SECONDS = 30


def targets(cluster):
    """[(job, instance, port name, port)] of what there would be in a cluster: the admin ports,
    and one that is not to be scraped."""
    found = [("mesh-frontend", "mesh-frontend-x", "admin", cluster.frontend_ports["admin"]),
             ("mesh-frontend", "mesh-frontend-x", "https", cluster.frontend_ports["listen"]),
             ("mesh-etcd", "mesh-etcd-0", "admin", cluster.etcd.port)]
    return found + [("mesh-backend", f"mesh-backend-{n}", "admin", ports["admin"])
                    for n, ports in enumerate(cluster.backend_ports.values())]


def configuration(cluster):
    """prometheus.yml with our processes in place of what Kubernetes would be asked for."""
    text = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    text["global"] = {"scrape_interval": "2s", "scrape_timeout": "2s",
                      "evaluation_interval": "2s"}
    text["rule_files"] = [str(DEPLOY / "prometheus" / name) for name in text["rule_files"]]
    (job,) = text["scrape_configs"]
    del job["kubernetes_sd_configs"]
    meta = "__meta_kubernetes_"
    job["static_configs"] = [
        {"targets": [f"127.0.0.1:{port}"],
         "labels": {f"{meta}pod_container_port_name": port_name, f"{meta}pod_phase": "Running",
                    f"{meta}pod_label_app_kubernetes_io_name": name, f"{meta}pod_name": instance,
                    f"{meta}namespace": "mesh"}}
        for name, instance, port_name, port in targets(cluster)]
    return text


class Prometheus:
    def __init__(self, cluster):
        folder = cluster.folder / "prometheus"
        folder.mkdir()
        (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration(cluster)))
        self.process = Process("prometheus", [
            "prometheus", f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data", "--web.listen-address=127.0.0.1:0"], folder)
        self.process.start()
        try:
            self.port = await_condition("Prometheus listens", self._listening)
            await_condition("Prometheus answers",
                            lambda: admin_get(self.port, "/-/ready")[0] == 200)
        except BaseException:
            self.process.stop()
            raise

    def _listening(self):
        self.process.check_running()
        found = re.search(r'msg="Listening on" address=127\.0\.0\.1:(\d+)',
                          self.process.log.read_text())
        return found and int(found.group(1))

    def get(self, path, **parameters):
        """The data of an answer; what it says when it is none."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=QUERY_SECONDS) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def query(self, expression):
        return self.get("query", query=expression)["result"]

    def has(self, expression):
        return bool(self.query(expression))

    def await_answer(self, expression):
        """The first answer that is not empty: a scrape may fail, and is made again."""
        return await_condition(expression, lambda: self.query(expression))

    def shows(self, expression):
        """Whether something of it is above zero; what is no number is not."""
        return any(float(result["value"][1]) > 0 for result in self.query(expression))


def panels():
    return json.loads(DASHBOARD.read_text())["panels"]


def with_variables(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


def rules():
    return [rule for path in (DEPLOY / "prometheus" / "rules").glob("*.yml")
            for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


class Mover:
    """Moves an account from one back end to the other and back, until it is told to end."""

    def __init__(self, cluster, account):
        self.command = [program_folder() / "mesh-admin", *cluster.etcd_flags, "move", "account",
                        account, "--wait", "--to"]
        self.targets = list(cluster.backends)
        self.failure, self.ends = None, threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while not self.ends.is_set() and self.failure is None:
            self.targets.reverse()
            run = subprocess.run([str(part) for part in (*self.command, self.targets[0])],
                                 capture_output=True, text=True, check=False)
            self.failure = run.stderr if run.returncode else None

    def stop(self):
        self.ends.set()
        self.thread.join()
        assert self.failure is None, self.failure


def make_traffic(cluster):
    """Two accounts, one with many entries."""
    devices = [Device(cluster.folder / name, cluster.port, cluster.certificate)
               for name in ("alice", "bob")]
    for device, name in zip(devices, ("alice", "bob")):
        device.do("account", "create", f"{name}@{DOMAIN}")
    people = cluster.folder / "people.json"
    people.write_text(json.dumps([{"FullName": f"Carol the {n}th", "Email": f"c{n}@example.com"}
                                  for n in range(PEOPLE)]))
    devices[0].do("upload", "contacts", str(people))
    devices[1].do("download")


class MonitoringTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(etcd=True, backend_flags=["--move-bytes-per-second", MOVE_RATE])
        cls.cluster.__enter__()
        cls.addClassCleanup(cls.cluster.__exit__, None, None, None)
        cls.prometheus = Prometheus(cls.cluster)
        cls.addClassCleanup(cls.prometheus.process.stop)
        await_condition("every program is scraped twice",
                        lambda: len(cls.prometheus.query(f"rate(mesh_map_epoch[{RANGE}])")) == 3)
        make_traffic(cls.cluster)
        await_condition("traffic is seen", lambda: cls.prometheus.has(
            'sum(rate(mesh_requests_total{transaction="Upload",code="201"}[' + RANGE + '])) > 0'))
        cls.mover = Mover(cls.cluster, f"alice@{DOMAIN}")
        cls.addClassCleanup(cls.mover.stop)

    def test_programs_are_found_and_nothing_else(self):
        expected = {("mesh-frontend", "mesh-frontend-x", "mesh"),
                    ("mesh-backend", "mesh-backend-0", "mesh"),
                    ("mesh-backend", "mesh-backend-1", "mesh"), ("mesh-etcd", "mesh-etcd-0", "mesh")}
        found = {(r["metric"]["job"], r["metric"]["instance"], r["metric"]["namespace"])
                 for r in self.prometheus.query("up")}
        self.assertEqual(found, expected)
        await_condition("all are up", lambda: len(self.prometheus.query("up == 1")) == len(expected))

    def test_every_query_of_the_dashboard_has_an_answer(self):
        asked = 0
        for panel in panels():
            for target in panel.get("targets", []):
                expression = with_variables(target["expr"])
                with self.subTest(panel=panel["title"], expression=expression):
                    self.prometheus.await_answer(expression)
                asked += 1
        self.assertGreater(asked, 90)

    def test_a_move_is_seen(self):
        seen = set()
        for panel in panels():
            if panel["title"] not in MOVING:
                continue
            for target in panel["targets"]:
                if "aborted" in target["expr"]:
                    continue
                expression = with_variables(target["expr"])
                await_condition(f"{panel['title']}: {expression}",
                                lambda: self.prometheus.shows(expression))
            seen.add(panel["title"])
        self.assertEqual(seen, MOVING)
        self.assertIsNone(self.mover.failure)

    def test_legends_name_labels_that_answers_have(self):
        for panel in panels():
            for target in panel.get("targets", []):
                labels = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
                result = self.prometheus.await_answer(with_variables(target["expr"]))
                with self.subTest(panel=panel["title"]):
                    self.assertLessEqual(labels, set(result[0]["metric"]))

    def test_the_dashboard_can_be_imported(self):
        dashboard = json.loads(DASHBOARD.read_text())
        self.assertEqual(dashboard["uid"], "mesh-service")
        self.assertEqual(tuple(p["title"] for p in panels() if p["type"] == "row"), ROWS)
        self.assertEqual(len({p["id"] for p in panels()}), len(panels()))
        sources = re.findall(r'"uid": "([^"]*)"', DASHBOARD.read_text())
        self.assertEqual(set(sources), {"mesh-service", "${datasource}"})
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                name = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"])
                self.prometheus.await_answer(f"{name[1]}{{{name[2]}!=''}}")
        for annotation in dashboard["annotations"]["list"]:
            self.prometheus.query(annotation["expr"])

    def test_rules_are_loaded_and_can_be_evaluated(self):
        def loaded():
            groups = self.prometheus.get("rules")["groups"]
            found = [rule for group in groups for rule in group["rules"]]
            return all(rule["health"] != "unknown" for rule in found) and found
        found = await_condition("rules are evaluated", loaded)
        self.assertEqual({r["name"] for r in found},
                         {r.get("alert") or r["record"] for r in rules()})
        self.assertEqual([r["name"] for r in found if r["health"] != "ok"], [])

    def test_every_series_that_an_alert_looks_at_is_there(self):
        looked = set()
        for rule in rules():
            for selector in SELECTOR.findall(rule["expr"]):
                with self.subTest(rule=rule.get("alert") or rule["record"], selector=selector):
                    self.prometheus.await_answer(selector)
                looked.add(selector)
        self.assertGreater(len(looked), 20)

    def test_every_metric_that_the_operators_page_names_is_there(self):
        named = set(re.findall(r"`(mesh_[a-z_]+)", (DEPLOY.parent / "docs" / "OPERATIONS.md").read_text()))
        self.assertGreater(len(named), 50)
        known = set(self.prometheus.get("label/__name__/values"))
        parts = ("", "_bucket")  # A histogram is known by its parts.
        self.assertEqual([n for n in sorted(named) if not known & {n + part for part in parts}], [])

    def test_a_faulty_query_is_seen(self):
        with self.assertRaises(AssertionError):
            self.prometheus.query("sum(rate(mesh_requests_total[5m])")
        self.assertFalse(self.prometheus.has("mesh_no_such_total"))

    def test_metrics_are_well_named(self):
        """promtool has nothing to say of what either program shows."""
        for _, instance, port_name, port in targets(self.cluster):
            if port_name != "admin" or instance == "mesh-etcd-0":
                continue
            status, text = admin_get(port, "/metrics")
            self.assertEqual(status, 200)
            run = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                 check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            with self.subTest(instance):
                self.assertEqual((run.returncode, run.stdout), (0, ""))


if __name__ == "__main__":
    if not etcd.installed():
        print("skipped: etcd is not on this machine")
        sys.exit(SKIPPED)
    if shutil.which("prometheus") is None:
        print("skipped: prometheus is not on this machine")
        sys.exit(SKIPPED)
    unittest.main()
