"""What a correct service would hold after the uploads it has acknowledged."""

from dare import unb64

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

    def append(self, container, envelopes):
        frames = self.containers.setdefault(container, [])
        first = envelopes[0][0].get("ContainerInfo", {}).get("Index")
        if first == 0 and len(frames) <= 1:
            frames.clear()  # The client brings its own frame zero.
        elif not frames:
            frames.append(Frame())
        frames.extend(Frame(envelope) for envelope in envelopes)


class Service:
    """Accounts by address. apply() takes what was asked and acknowledged."""

    def __init__(self):
        self.accounts = {}

    def apply(self, transaction, request, account):
        if transaction == "CreateAccount":
            self.accounts[request["AccountAddress"]] = Account(request["SignedProfileMesh"])
        elif transaction == "CreateGroup":  # It has no ProfileMesh to show.
            self.accounts[request["AccountAddress"]] = Account(None)
        elif transaction == "DeleteAccount":
            self.accounts.pop(account, None)
        elif transaction == "Post":
            for envelope in request.get("Message", []):
                for address in request.get("Accounts", []):
                    self.accounts[address].append("mmm_Inbound", [envelope])
                if "Accounts" not in request:
                    self.accounts[account].append("mmm_Local", [envelope])
            for envelope in request.get("Self", []):
                self.accounts[account].append("mmm_Local", [envelope])
        elif transaction == "Upload":
            held = self.accounts[account]
            for envelope in request.get("Self", []):
                held.append("mmm_Inbound", [envelope])
            for update in request["Updates"]:
                if update["Envelopes"]:
                    held.append(update["Container"], update["Envelopes"])
