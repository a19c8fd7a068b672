"""Judges a reply by what the reference client needs: one check for each trap that
can be seen in a reply. A check returns nothing, or raises Fault with its reason.

The order matters only for readable reports: framing first, then meaning.
"""

from account_model import UNLISTED, payload_of, squeeze
from dare import b64, key_udf, sha512, unb64, verify_ed448
from reference_members import REQUIRED, RESPONSE_CLASS
from renewal import envelope_id
from reference_reader import Unreadable, check_members, read_json


class Fault(Exception):
    """The reply would break the reference client."""


class Exchange:
    """One request and its reply, and what they were said about.

    `account` is the Account before the request (None: it does not exist);
    `success` says whether the request should succeed; `seen` is a dict that lives
    as long as the service, for what must stay the same over replies."""

    def __init__(self, transaction, request, reply, account=None, success=True, seen=None):
        self.transaction = transaction
        self.request = request
        self.reply = reply
        self.account = account
        self.success = success
        self.seen = {} if seen is None else seen
        self.value = None   # The reply's JSON.
        self.fields = None  # The members of the response.


def require(condition, reason):
    if not condition:
        raise Fault(reason)


def http_status_is_200(exchange):
    """The client throws away the body of anything else."""
    require(exchange.reply.status == 200, f"HTTP status {exchange.reply.status}")


def json_is_readable(exchange):
    """No null, no escape but \\" and \\\\, no member twice, no fraction."""
    try:
        exchange.value = read_json(exchange.reply.body)
    except Unreadable as error:
        raise Fault(str(error)) from None


def class_is_the_one_expected(exchange):
    """The client casts to the class of the transaction."""
    expected = RESPONSE_CLASS.get(exchange.transaction, "MeshResponse")
    require(isinstance(exchange.value, dict) and list(exchange.value) == [expected],
            f"response is not one {expected}")
    exchange.fields = exchange.value[expected]


def members_are_known(exchange):
    """At any depth, headers of envelopes included."""
    tag = next(iter(exchange.value))
    try:
        check_members(tag, exchange.fields, tag)
    except Unreadable as error:
        raise Fault(str(error)) from None


def status_is_said(exchange):
    """An omitted Status reads as success."""
    status = exchange.fields.get("Status")
    require(status is not None, "no Status")
    require(exchange.transaction == "Hello" or exchange.fields.get("StatusDescription"),
            "no StatusDescription")
    good = 100 <= status < 300
    require(good == exchange.success,
            f"Status {status} {exchange.fields.get('StatusDescription', '')!r}")


def account_is_known(exchange):
    """Whoever has no account gets no success."""
    if exchange.transaction in ("Status", "Download", "Upload", "DeleteAccount"):
        require(exchange.account is not None or not exchange.success, "success without an account")


def required_members_are_there(exchange):
    """Arrays also when they are empty."""
    if not exchange.success:
        return
    for name in REQUIRED.get(next(iter(exchange.value)), []):
        require(name in exchange.fields, f"no {name}")
    for update in exchange.fields.get("Updates", []):
        require("Container" in update, "an update without Container")
        require("Envelopes" in update, "an update without Envelopes")
    for status in exchange.fields.get("ContainerStatus", []):
        require("Container" in status and "Index" in status, "a status without its members")


def status_counts_frames(exchange):
    """ContainerStatus.Index is the number of frames, not the highest index."""
    if exchange.transaction != "Status" or not exchange.success:
        return
    listed = {}
    for status in exchange.fields["ContainerStatus"]:
        name, count = status["Container"], status["Index"]
        require(name not in listed, f"{name} listed twice")
        listed[name] = count
        held = exchange.account.containers.get(name)
        require(count == len(held) if held else count in (0, 1),
                f"{name} has {len(held or [])} frames, not {count}")
    for name in exchange.account.containers:
        require(name in listed or name in UNLISTED, f"{name} is not listed")


