"""What a correct service would hold after the uploads it has acknowledged."""

import json

from dare import unb64
from renewal import envelope_id

SPOOLS = ("mmm_Inbound", "mmm_Outbound", "mmm_Local")
# The stores that the client asks for by name and never finds in a Status.
UNLISTED = ("mmm_Network", "mmm_Publication", "mmm_Archive")


def squeeze(value):
    """A JSON value with white space taken out of its strings: the client folds
    base64, and may be sent it unfolded."""
    if isinstance(value, str):
        return "".join(value.split())
    if isinstance(value, list):
        return [squeeze(item) for item in value]
    if isinstance(value, dict):
        return {name: squeeze(item) for name, item in value.items()}
    return value


class Frame:
    """One entry as it was uploaded; `server_made` for a frame zero of the service."""

    KEPT = ("EnvelopeID", "enc", "dig", "Salt", "cloaked", "Annotations", "recipients",
            "ContentMetaData", "signatures")

    def __init__(self, envelope=None):
        self.server_made = envelope is None
        header, body, trailer = (list(envelope or [{}, ""]) + [{}])[:3]
        self.body = unb64(body)
        both = {**squeeze(trailer), **squeeze(header)}
        self.kept = {name: both[name] for name in self.KEPT if name in both}
        self.digest = both.get("PayloadDigest")


class Account:
    def __init__(self, profile_mesh):
        self.profile_mesh = squeeze(profile_mesh)
        self.containers = {name: [Frame()] for name in SPOOLS}
        self.publications = {}  # By ID.

    def append(self, container, envelopes):
        frames = self.containers.setdefault(container, [])
        first = envelopes[0][0].get("ContainerInfo", {}).get("Index")
        if first == 0 and len(frames) <= 1:
            frames.clear()  # The client brings its own frame zero.
        elif not frames:
            frames.append(Frame())
        frames.extend(Frame(envelope) for envelope in envelopes)

    def message(self, container, name):
        """The newest frame of a spool with the EnvelopeID of `name`; None: there is none."""
        wanted = envelope_id(name)
        frames = [f for f in self.containers[container] if f.kept.get("EnvelopeID") == wanted]
        return frames[-1] if frames else None


def payload_of(envelope):
    """The members of the message in an envelope."""
    (fields,) = json.loads(unb64(envelope[1]), strict=False).values()
    return fields


class Service:
    """Accounts by address. apply() takes what was asked and acknowledged."""

    def __init__(self):
        self.accounts = {}

    def concerned(self, transaction, request, account):
        """The Account that a request acts on, whoever asks; None: there is none."""
        if transaction == "Complete":
            account = request.get("AccountAddress")
        elif transaction == "PollClaim":
            account = request.get("TargetAccountAddress")
        elif transaction == "Claim" and len(request.get("EnvelopedMessageClaim", [])) > 1:
            account = payload_of(request["EnvelopedMessageClaim"])["Recipient"]
        return self.accounts.get(account)

    def apply(self, transaction, request, account, fields):
        """`fields`: the members of the reply."""
        apply = getattr(self, "_" + transaction.lower(), None)
        if apply:
            apply(request, account, fields)

    def _createaccount(self, request, _account, _fields):
        self.accounts[request["AccountAddress"]] = Account(request["SignedProfileMesh"])

    def _creategroup(self, request, _account, _fields):  # It has no ProfileMesh to show.
        self.accounts[request["AccountAddress"]] = Account(None)

    def _deleteaccount(self, _request, account, _fields):
        self.accounts.pop(account, None)

    def _upload(self, request, account, _fields):
        held = self.accounts[account]
        for envelope in request.get("Self", []):
            held.append("mmm_Inbound", [envelope])
        for update in request["Updates"]:
            if update["Envelopes"]:
                held.append(update["Container"], update["Envelopes"])

    def _publish(self, request, account, _fields):
        for publication in request["Publications"]:
            self.accounts[account].publications[publication["ID"]] = squeeze(publication)

    def _connect(self, request, _account, fields):
        address = payload_of(request["MessageConnectionRequestClient"])["AccountAddress"]
        self.accounts[address].append("mmm_Inbound", [fields["EnvelopedConnectionResponse"]])

    def _claim(self, request, _account, _fields):
        header, *rest = request["EnvelopedMessageClaim"]
        claim = payload_of([header, *rest])
        filed = [{**header, "EnvelopeID": envelope_id(claim["PublicationId"])}, *rest]
        self.accounts[claim["Recipient"]].append("mmm_Local", [filed])

    def _post(self, request, account, _fields):
        for envelope in request.get("Self", []):
            self.accounts[account].append("mmm_Local", [envelope])
        for envelope in request.get("Message", []):
            if "Accounts" not in request:
                self.accounts[account].append("mmm_Local", [envelope])
            for recipient in request.get("Accounts", []):
                self.accounts[recipient].append("mmm_Inbound", [envelope])
