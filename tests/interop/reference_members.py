"""What the reference client of July 2020 can read: members and types by class.

It consumes a reply by name; a member that is not in these tables, or a null, ends its
parse. A class names its parent first where it has one.
"""

INT, STRING, BINARY, DATE, BOOL = "integer", "string", "binary", "date", "boolean"


class Array:
    def __init__(self, item):
        self.item = item


class Tagged:
    """An object with one member, whose name is the class of its value."""

    def __init__(self, *classes):
        self.classes = classes


ENVELOPE = "envelope"

RESPONSE = {"Status": INT, "StatusExtended": INT, "StatusDescription": STRING, "ID": BINARY}
_KEY = Tagged("PublicKeyECDH", "PrivateKeyECDH")
_ASSERTION = {"Names": Array(STRING), "Updated": DATE, "NotaryToken": STRING,
              "Conditions": Array("Condition")}
_PROFILE = {**_ASSERTION, "KeyOfflineSignature": "KeyData", "KeysOnlineSignature": Array("KeyData")}
_CONSTRAINTS = {"MaxEntries": INT, "BytesOffset": INT, "BytesMax": INT, "Header": BOOL,
                "Payload": BOOL, "Trailer": BOOL}
_CREATE = {**RESPONSE, "Reason": STRING, "URL": STRING}
_UPLOAD = {**RESPONSE, "Entries": Array("EntryResponse"), "ConstraintsData": "ConstraintsData"}
_TRAILER = {"signatures": Array("Signature"), "SignedData": BINARY, "PayloadDigest": BINARY,
            "ChainDigest": BINARY, "TreeDigest": BINARY}
_JOSE_KEY = {"enc": STRING, "dig": STRING, "alg": STRING, "kid": STRING, "x5u": STRING,
             "x5c": STRING, "x5t": BINARY, "x5t#S256": BINARY, "Exportable": BOOL, "kty": STRING,
             "use": STRING, "key_ops": STRING, "k": BINARY}
_PUBLIC = {**_JOSE_KEY, "crv": STRING, "Public": BINARY}