def profile_is_what_was_registered(exchange):
    """Nested envelopes stay untouched: their trailer's digest is read by the client."""
    if exchange.transaction != "Status" or not exchange.success:
        return
    require(squeeze(exchange.fields.get("EnvelopedProfileMaster")) ==
            exchange.account.profile_mesh, "EnvelopedProfileMaster is not what was registered")


def updates_answer_selections(exchange):
    """One update for each selection, in its order."""
    if exchange.transaction != "Download" or not exchange.success:
        return
    asked = [select["Container"] for select in exchange.request.get("Select", [])]
    answered = [update["Container"] for update in exchange.fields["Updates"]]
    require(asked == answered, f"asked for {asked}, answered {answered}")


def _frames_asked(exchange):
    """(name, first index, held frames from there on, envelopes received)."""
    if exchange.transaction != "Download" or not exchange.success:
        return
    for select, update in zip(exchange.request.get("Select", []), exchange.fields["Updates"]):
        held = exchange.account.containers.get(select["Container"], [])
        first = max(select.get("IndexMin", 0), 0)
        last = select.get("IndexMax", len(held))
        yield select["Container"], first, held[first:last + 1], update["Envelopes"]


def frames_have_their_place(exchange):
    """From frame zero for -1 and 0, in order, without a gap, none too few, each with
    its ContainerInfo.Index; frame zero only when asked for."""
    for name, first, held, envelopes in _frames_asked(exchange):
        indices = [envelope[0].get("ContainerInfo", {}).get("Index") for envelope in envelopes]
        require(None not in indices, f"{name}: a frame without ContainerInfo.Index")
        expected = list(range(first, first + len(held)))
        require(indices == expected, f"{name}: frames {indices}, not {expected}")


def frames_are_what_was_uploaded(exchange):
    """Body, EnvelopeID, ContentMetaData, encryption, signatures: octet for octet."""
    for name, first, held, envelopes in _frames_asked(exchange):
        for index, (frame, envelope) in enumerate(zip(held, envelopes), first):
            where = f"{name}[{index}]"
            both = {**squeeze(envelope[2] if len(envelope) == 3 else {}), **squeeze(envelope[0])}
            require(unb64(envelope[1]) == frame.body, f"{where}: another body")
            for member, value in frame.kept.items():
                # A service's own frame zero stands for the client's: only its index
                # and its empty body matter to the client.
                require(index == 0 or both.get(member) == value, f"{where}: another {member}")


def digests_are_right(exchange):
    """PayloadDigest is the SHA-2-512 of the body, where it stands."""
    for name, first, held, envelopes in _frames_asked(exchange):
        for index, (frame, envelope) in enumerate(zip(held, envelopes), first):
            both = {**squeeze(envelope[2] if len(envelope) == 3 else {}), **squeeze(envelope[0])}
            digest = both.get("PayloadDigest")
            require(digest in (None, b64(sha512(unb64(envelope[1])))),
                    f"{name}[{index}]: wrong PayloadDigest")
            require(index == 0 or frame.digest in (None, digest),
                    f"{name}[{index}]: PayloadDigest was {frame.digest}")


def entries_follow_the_request(exchange):
    """Entries are optional; said at all, they must be right."""
    if exchange.transaction != "Upload" or not exchange.success:
        return
    entries = exchange.fields.get("Entries", [])
    for entry in entries:
        require(entry.get("Result", "Accept") == "Accept", f"entry refused: {entry}")
    if not entries:
        return
    sent = sum(len(update["Envelopes"]) for update in exchange.request["Updates"])
    sent += len(exchange.request.get("Self", []))
    require(len(entries) == sent, f"{len(entries)} answers for {sent} entries")


