"""The recorded conversations of the reference client, where they are at hand."""

import json
import sys

from cluster import shared_folder

SKIPPED = 77  # The exit code that ctest counts as skipped.
SERVED = ("Hello", "CreateAccount", "DeleteAccount", "Status", "Upload", "Download",
          "CreateGroup", "Connect", "Complete", "Publish", "Claim", "PollClaim", "Post",
          "Operate")

# Requests in each flow, and how many of them ask for a transaction of SERVED. Pinned,
# so that a flow that is read only in part cannot pass.
COUNTS = {
    "catalogs": (33, 33),
    "connect-direct": (18, 18),
    "connect-earl": (16, 16),
    "connect-pin": (29, 29),
    "contact": (27, 27),
    "create": (9, 9),
    "delete": (12, 12),
    "errors": (37, 27),
    "group": (33, 33),
    "hello": (2, 2),
    "publish": (15, 15),
    "sync": (22, 22),
}


class Recorded:
    """One line of a recording."""

    def __init__(self, line):
        values = json.loads(line)
        self.number = values["n"]
        self.flow = values["flow"]
        self.step = values["step"]
        self.transaction = values["transaction"]
        self.method = values["method"]
        self.path = values["path"]
        self.fields = values["request_headers"]
        self.body = (values["request"] or "").encode()
        self.account = self.fields.get("X-Mesh-Account")
        self.response = values.get("response") or ""

    @property
    def succeeded(self):
        """Whether the reference served it."""
        try:
            (fields,) = json.loads(self.response, strict=False).values()
            return 100 <= fields["Status"] < 300
        except (ValueError, KeyError):
            return False

    @property
    def request(self):
        """The request's members; {} when it is not an object of the transaction."""
        try:
            return json.loads(self.body, strict=False).get(self.transaction) or {}
        except (ValueError, AttributeError, RecursionError):
            return {}


def load():
    """All flows by name. Exits as skipped where there are no recordings."""
    shared = shared_folder()
    folder = shared / "transcripts" if shared else None
    if folder is None or not folder.is_dir():
        print("skipped: no recordings of the reference client (../shared/transcripts, or "
              "transcripts in the folder named by MESH_SHARED)")
        sys.exit(SKIPPED)
    flows = {}
    for name, (count, served) in COUNTS.items():
        text = (folder / f"{name}.jsonl").read_text()
        flow = [Recorded(line) for line in text.splitlines()]
        found = (len(flow), sum(one.transaction in SERVED for one in flow))
        if found != (count, served):
            sys.exit(f"{name}.jsonl: (requests, served) is {found}, not {(count, served)}")
        flows[name] = flow
    return flows
