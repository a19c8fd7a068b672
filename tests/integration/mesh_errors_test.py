"""What `mesh` says when something is wrong, and the exit codes that scripts rely on:
each against real processes, each with the next step in its message."""

import json
import shutil
import socket
import sys
import unittest
from pathlib import Path

from mesh_program import (DONE, LOCAL, REFUSED, UNREACHABLE, UNVERIFIED, USAGE, Device,
                          address_on)

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import DOMAIN, Cluster, await_condition, make_certificate  # noqa: E402

STREAMS = "mesh_backend_streams"
# A name of no service here.
ELSEWHERE = "MAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"


class MeshErrorsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.cluster.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.__exit__(None, None, None)

    def setUp(self):
        self.folder = self.cluster.folder / self._testMethodName
        self.folder.mkdir()
        self.device = Device(self.folder / "home", self.cluster.port, self.cluster.certificate)

    def account(self, name):
        return self.device.do("account", "create", f"{name}@{DOMAIN}")["account"]

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content)
        return path

    def fails(self, code, needle, *arguments, **environment):
        """The command ends with `code` and says `needle`, to people and to programs."""
        outcome = self.device.mesh(*arguments, **environment)
        self.assertEqual(outcome.exit, code, outcome.out + outcome.err)
        self.assertIn(needle, outcome.err)
        self.assertTrue(outcome.err.startswith("mesh: "), outcome.err)
        programs = self.device.mesh(*arguments, "--json", **environment)
        self.assertEqual(programs.exit, code)
        self.assertFalse(programs.json["ok"])
        self.assertIn(needle, programs.json["error"])

    # --- The service cannot be reached ------------------------------------------------

    def test_no_service_there(self):
        with socket.socket() as taken:  # Bound and not listening: nobody answers here.
            taken.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.fails(UNREACHABLE, "cannot reach", "hello", "--connect", address,
                       "--attempts", "2")

    def test_a_certificate_that_is_not_trusted(self):
        other = self.folder / "other"
        other.mkdir()
        certificate, _ = make_certificate(other)
        self.fails(UNREACHABLE, "--ca-file", "hello", "--ca-file", certificate)

    def test_a_certificate_file_that_is_not_there(self):
        self.fails(UNREACHABLE, "--ca-file", "hello", "--ca-file", self.folder / "missing.pem")

    def test_a_certificate_for_another_name(self):
        url = f"https://other.example:{self.cluster.port}"
        self.fails(UNREACHABLE, "not trusted", "hello", "--service", url)

    def test_a_service_that_does_not_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            self.fails(UNREACHABLE, f"https://{DOMAIN}", "hello", "--connect", address,
                       "--timeout", "1", "--attempts", "1")

    def test_a_service_whose_back_ends_are_gone_comes_back(self):
        homes = list(self.cluster.backends)
        addresses = [address_on(self.cluster, name, "patient") for name in homes]
        for address in addresses:
            self.device.do("account", "create", address)
        streams = {name: self.cluster.metric(STREAMS, name) for name in homes}
        for name in homes:
            self.cluster.kill_backend(name)
        try:
            down = self.device.mesh("status", "-a", addresses[0], "--attempts", "1", "--json")
        finally:
            for name in homes:
                self.cluster.start_backend(name)

        self.assertEqual(down.exit, REFUSED)
        self.assertIn("the account's back end cannot be reached now; the request was not applied",
                      down.json["error"])
        self.assertNotIn(homes[0], down.json["error"])
        self.assertIn(f"back_end={homes[0]}", self.cluster.frontend.log.read_text())
        for address in addresses:
            self.device.do("status", "-a", address)
        # The tests that follow find every event loop connected, as this one did.
        for name in homes:
            await_condition(f"streams of {name}", lambda name=name:
                            self.cluster.metric(STREAMS, name) >= streams[name])

    # --- The service refuses ------------------------------------------------------------

    def test_a_name_that_is_taken(self):
        taken = self.account("taken")
        other = Device(self.folder / "other", self.cluster.port, self.cluster.certificate)

        outcome = other.mesh("account", "create", taken)

        self.assertEqual(outcome.exit, REFUSED)
        self.assertIn("choose another name", outcome.err)
        self.assertEqual(other.do("account", "list")["accounts"], [])

    def twin(self):
        """A second device, brought into the account."""
        twin = Device(self.folder / "twin", self.cluster.port, self.cluster.certificate)
        request = self.folder / "request"
        twin.do("device", "request", request, "--description", "twin")
        self.device.do("device", "add", request, "--hand-over", self.folder / "request.mesh")
        twin.do("device", "accept", self.folder / "request.mesh")
        return twin

    def test_an_account_that_was_deleted_elsewhere(self):
        address = self.account("deleted")
        copy = Device(self.folder / "copy", self.cluster.port, self.cluster.certificate)
        shutil.copytree(self.device.home, copy.home)
        copy.do("account", "delete", address, "--yes")

        self.fails(REFUSED, "somebody deleted it", "status")

    def test_a_deletion_that_was_interrupted_is_done_by_a_second_one(self):
        address = self.account("halfway")
        copy = Device(self.folder / "copy", self.cluster.port, self.cluster.certificate)
        shutil.copytree(self.device.home, copy.home)  # As it is when the service has answered.
        self.device.do("account", "delete", address, "--yes")

        outcome = copy.mesh("account", "delete", address, "--yes")

        self.assertEqual(outcome.exit, 0, outcome.err)
        self.assertIn("already", outcome.out)
        self.assertEqual(copy.do("account", "list")["accounts"], [])

    def test_an_account_that_was_made_anew_by_somebody_else(self):
        address = self.account("anew")
        copy = Device(self.folder / "copy", self.cluster.port, self.cluster.certificate)
        shutil.copytree(self.device.home, copy.home)
        copy.do("account", "delete", address, "--yes")
        successor = Device(self.folder / "successor", self.cluster.port, self.cluster.certificate)
        successor.do("account", "create", address)

        self.fails(REFUSED, "not the one that this device is in", "status")

    def test_deleting_an_account_without_its_administrators_keys(self):
        address = self.account("guarded")
        twin = self.twin()

        outcome = twin.mesh("account", "delete", address, "--yes")

        self.assertEqual(outcome.exit, REFUSED, outcome.err)
        self.assertIn("administrator's device", outcome.err)
        self.device.do("status")

    def test_a_device_that_was_removed_is_refused_at_once_and_told_what_to_do(self):
        self.account("removed")
        twin = self.twin()
        twin.do("status")
        self.device.do("device", "remove", "twin")

        outcome = twin.mesh("status")

        self.assertEqual(outcome.exit, REFUSED, outcome.err)
        self.assertIn("401 MeshDeviceUnknown", outcome.err)
        self.assertIn("mesh device list", outcome.err)

    def test_removing_what_cannot_be_removed(self):
        self.account("stays")
        twin = self.twin()
        own = next(d["device"] for d in self.device.do("device", "list")["devices"]
                   if d["this_device"])

        self.fails(USAGE, "the device you are at", "device", "remove", own)
        self.fails(USAGE, "no device is called", "device", "remove", "nobody's")
        self.assertEqual(twin.mesh("device", "remove", own).exit, LOCAL)

    def test_bare_requests(self):
        self.account("bare")
        self.fails(REFUSED, "leave --reference-compatibility out", "status",
                   "--reference-compatibility")

    # --- The service is not the one it should be ----------------------------------------

    def test_a_service_that_is_not_the_one_the_user_named(self):
        self.fails(UNVERIFIED, "another service", "hello", "--service-udf", ELSEWHERE)
        self.assertEqual(self.device.mesh("hello").exit, DONE)

    def test_a_service_that_was_exchanged_under_a_known_name(self):
        self.account("exchanged")
        known = self.device.do("hello")["profile_service"]
        aside = self.cluster.keys.with_name("keys-aside")
        self.cluster.frontend.stop()
        self.cluster.keys.rename(aside)
        self.cluster.start_frontend()
        try:
            self.fails(UNVERIFIED, known, "hello")
            self.fails(UNVERIFIED, known, "status")
        finally:
            self.cluster.frontend.stop()
            shutil.rmtree(self.cluster.keys)
            aside.rename(self.cluster.keys)
            self.cluster.start_frontend()
        self.device.do("status")

    def test_a_service_that_has_a_new_name_as_its_operator_confirms(self):
        shown = self.device.do("hello")["profile_service"]
        path = self.device.home / "services.json"
        path.write_text(path.read_text().replace(shown, ELSEWHERE))
        self.fails(UNVERIFIED, "--service-udf " + shown, "hello")

        self.device.do("hello", "--service-udf", shown)

        self.assertEqual(self.device.do("hello")["service_known"], "stored")

    def test_a_list_of_services_that_is_damaged(self):
        self.device.do("hello")
        (self.device.home / "services.json").write_text("{")
        self.fails(UNVERIFIED, "services.json", "hello")

    def test_a_domain_that_is_not_served(self):
        outcome = self.device.mesh("account", "create", "somebody@elsewhere.example")

        self.assertEqual(outcome.exit, REFUSED, outcome.err)

    # --- The command line and files -------------------------------------------------------

    def test_no_command(self):
        self.fails(USAGE, "--help")

    def test_a_command_that_does_not_exist(self):
        self.fails(USAGE, "frobnicate", "frobnicate")

    def test_an_address_that_is_none(self):
        self.fails(USAGE, "@", "account", "create", "nobody")

    def test_a_service_that_is_no_address(self):
        self.fails(USAGE, "https://HOST[:PORT]", "hello", "--service", "http://example.com")

    def test_a_file_that_is_not_there(self):
        self.account("nofile")
        self.fails(LOCAL, "missing.json", "upload", "contacts", self.folder / "missing.json")

    def test_people_that_are_none(self):
        self.account("nopeople")
        self.fails(USAGE, "JSON array", "upload", "contacts", self.file("bad", "nobody"))

    def test_an_entry_that_is_too_large(self):
        self.account("large")
        self.fails(USAGE, "65536", "upload", "bookmarks", self.file("large", "x" * 65537))

    def test_entries_for_a_spool(self):
        self.account("spool")
        self.fails(USAGE, "spool", "upload", "inbound", self.file("entry", "x"))

    def test_a_container_name_that_is_a_path(self):
        self.account("path")
        self.fails(USAGE, "letter", "upload", "../../etc/passwd", self.file("entry", "x"))

    def test_a_container_that_does_not_exist(self):
        self.account("nothing")
        self.fails(LOCAL, "no container mmm_Nothing", "download", "mmm_Nothing")

    def test_deleting_without_yes(self):
        address = self.account("kept")
        self.fails(USAGE, "--yes", "account", "delete", address)
        self.assertEqual(len(self.device.do("account", "list")["accounts"]), 1)

    def test_a_hand_over_for_another_device(self):
        self.account("handover")
        twin = Device(self.folder / "twin", self.cluster.port, self.cluster.certificate)
        twin.do("device", "request", self.folder / "request")
        self.device.do("device", "add", self.folder / "request")

        self.fails(USAGE, "for the device", "device", "accept", self.folder / "request.mesh")

    # --- The folder of the device ---------------------------------------------------------

    def test_a_device_in_no_account(self):
        self.fails(LOCAL, "mesh account create", "status")

    def test_a_device_in_several_accounts(self):
        self.account("several-a")
        self.account("several-b")
        self.fails(USAGE, "--account", "status")

    def test_a_folder_that_is_open_to_others(self):
        self.account("open")
        self.device.home.chmod(0o755)
        self.fails(LOCAL, "chmod 700", "status")

    def test_a_key_file_that_is_open_to_others(self):
        self.account("openfile")
        (self.device.home / "device.json").chmod(0o644)
        self.fails(LOCAL, "chmod 600", "download")

    def test_a_key_file_that_is_damaged(self):
        address = self.account("damaged")
        path = self.device.home / "accounts" / address / "account.json"
        path.write_text(path.read_text()[:500])
        self.fails(UNVERIFIED, "damaged", "status")

    def test_a_copy_that_was_altered(self):
        address = self.account("altered")
        self.device.do("upload", "contacts", self.file("p.json", json.dumps(
            [{"FullName": "Carol Copper"}])))
        path = self.device.home / "accounts" / address / "mmm_Contact.dcat"
        path.write_bytes(path.read_bytes().replace(b"Carol Copper", b"Carol Cooper"))
        self.fails(UNVERIFIED, "remove the file and download again", "download")
        path.unlink()
        self.device.do("download")

    # --- Help -------------------------------------------------------------------------------

    def test_every_command_has_help_with_examples(self):
        for command in (["hello"], ["account", "create"], ["account", "delete"],
                        ["account", "list"], ["device", "request"], ["device", "add"],
                        ["device", "accept"], ["device", "list"], ["device", "remove"],
                        ["status"], ["upload"], ["download"], ["show"]):
            outcome = self.device.mesh(*command, "--help")
            self.assertEqual(outcome.exit, 0)
            self.assertIn("Examples:", outcome.out, command)

    def test_help_documents_the_exit_codes(self):
        self.assertIn("Exit codes: 0 done", self.device.mesh("--help").out)


if __name__ == "__main__":
    unittest.main()