def answers_are_what_was_filed(exchange):
    """Complete, PollClaim and Claim give what the administrator, the claimer and the publisher
    wrote, and the newest of it."""
    request, fields = exchange.request, exchange.fields
    if not exchange.success:
        return
    if exchange.transaction == "Complete":
        filed, given = exchange.account.message("mmm_Local", request["ResponseID"]), "SignedResponse"
        require(filed is not None, "an answer that nobody gave")
    elif exchange.transaction == "PollClaim":
        filed = exchange.account.message("mmm_Local", request["PublicationId"])
        given = "EnvelopedMessageClaim"
        require((filed is not None) == (given in fields), f"{given}: there or not")
    elif exchange.transaction == "Claim":
        claim = payload_of(request["EnvelopedMessageClaim"])
        require(squeeze(fields.get("CatalogedPublication")) ==
                exchange.account.publications[claim["PublicationId"]], "another publication")
        return
    else:
        return
    if filed is not None:
        require(unb64(fields[given][1]) == filed.body, f"{given}: another body")
        require(squeeze(fields[given][0])["EnvelopeID"] == filed.kept["EnvelopeID"],
                f"{given}: another EnvelopeID")


def acknowledgement_is_of_the_request(exchange):
    """It holds the request as it was, and its MessageID is the witness, by which it is filed."""
    if exchange.transaction != "Connect" or not exchange.success:
        return
    envelope = exchange.fields["EnvelopedConnectionResponse"]
    message = payload_of(envelope)
    require(squeeze(message["EnvelopedRequestConnection"]) ==
            squeeze(exchange.request["MessageConnectionRequestClient"]), "another request")
    require(message["MessageID"] == message["Witness"], "MessageID is not the witness")
    require(envelope[0]["EnvelopeID"] == envelope_id(message["Witness"]), "EnvelopeID is another's")


def service_profile_can_be_used(exchange):
    """Self-signed, with the KeyEncryption that clients use for groups, and always the
    same: clients embed it."""
    if exchange.transaction != "Hello" or not exchange.success:
        return
    for member, tag in (("EnvelopedProfileService", "ProfileService"),
                        ("EnvelopedProfileHost", "ProfileHost")):
        envelope = squeeze(exchange.fields[member])
        if exchange.seen.setdefault(member, envelope) is envelope:
            _check_self_signed(envelope, tag)
        require(exchange.seen[member] == envelope, f"{member} has changed")


def _check_self_signed(envelope, tag):
    octets = unb64(envelope[1])
    try:
        payload = read_json(octets)
        require(list(payload) == [tag], f"payload is not a {tag}")
        check_members(tag, payload[tag], tag)
    except Unreadable as error:
        raise Fault(f"{tag}: {error}") from None
    profile = payload[tag]
    for name in ("KeyOfflineSignature", "KeyEncryption" if tag == "ProfileService" else
                 "KeyAuthentication"):
        require(name in profile, f"{tag} without {name}")
        parameters = profile[name]["PublicParameters"]["PublicKeyECDH"]
        public = unb64(parameters["Public"])
        require(len(public) == 57, f"{tag}.{name}: {len(public)} octets, not 57")
        require(key_udf(parameters["crv"], public) == profile[name]["UDF"],
                f"{tag}.{name}: wrong UDF")
    both = {**envelope[2], **envelope[0]}
    require(both.get("dig") == "SHA2", "dig is not SHA2")
    signature = both["signatures"][0]
    require(signature["kid"] == profile["KeyOfflineSignature"]["UDF"], f"{tag}: signed by another")
    require(verify_ed448(unb64(profile["KeyOfflineSignature"]["PublicParameters"]["PublicKeyECDH"]
                               ["Public"]), sha512(octets), unb64(signature["signature"])),
            f"{tag}: bad signature")


# Each needs what those before it have established.
CHECKS = (
    http_status_is_200,
    json_is_readable,
    class_is_the_one_expected,
    members_are_known,
    status_is_said,
    account_is_known,
    required_members_are_there,
    status_counts_frames,
    profile_is_what_was_registered,
    updates_answer_selections,
    frames_have_their_place,
    frames_are_what_was_uploaded,
    digests_are_right,
    entries_follow_the_request,
    answers_are_what_was_filed,
    acknowledgement_is_of_the_request,
    service_profile_can_be_used,
)


def check(exchange):
    """Runs every check. Returns the name and reason of the first fault, or None."""
    for one in CHECKS:
        try:
            one(exchange)
        except Fault as fault:
            return f"{one.__name__}: {fault}"
    return None
