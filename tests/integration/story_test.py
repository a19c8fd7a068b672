"""The story of the quickstart with real processes: two accounts on two back ends, a
second device, contacts, and one tree digest everywhere. And its sequels: the service
ends and comes back, many entries come in pages, an account is deleted."""

import json
import sys
import unittest
from pathlib import Path

from mesh_program import DONE, REFUSED, ClusterTestCase, address_on

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import DOMAIN  # noqa: E402

PEOPLE = [{"FullName": f"Person {n}", "Email": f"person-{n}@{DOMAIN}"} for n in range(5)]


def container(report, name):
    return next(c for c in report["containers"] if c["container"] == name)


class StoryTest(ClusterTestCase):
    def file(self, name, content):
        path = self.path(name)
        path.write_text(content)
        return path

    def connect(self, administrator, device):
        """Brings `device` into the administrator's account by files, as people would."""
        request = self.cluster.folder / f"{self._testMethodName}-request.json"
        hand_over = self.cluster.folder / f"{self._testMethodName}-hand-over"
        device.do("device", "request", request)
        administrator.do("device", "add", request, "--hand-over", hand_over)
        return device.do("device", "accept", hand_over)

    def test_two_accounts_on_two_back_ends_and_one_tree_digest_on_two_devices(self):
        desk, pocket, other = (self.device(n) for n in ("desk", "pocket", "other"))
        alice = address_on(self.cluster, "b1", "alice")
        bob = address_on(self.cluster, "b2", "bob")
        mesh_udf = desk.do("account", "create", alice)["mesh_udf"]
        other.do("account", "create", bob)

        upload = desk.do("upload", "contacts", self.file("people.json", json.dumps(PEOPLE)))
        self.assertEqual(upload["added"], len(PEOPLE))
        self.assertEqual(self.connect(desk, pocket)["mesh_udf"], mesh_udf)
        download = container(pocket.do("download", "--verify"), "mmm_Contact")

        self.assertEqual(download["frames"], len(PEOPLE) + 1)
        self.assertEqual(download["verified_digests"], len(PEOPLE) + 1)
        self.assertEqual(download["verified_signatures"], len(PEOPLE))
        self.assertEqual(download["unknown_signatures"], 0)
        self.assertTrue(download["digest_matches_service"])
        self.assertEqual(download["digest"], container(upload, "mmm_Contact")["digest"])
        names = {entry["summary"].split(",")[0] for entry in pocket.do("show", "contacts")["entries"]}
        self.assertEqual(names, {person["FullName"] for person in PEOPLE})
        self.assertEqual(container(other.do("status"), "mmm_Contact")["frames"], 1)

    def test_both_devices_write_and_each_sees_the_others_entries(self):
        desk, pocket = self.device("desk"), self.device("pocket")
        desk.do("account", "create", f"writers@{DOMAIN}")
        self.connect(desk, pocket)

        desk.do("upload", "bookmarks", self.file("one.txt", "first"))
        pocket.do("upload", "bookmarks", self.file("two.txt", "second"))
        download = container(desk.do("download", "bookmarks"), "mmm_Bookmark")

        self.assertEqual(download["frames"], 3)
        self.assertEqual(download["unknown_signatures"], 0)
        digests = {container(d.do("status"), "mmm_Bookmark")["local_digest"] for d in (desk, pocket)}
        self.assertEqual(len(digests), 1)

    def test_what_was_uploaded_is_there_after_every_process_was_killed(self):
        desk = self.device("desk")
        desk.do("account", "create", f"lasting@{DOMAIN}")
        before = desk.do("upload", "contacts", self.file("people.json", json.dumps(PEOPLE)))

        for name in list(self.cluster.backends):
            self.cluster.kill_backend(name)
            self.cluster.start_backend(name)
        self.cluster.restart_frontend()

        after = container(desk.do("download", "contacts", "--verify"), "mmm_Contact")
        self.assertEqual(after["digest"], container(before, "mmm_Contact")["digest"])

    def test_a_thousand_entries_come_in_pages_and_verify(self):
        desk, pocket = self.device("desk"), self.device("pocket")
        desk.do("account", "create", f"many@{DOMAIN}")
        people = [{"FullName": f"Person {n}", "Email": f"{n}@{DOMAIN}"} for n in range(1200)]
        desk.do("upload", "contacts", self.file("people.json", json.dumps(people)))
        self.connect(desk, pocket)

        download = container(pocket.do("download", "contacts"), "mmm_Contact")

        self.assertEqual(download["frames"], len(people) + 1)
        self.assertEqual(download["verified_signatures"], len(people))
        self.assertTrue(download["digest_matches_service"])

    def test_uploading_again_changes_only_what_is_different(self):
        desk = self.device("desk")
        desk.do("account", "create", f"again@{DOMAIN}")
        desk.do("upload", "contacts", self.file("people.json", json.dumps(PEOPLE)))
        changed = [dict(PEOPLE[0], Phone="+1 555 0100"), *PEOPLE[1:]]

        again = desk.do("upload", "contacts", self.file("people.json", json.dumps(changed)))

        self.assertEqual((again["added"], again["updated"], again["unchanged"]),
                         (0, 1, len(PEOPLE) - 1))

    def test_a_deleted_account_is_gone_and_its_name_is_free(self):
        desk, successor = self.device("desk"), self.device("successor")
        address = f"brief@{DOMAIN}"
        desk.do("account", "create", address)
        desk.do("upload", "contacts", self.file("people.json", json.dumps(PEOPLE)))

        desk.do("account", "delete", address, "--yes")

        self.assertEqual(desk.do("account", "list")["accounts"], [])
        successor.do("account", "create", address)
        self.assertEqual(container(successor.do("status"), "mmm_Contact")["frames"], 1)

    def test_hello_names_the_same_service_after_a_restart(self):
        desk = self.device("desk")
        before = desk.do("hello")
        self.cluster.restart_frontend()

        after = desk.do("hello")

        self.assertTrue(after["verified"])
        self.assertEqual(after["profile_service"], before["profile_service"])

    # --- How requests are sealed --------------------------------------------------------

    def test_an_exchange_brings_a_ticket_that_serves_the_commands_after_it(self):
        desk = self.device("desk")
        desk.do("account", "create", f"sealed@{DOMAIN}")

        binding = desk.do("status")["binding"]

        self.assertEqual(binding["mode"], "ticket")
        self.assertEqual(binding["service_udf"], desk.do("hello")["profile_service"])

    def test_when_all_ticket_keys_are_lost_an_exchange_mends_it(self):
        desk = self.device("desk")
        desk.do("account", "create", f"mended@{DOMAIN}")
        self.cluster.frontend.stop()
        for path in list(self.cluster.ticket_keys.iterdir()):
            path.unlink()
        self.cluster.add_ticket_key()
        self.cluster.start_frontend()

        modes = [desk.do("status")["binding"]["mode"] for _ in range(2)]

        self.assertEqual(modes, ["exchange", "ticket"])

    def test_a_ticket_serves_at_a_front_end_that_has_never_seen_the_device(self):
        desk = self.device("desk")
        desk.do("account", "create", f"roaming@{DOMAIN}")
        other = self.cluster.add_frontend("roaming")

        status = desk.do("status", "--connect", f"127.0.0.1:{other.served}")

        self.assertEqual(status["binding"]["mode"], "ticket")

    def test_a_session_file_that_is_damaged_costs_an_exchange(self):
        desk = self.device("desk")
        address = desk.do("account", "create", f"damaged@{DOMAIN}")["account"]
        (desk.home / "accounts" / address / "session.json").write_text("{")

        self.assertEqual(desk.do("status")["binding"]["mode"], "exchange")

    def test_the_story_in_json_b(self):
        desk, pocket = self.device("desk"), self.device("pocket")
        for device in (desk, pocket):
            device.environment["MESH_ENCODING"] = "json-b"
        desk.do("account", "create", f"binary@{DOMAIN}")
        desk.do("upload", "contacts", self.file("people.json", json.dumps(PEOPLE)))
        self.connect(desk, pocket)

        download = container(pocket.do("download", "--verify"), "mmm_Contact")

        self.assertTrue(download["digest_matches_service"])
        self.assertEqual(pocket.do("status")["binding"]["encoding"], "application/json-b")

    def test_a_removed_device_is_refused_and_the_others_go_on(self):
        desk, pocket = self.device("desk"), self.device("pocket")
        desk.do("account", "create", f"removing@{DOMAIN}")
        self.connect(desk, pocket)
        pocket.do("download")
        udf = next(d["device"] for d in desk.do("device", "list")["devices"]
                   if not d["this_device"])

        desk.do("device", "remove", udf)

        self.assertEqual(pocket.mesh("download").exit, REFUSED)
        self.assertEqual(len(desk.do("device", "list")["devices"]), 1)

    def test_the_compatible_form_still_serves_a_service_that_believes_it(self):
        desk = self.device("desk")
        self.cluster.restart_frontend(reference=True)
        try:
            address = f"compatible@{DOMAIN}"
            desk.do("account", "create", address, "--reference-compatibility")
            status = desk.do("status", "--reference-compatibility")
        finally:
            self.cluster.restart_frontend()

        self.assertNotIn("binding", status)
        self.assertEqual(container(status, "mmm_Device")["frames"], 2)


if __name__ == "__main__":
    unittest.main()
