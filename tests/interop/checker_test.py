#!/usr/bin/env python3
"""The checker passes a good reply and fails on each way to spoil it.

Needs no service and no recordings: replies are made up here.
"""

import copy
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from account_model import Account
from checker import Exchange, check
from dare import Key, b64, catalog_entry, sha512, signed
from mesh_http import Reply

NAMES = ("alpha", "beta", "gamma", "delta")


def uploaded():
    """Frame zero and one entry for each of NAMES, as a client sends them."""
    zero = [{"ContainerInfo": {"DataEncoding": "JSON", "ContainerType": "Merkle", "Index": 0}}, ""]
    return [zero] + [catalog_entry(name, name.encode() * 30, index=i)
                     for i, name in enumerate(NAMES, 1)]


def stored(envelope, index):
    """As a service sends it back: trailer kept, place and time added."""
    header, body, trailer = (envelope + [{}])[:3]
    return [{**header, "ContainerInfo": {"Index": index}, "Received": "2020-07-27T12:00:00Z"},
            body, trailer]


def account():
    held = Account([{"dig": "SHA2"}, b64(b"profile"), {"PayloadDigest": b64(sha512(b"profile"))}])
    held.append("mmm_Credential", uploaded())
    return held


def download_reply():
    envelopes = [stored(envelope, i) for i, envelope in enumerate(uploaded())]
    return {"DownloadResponse": {
        "Status": 201, "StatusDescription": "Operation completed successfully",
        "Updates": [{"Container": "mmm_Credential", "Envelopes": envelopes}]}}


def status_reply():
    counts = {"mmm_Inbound": 1, "mmm_Outbound": 1, "mmm_Local": 1, "mmm_Credential": 5}
    return {"StatusResponse": {
        "Status": 201, "StatusDescription": "Operation completed successfully",
        "EnvelopedProfileMaster": account().profile_mesh,
        "ContainerStatus": [{"Container": n, "Index": c} for n, c in counts.items()]}}


DOWNLOAD = {"Select": [{"Container": "mmm_Credential", "IndexMin": -1}]}


def judge(transaction, request, value, status=200, success=True):
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    octets = octets.replace(b"\\n  ", b"\n  ")  # Folded as clients fold, not escaped.
    return check(Exchange(transaction, request, Reply(status, {}, octets), account(), success))


class CheckerTest(unittest.TestCase):
    def assert_fault(self, name, fault):
        self.assertIsNotNone(fault, "the checker saw nothing wrong")
        self.assertTrue(fault.startswith(name + ":"), fault)


