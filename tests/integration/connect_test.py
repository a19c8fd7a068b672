"""Devices come into an account by way of the service, in all three ways: codes that people
compare, a PIN, and a QR code. And the twins: who is refused, or asks with a wrong PIN, or
polls for somebody else, stays outside."""

import json
import sys
import unittest
from pathlib import Path

from mesh_program import DONE, LOCAL, REFUSED, USAGE, ClusterTestCase, address_on

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import DOMAIN  # noqa: E402

PEOPLE = [{"FullName": "Carol", "Email": f"carol@{DOMAIN}"}]


def altered(secret):
    """Another secret: the last letters of one can stand for bits that are not used."""
    return secret[:-3] + ("A" if secret[-3] != "A" else "B") + secret[-2:]


class ConnectTest(ClusterTestCase):
    accounts = 0  # Made so far; each has a name of its own.

    def owner(self, name):
        """An administrator's device of a new account with a contact, and its address."""
        desk = self.device(name)
        ConnectTest.accounts += 1
        address = address_on(self.cluster, "b1", f"{name}-{self.accounts}")
        desk.do("account", "create", address)
        people = self.path(f"{name}-people.json")
        people.write_text(json.dumps(PEOPLE))
        desk.do("upload", "contacts", people)
        return desk, address

    def assertSynchronizes(self, device):
        contacts = next(c for c in device.do("download", "--verify")["containers"]
                        if c["container"] == "mmm_Contact")
        self.assertEqual(contacts["frames"], len(PEOPLE) + 1)
        self.assertTrue(contacts["digest_matches_service"])

    # --- Directly ---------------------------------------------------------------------------

    def test_both_sides_show_the_same_code_and_the_device_synchronizes(self):
        desk, address = self.owner("alice")
        phone = self.device("phone")
        asked = phone.do("connect", "request", address, "--description", "phone")
        requests = desk.do("connect", "list")["requests"]
        self.assertEqual([(r["code"], r["description"], r["pin"]) for r in requests],
                         [(asked["code"], "phone", False)])

        early = phone.mesh("connect", "complete")
        self.assertEqual(early.exit, LOCAL)
        self.assertIn("no administrator has answered yet", early.err)
        desk.do("connect", "accept", asked["code"][:9])
        joined = phone.do("connect", "complete")

        self.assertEqual(joined["account"], address)
        self.assertEqual(desk.do("connect", "list")["requests"], [])
        self.assertEqual(len(desk.do("device", "list")["devices"]), 2)
        self.assertSynchronizes(phone)

    def test_a_device_that_is_refused_is_told_so_and_stays_outside(self):
        desk, address = self.owner("alice")
        phone = self.device("phone")
        asked = phone.do("connect", "request", address)
        desk.do("connect", "reject", asked["code"])
        refused = phone.mesh("connect", "complete")
        self.assertEqual(refused.exit, USAGE)
        self.assertIn("refused this device", refused.err)
        self.assertEqual(phone.do("account", "list")["accounts"], [])
        self.assertEqual(desk.do("connect", "list")["requests"], [])

    def test_a_device_without_the_accounts_keys_lets_nobody_in(self):
        desk, address = self.owner("alice")
        phone, tablet = self.device("phone"), self.device("tablet")
        asked = phone.do("connect", "request", address)
        desk.do("connect", "accept", asked["code"])
        phone.do("connect", "complete")
        other = tablet.do("connect", "request", address)
        self.assertEqual([r["code"] for r in phone.do("connect", "list")["requests"]], [other["code"]])
        self.assertEqual(phone.mesh("connect", "accept", other["code"]).exit, LOCAL)
        self.assertEqual(tablet.mesh("connect", "complete").exit, LOCAL)

    def test_an_account_that_is_not_there_cannot_be_asked_for(self):
        phone = self.device("phone")
        self.assertEqual(phone.mesh("connect", "request", f"nobody@{DOMAIN}").exit, REFUSED)

    # --- By PIN -----------------------------------------------------------------------------

    def test_a_pin_lets_one_device_in_without_anybody_comparing(self):
        desk, address = self.owner("alice")
        phone, tablet = self.device("phone"), self.device("tablet")
        pin = desk.do("pin", "--hours", "1")["pin"]
        phone.do("connect", "request", address, "--pin", pin)
        answered = desk.do("connect", "accept", "--pins")["answered"]
        self.assertEqual(len(answered), 1)
        phone.do("connect", "complete")
        self.assertSynchronizes(phone)

        tablet.do("connect", "request", address, "--pin", pin)
        self.assertEqual(desk.do("connect", "accept", "--pins")["answered"], [])
        self.assertEqual([r["pin"] for r in desk.do("connect", "list")["requests"]], [False])

    def test_a_wrong_pin_lets_nobody_in(self):
        desk, address = self.owner("alice")
        phone = self.device("phone")
        pin = desk.do("pin")["pin"]
        wrong = altered(pin)
        phone.do("connect", "request", address, "--pin", wrong)
        self.assertEqual(desk.do("connect", "accept", "--pins")["answered"], [])
        self.assertEqual(phone.mesh("connect", "complete").exit, LOCAL)
        self.assertEqual(phone.mesh("connect", "request", address, "--pin", "1234").exit, USAGE)

    # --- By QR code -------------------------------------------------------------------------

    def publish(self):
        """A device published by its maker: the device, and what its QR code says."""
        maker, _ = self.owner("maker")
        camera = self.device("camera")
        request, picture = self.path("camera.json"), self.path("camera.png")
        camera.do("device", "request", request, "--description", "camera")
        published = maker.do("publish", request, "--png", picture)
        self.assertTrue(picture.read_bytes().startswith(b"\x89PNG"))
        return camera, published["uri"]

    def test_a_published_device_joins_the_account_that_claims_it(self):
        camera, uri = self.publish()
        desk, address = self.owner("alice")
        self.assertEqual(camera.mesh("poll", uri).exit, LOCAL)  # Nobody has claimed it.
        claimed = desk.do("claim", uri)
        self.assertEqual(claimed["account"], address)
        joined = camera.do("poll", uri)
        self.assertEqual(joined["account"], address)
        self.assertSynchronizes(camera)

    def test_the_code_is_drawn_for_people(self):
        camera, _ = self.publish()
        maker, _ = self.owner("other")
        shown = maker.mesh("publish", self.path("camera.json"))
        self.assertEqual(shown.exit, DONE)
        self.assertIn("█", shown.out)
        self.assertIn("mcu://", shown.out)

    def test_who_does_not_know_the_secret_claims_nothing(self):
        camera, uri = self.publish()
        desk, _ = self.owner("alice")
        wrong = altered(uri)
        refused = desk.mesh("claim", wrong)
        self.assertEqual(refused.exit, REFUSED)
        self.assertIn("MeshPublicationUnknown", refused.err)
        self.assertEqual(camera.mesh("poll", uri).exit, LOCAL)

    def test_another_device_gets_nothing_by_polling(self):
        camera, uri = self.publish()
        desk, _ = self.owner("alice")
        desk.do("claim", uri)
        thief = self.device("thief")
        thief.do("device", "request", self.path("thief.json"))
        self.assertEqual(thief.mesh("poll", uri).exit, LOCAL)
        camera.do("poll", uri)


if __name__ == "__main__":
    unittest.main(verbosity=2)