CLASSES = {
    # Responses.
    "MeshHelloResponse": {**RESPONSE, "Version": "Version", "Alternates": Array("Version"),
                          "ConstraintsUpdate": "ConstraintsData",
                          "ConstraintsPost": "ConstraintsData", "PolicyAccount": "PolicyAccount",
                          "EnvelopedProfileService": ENVELOPE, "EnvelopedProfileHost": ENVELOPE},
    "CreateResponse": _CREATE,
    "CreateGroupResponse": _CREATE,
    "DeleteResponse": RESPONSE,
    "CompleteResponse": {**RESPONSE, "SignedResponse": ENVELOPE},
    "StatusResponse": {**RESPONSE, "EnvelopedProfileMaster": ENVELOPE,
                       "EnvelopedCatalogEntryDevice": ENVELOPE,
                       "ContainerStatus": Array("ContainerStatus")},
    "DownloadResponse": {**RESPONSE, "Updates": Array("ContainerUpdate")},
    "UploadResponse": _UPLOAD,
    "PublishResponse": RESPONSE,
    "PostResponse": _UPLOAD,
    "ConnectResponse": {**RESPONSE, "EnvelopedConnectionResponse": ENVELOPE,
                        "EnvelopedProfileMaster": ENVELOPE,
                        "EnvelopedAccountAssertion": ENVELOPE},
    "ClaimResponse": {**RESPONSE, "CatalogedPublication": "CatalogedPublication"},
    "PollClaimResponse": {**RESPONSE, "EnvelopedMessageClaim": ENVELOPE},
    "OperateResponse": {**RESPONSE, "Results": Array(Tagged("CryptographicResult",
                                                            "CryptographicResultKeyAgreement"))},
    "MeshResponse": RESPONSE,
    # Structures inside them.
    "Version": {"Major": INT, "Minor": INT, "Encodings": Array("Encoding"), "URI": Array(STRING)},
    "Encoding": {"ID": Array(STRING), "Dictionary": Array(STRING)},
    "ConstraintsData": _CONSTRAINTS,
    "PolicyAccount": {"Minimum": INT, "Maximum": INT, "InvalidCharacters": STRING},
    "ContainerStatus": {"Container": STRING, "Index": INT, "Digest": BINARY},
    "ContainerUpdate": {"Container": STRING, "Index": INT, "Digest": BINARY,
                        "Envelopes": Array(ENVELOPE)},
    "EntryResponse": {"IndexRequest": INT, "IndexContainer": INT, "Result": STRING,
                      "ConstraintsData": "ConstraintsData"},
    "CatalogedPublication": {"Labels": Array(STRING), "ID": STRING, "Authenticator": STRING,
                             "EnvelopedData": ENVELOPE, "NotOnOrAfter": DATE},
    "CryptographicResult": {"Error": STRING},
    "CryptographicResultKeyAgreement": {"Error": STRING, "KeyAgreement": Tagged("KeyAgreementECDH",
                                                                                "KeyAgreementDH")},
    "KeyAgreementECDH": {"Curve": STRING, "Result": BINARY},
    "KeyAgreementDH": {"Result": BINARY},
    # DARE.
    "Trailer": _TRAILER,
    "Header": {**_TRAILER, "EnvelopeID": STRING, "enc": STRING, "dig": STRING, "kid": STRING,
               "Salt": BINARY, "Malt": BINARY, "cloaked": BINARY, "Annotations": Array(BINARY),
               "recipients": Array("Recipient"), "ContentMetaData": BINARY,
               "ContainerInfo": "ContainerInfo", "ContainerIndex": "ContainerIndex",
               "Received": DATE},
    "ContainerInfo": {"DataEncoding": STRING, "ContainerType": STRING, "Index": INT,
                      "IsMeta": BOOL, "Default": BOOL, "TreePosition": INT, "IndexPosition": INT,
                      "ExchangePosition": INT},
    "ContainerIndex": {},
    "Signature": {"dig": STRING, "alg": STRING, "kid": STRING, "cert": STRING, "path": STRING,
                  "Manifest": BINARY, "signature": BINARY, "witness": BINARY},
    "Recipient": {"kid": STRING, "kwd": STRING, "epk": _KEY, "wmk": BINARY, "rkd": STRING},
    "PublicKeyECDH": _PUBLIC,
    "PrivateKeyECDH": {**_PUBLIC, "Private": BINARY},
    # Profiles that the service itself writes.
    "ProfileService": {**_PROFILE, "KeyEncryption": "KeyData", "KeyAuthentication": "KeyData"},
    "ProfileHost": {**_PROFILE, "KeyAuthentication": "KeyData"},
    "Condition": {},
    "KeyData": {"UDF": STRING, "X509Certificate": BINARY, "X509Chain": Array(BINARY),
                "X509CSR": BINARY, "NotBefore": DATE, "NotOnOrAfter": DATE,
                "PublicParameters": _KEY, "PrivateParameters": _KEY},
}

# Members that the client dereferences without a look when the request succeeded.
REQUIRED = {
    "StatusResponse": ["ContainerStatus"],
    "DownloadResponse": ["Updates"],
    "MeshHelloResponse": ["EnvelopedProfileService", "EnvelopedProfileHost", "Version"],
}

RESPONSE_CLASS = {
    "Hello": "MeshHelloResponse", "CreateAccount": "CreateResponse",
    "DeleteAccount": "DeleteResponse", "Complete": "CompleteResponse", "Status": "StatusResponse",
    "Download": "DownloadResponse", "Upload": "UploadResponse", "Publish": "PublishResponse",
    "Post": "PostResponse", "Connect": "ConnectResponse", "Claim": "ClaimResponse",
    "PollClaim": "PollClaimResponse", "CreateGroup": "CreateGroupResponse",
    "Operate": "OperateResponse",
}