class DownloadTest(CheckerTest):
    def spoiled(self, spoil, **options):
        """Judges a Download reply after spoil(envelopes, response)."""
        value = download_reply()
        response = value["DownloadResponse"]
        spoil(response["Updates"][0]["Envelopes"], response)
        return judge("Download", DOWNLOAD, value, **options)

    def test_good_reply_passes(self):
        self.assertIsNone(judge("Download", DOWNLOAD, download_reply()))

    def test_from_the_middle(self):
        request = {"Select": [{"Container": "mmm_Credential", "IndexMin": 3, "IndexMax": 5}]}
        value = download_reply()
        del value["DownloadResponse"]["Updates"][0]["Envelopes"][:3]
        self.assertIsNone(judge("Download", request, value))

    def test_frame_zero_to_a_client_that_asked_from_one(self):
        request = {"Select": [{"Container": "mmm_Credential", "IndexMin": 1}]}
        self.assert_fault("frames_have_their_place", judge("Download", request, download_reply()))

    def test_dropped_first_frame(self):
        self.assert_fault("frames_have_their_place", self.spoiled(lambda e, r: e.pop(0)))

    def test_dropped_middle_frame(self):
        self.assert_fault("frames_have_their_place", self.spoiled(lambda e, r: e.pop(2)))

    def test_dropped_last_frame(self):
        self.assert_fault("frames_have_their_place", self.spoiled(lambda e, r: e.pop()))

    def test_repeated_frame(self):
        self.assert_fault("frames_have_their_place",
                          self.spoiled(lambda e, r: e.append(copy.deepcopy(e[-1]))))

    def test_reordered_frames(self):
        self.assert_fault("frames_have_their_place", self.spoiled(lambda e, r: e.reverse()))

    def test_swapped_frames_with_repaired_indices(self):
        def swap(envelopes, _):
            envelopes[1], envelopes[2] = envelopes[2], envelopes[1]
            for i in (1, 2):
                envelopes[i][0]["ContainerInfo"]["Index"] = i
        self.assert_fault("frames_are_what_was_uploaded", self.spoiled(swap))

    def test_missing_index(self):
        self.assert_fault("frames_have_their_place",
                          self.spoiled(lambda e, r: e[1][0].pop("ContainerInfo")))

    def test_altered_body(self):
        def alter(envelopes, _):
            envelopes[1][1] = b64(b"other")
        self.assert_fault("frames_are_what_was_uploaded", self.spoiled(alter))

    def test_altered_content_meta_data(self):
        def alter(envelopes, _):
            envelopes[1][0]["ContentMetaData"] = b64(b"{}")
        self.assert_fault("frames_are_what_was_uploaded", self.spoiled(alter))

    def test_dropped_content_meta_data(self):
        self.assert_fault("frames_are_what_was_uploaded",
                          self.spoiled(lambda e, r: e[1][0].pop("ContentMetaData")))

    def test_wrong_digest(self):
        def alter(envelopes, _):
            envelopes[1][2]["PayloadDigest"] = b64(sha512(b"other"))
        self.assert_fault("digests_are_right", self.spoiled(alter))

    def test_dropped_digest(self):
        self.assert_fault("digests_are_right",
                          self.spoiled(lambda e, r: e[1][2].pop("PayloadDigest")))

    def test_digest_may_stand_in_the_header(self):
        def move(envelopes, _):
            for header, _, trailer in envelopes[1:]:
                header["PayloadDigest"] = trailer.pop("PayloadDigest")
        self.assertIsNone(self.spoiled(move))

    def test_update_without_envelopes(self):
        self.assert_fault("required_members_are_there",
                          self.spoiled(lambda e, r: r["Updates"][0].pop("Envelopes")))

    def test_no_updates(self):
        self.assert_fault("required_members_are_there",
                          self.spoiled(lambda e, r: r.pop("Updates")))

    def test_update_of_another_container(self):
        def rename(_, response):
            response["Updates"][0]["Container"] = "mmm_Contact"
        self.assert_fault("updates_answer_selections", self.spoiled(rename))

    def test_unknown_member_of_the_response(self):
        self.assert_fault("members_are_known", self.spoiled(lambda e, r: r.update(PageKey="AA")))

    def test_unknown_member_of_an_update(self):
        self.assert_fault("members_are_known",
                          self.spoiled(lambda e, r: r["Updates"][0].update(PageKey="AA")))

    def test_unknown_member_of_a_header(self):
        self.assert_fault("members_are_known",
                          self.spoiled(lambda e, r: e[2][0].update(EnvelopeId="M")))

    def test_unknown_member_of_container_info(self):
        self.assert_fault("members_are_known",
                          self.spoiled(lambda e, r: e[2][0]["ContainerInfo"].update(Time=1)))

    def test_null(self):
        self.assert_fault("members_are_known", self.spoiled(lambda e, r: r.update(ID=None)))

    def test_received_with_a_fraction(self):
        self.assert_fault("members_are_known", self.spoiled(
            lambda e, r: e[1][0].update(Received="2020-07-27T12:00:00.5Z")))

    def test_padded_body(self):
        self.assert_fault("members_are_known",
                          self.spoiled(lambda e, r: e[1].__setitem__(1, "AA==")))

    def test_folded_body_passes(self):
        def fold(envelopes, _):
            envelopes[1][1] = envelopes[1][1][:20] + "\n  " + envelopes[1][1][20:]
        self.assertIsNone(self.spoiled(fold))

    def test_index_as_a_string(self):
        self.assert_fault("members_are_known", self.spoiled(
            lambda e, r: e[1][0]["ContainerInfo"].update(Index="1")))

    def test_http_error(self):
        self.assert_fault("http_status_is_200", self.spoiled(lambda e, r: None, status=500))

    def test_missing_status(self):
        self.assert_fault("status_is_said", self.spoiled(lambda e, r: r.pop("Status")))

    def test_error_where_success_was_due(self):
        self.assert_fault("status_is_said", self.spoiled(lambda e, r: r.update(Status=503)))

    def test_success_where_an_error_was_due(self):
        self.assert_fault("status_is_said", self.spoiled(lambda e, r: None, success=False))


class LexerTest(CheckerTest):
    GOOD = b'{"UploadResponse": {"Status": 201, "StatusDescription": "%s"}}'

    def judge_description(self, text):
        return judge("Upload", {"Updates": []}, self.GOOD % text)

    def test_plain_text_passes(self):
        self.assertIsNone(self.judge_description(rb'a \"quoted\" \\ word'))

    def test_escaped_line_break(self):
        self.assert_fault("json_is_readable", self.judge_description(rb"a\nb"))

    def test_escaped_code_point(self):
        self.assert_fault("json_is_readable", self.judge_description(rb"caf\u00e9"))

    def test_backslash_before_an_n_passes(self):
        self.assertIsNone(self.judge_description(rb"a\\nb"))

    def test_raw_line_break(self):
        self.assert_fault("members_are_known", self.judge_description(b"a\nb"))

    def test_broken_utf8(self):
        self.assert_fault("json_is_readable", self.judge_description(b"\xff"))

    def test_fraction(self):
        self.assert_fault("json_is_readable", judge(
            "Upload", {"Updates": []}, b'{"UploadResponse": {"Status": 201.0}}'))

    def test_member_twice(self):
        self.assert_fault("json_is_readable", judge(
            "Upload", {"Updates": []}, b'{"UploadResponse": {"Status": 201, "Status": 201}}'))

    def test_wrong_class(self):
        self.assert_fault("class_is_the_one_expected", judge(
            "Upload", {"Updates": []}, b'{"MeshResponse": {"Status": 201}}'))

    def test_no_class(self):
        self.assert_fault("class_is_the_one_expected", judge(
            "Upload", {"Updates": []}, b'{"Status": 201, "StatusDescription": "good"}'))


