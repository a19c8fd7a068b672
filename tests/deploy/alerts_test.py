"""The alerts and scrape configurations of deploy/prometheus: promtool believes them, every
alert has a runbook, and unit tests of when it fires and when it does not."""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

SOURCE = Path(__file__).resolve().parents[2]
PROMETHEUS = SOURCE / "deploy" / "prometheus"
OPERATIONS = SOURCE / "docs" / "OPERATIONS.md"
SEVERITIES = {"critical", "warning"}
# One file of unit tests takes about a second; a busy machine needs more.
PROMTOOL_SECONDS = 300
SKIPPED = 77


def promtool(*arguments, folder=PROMETHEUS):
    """(exit status, all that was said) of promtool."""
    run = subprocess.run(["promtool", *map(str, arguments)], cwd=folder, text=True, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         timeout=PROMTOOL_SECONDS)
    return run.returncode, run.stdout


def alerts():
    """{name: rule} of every alert that is shipped."""
    groups = [group for path in sorted(PROMETHEUS.glob("rules/*.yml"))
              for group in yaml.safe_load(path.read_text())["groups"]]
    rules = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    assert len({rule["alert"] for rule in rules}) == len(rules), "an alert's name is used twice"
    return {rule["alert"]: rule for rule in rules}


def unit_tests():
    return sorted((PROMETHEUS / "tests").glob("*.yml"))


def anchors(markdown):
    """The anchors of a document's headings."""
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", markdown, re.MULTILINE)}


class AlertsTest(unittest.TestCase):
    def believed(self, *arguments, **options):
        status, text = promtool(*arguments, **options)
        self.assertEqual(status, 0, text)

    def test_rules_are_believed(self):
        self.believed("check", "rules", *PROMETHEUS.glob("rules/*.yml"))

    def test_a_broken_rule_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            text = (PROMETHEUS / "rules" / "mesh.yml").read_text()
            broken = Path(folder) / "broken.yml"
            broken.write_text(text.replace("mesh_ready == 0", "mesh_ready === 0"))
            self.assertNotEqual(promtool("check", "rules", broken)[0], 0)

    def test_the_hosts_configuration_is_believed(self):
        self.believed("check", "config", PROMETHEUS / "prometheus-hosts.yml")

    def test_the_cluster_configuration_is_believed(self):
        """Debian's Prometheus is built without discovery of Kubernetes, so that part is held
        against what Prometheus documents, and the rest is checked with targets in its place."""
        configuration = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
        for job in configuration["scrape_configs"]:
            discovery = job.pop("kubernetes_sd_configs")
            self.assertEqual(discovery, [{"role": "pod", "selectors": [
                {"role": "pod", "label": "app.kubernetes.io/part-of=mesh"}]}])
            job["static_configs"] = [{"targets": ["127.0.0.1:9100"]}]
        configuration["rule_files"] = [str(PROMETHEUS / "rules" / "*.yml")]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "prometheus.yml"
            path.write_text(yaml.safe_dump(configuration))
            self.believed("check", "config", path)

    def test_every_alert_says_how_grave_it_is_and_what_to_do(self):
        runbooks = anchors(OPERATIONS.read_text())
        for name, rule in alerts().items():
            with self.subTest(name):
                self.assertIn(rule["labels"]["severity"], SEVERITIES)
                self.assertTrue(rule["annotations"]["summary"])
                page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
                self.assertEqual(page, "docs/OPERATIONS.md")
                self.assertIn(anchor, runbooks)
                self.assertTrue(name.lower().startswith(anchor), anchor)

    def test_every_alert_fires_in_one_unit_test_and_is_silent_in_another(self):
        fires, silent = set(), set()
        for path in unit_tests():
            for test in yaml.safe_load(path.read_text())["tests"]:
                for case in test.get("alert_rule_test", []):
                    (fires if case["exp_alerts"] else silent).add(case["alertname"])
        self.assertEqual(fires, set(alerts()))
        self.assertEqual(silent, set(alerts()))

    def test_unit_tests_pass(self):
        self.believed("test", "rules", *unit_tests())

    def test_an_alert_that_never_fires_fails_its_unit_test(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "prometheus"
            shutil.copytree(PROMETHEUS, copy)
            rules = copy / "rules" / "mesh.yml"
            text = rules.read_text()
            self.assertIn("increase(mesh_peer_changes_total[1h]) > 0", text)
            rules.write_text(text.replace("increase(mesh_peer_changes_total[1h]) > 0",
                                          "increase(mesh_peer_changes_total[1h]) > 9"))
            status, said = promtool("test", "rules", copy / "tests" / "messages.yml")
            self.assertNotEqual(status, 0)
            self.assertIn("MeshPeerChanged", said)


if __name__ == "__main__":
    if shutil.which("promtool") is None:
        print("skipped: promtool (package prometheus) is not on this machine")
        sys.exit(SKIPPED)
    unittest.main()