class StatusTest(CheckerTest):
    def spoiled(self, spoil):
        value = status_reply()
        spoil(value["StatusResponse"]["ContainerStatus"], value["StatusResponse"])
        return judge("Status", {}, value)

    def test_good_reply_passes(self):
        self.assertIsNone(judge("Status", {}, status_reply()))

    def test_highest_index_in_place_of_the_count(self):
        self.assert_fault("status_counts_frames", self.spoiled(lambda c, r: c[3].update(Index=4)))

    def test_container_left_out(self):
        self.assert_fault("status_counts_frames", self.spoiled(lambda c, r: c.pop()))

    def test_container_twice(self):
        self.assert_fault("status_counts_frames", self.spoiled(lambda c, r: c.append(c[0])))

    def test_no_container_status(self):
        self.assert_fault("required_members_are_there",
                          self.spoiled(lambda c, r: r.pop("ContainerStatus")))

    def test_profile_written_anew(self):
        def alter(_, response):
            response["EnvelopedProfileMaster"][2] = {}
        self.assert_fault("profile_is_what_was_registered", self.spoiled(alter))


class UploadTest(CheckerTest):
    REQUEST = {"Updates": [{"Container": "mmm_Credential", "Envelopes": uploaded()[1:3]}]}

    def judge_entries(self, *entries):
        return judge("Upload", self.REQUEST, {"UploadResponse": {
            "Status": 201, "StatusDescription": "good", "Entries": list(entries)}})

    def test_two_accepted(self):
        self.assertIsNone(self.judge_entries({"IndexRequest": 0, "Result": "Accept"},
                                             {"IndexRequest": 1, "Result": "Accept"}))

    def test_one_answer_missing(self):
        self.assert_fault("entries_follow_the_request",
                          self.judge_entries({"IndexRequest": 0, "Result": "Accept"}))

    def test_one_refused_under_a_status_of_success(self):
        self.assert_fault("entries_follow_the_request", self.judge_entries(
            {"IndexRequest": 0, "Result": "Accept"}, {"IndexRequest": 1, "Result": "Conflict"}))


class HelloTest(CheckerTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.keys = {name: Key(curve, cls.folder.name, name) for name, curve in
                    (("sign", "Ed448"), ("other", "Ed448"), ("agree", "X448"))}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def reply(self, signer="sign", encryption=True):
        profile = {"KeyOfflineSignature": self.keys["sign"].data()}
        service = {**profile, **({"KeyEncryption": self.keys["agree"].data()}
                                 if encryption else {})}
        host = {**profile, "KeyAuthentication": self.keys["agree"].data()}
        signer = self.keys[signer]
        return {"MeshHelloResponse": {
            "Status": 201, "Version": {"Major": 3, "Minor": 0},
            "EnvelopedProfileService": signed({"ProfileService": service}, signer),
            "EnvelopedProfileHost": signed({"ProfileHost": host}, signer)}}

    def test_good_reply_passes(self):
        self.assertIsNone(judge("Hello", {}, self.reply()))

    def test_signed_by_another_key(self):
        self.assert_fault("service_profile_can_be_used", judge("Hello", {}, self.reply("other")))

    def test_no_key_encryption(self):
        self.assert_fault("service_profile_can_be_used",
                          judge("Hello", {}, self.reply(encryption=False)))

    def test_signature_of_something_else(self):
        value = self.reply()
        envelope = value["MeshHelloResponse"]["EnvelopedProfileService"]
        envelope[2]["signatures"][0]["signature"] = b64(self.keys["sign"].sign(b"something else"))
        self.assert_fault("service_profile_can_be_used", judge("Hello", {}, value))

    def test_another_profile_the_next_time(self):
        seen = {}
        for value, good in ((self.reply(), True), (self.reply(), True)):
            reply = Reply(200, {}, json.dumps(value).encode())
            self.assertEqual(check(Exchange("Hello", {}, reply, seen=seen)) is None, good)
        value = self.reply()
        value["MeshHelloResponse"]["EnvelopedProfileHost"] = signed(
            {"ProfileHost": {"KeyOfflineSignature": self.keys["other"].data()}}, self.keys["other"])
        reply = Reply(200, {}, json.dumps(value).encode())
        self.assert_fault("service_profile_can_be_used",
                          check(Exchange("Hello", {}, reply, seen=seen)))


if __name__ == "__main__":
    unittest.main()
