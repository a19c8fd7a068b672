"""Enough of DARE and of Mesh profiles to make requests without the code under test.

Ed448 comes from the openssl program: a signature costs a process, so this is for
tests that need a few accounts and not thousands.
"""

import base64
import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path

OID = {"Ed448": 0x71, "X448": 0x6F}


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text):
    """Octets of base64url, white space ignored. ValueError for anything else."""
    text = "".join(text.split())
    if re.search(r"[^A-Za-z0-9_-]", text) or len(text) % 4 == 1:
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha512(octets):
    return hashlib.sha512(octets).digest()


def udf(octets, content_type):
    """The 28-character content digest of a UDF with SHA-2-512."""
    digest = sha512(content_type.encode() + b":" + sha512(octets))
    text = base64.b32encode(b"\x60" + digest)[:28].decode()
    return "-".join(text[i:i + 4] for i in range(0, 28, 4))


def key_udf(curve, public):
    """The fingerprint of a public key, over the key information the Mesh uses."""
    algorithm = bytes([0x30, 7, 6, 3, 0x2B, 0x65, OID[curve], 5, 0])
    key = bytes([3, len(public) + 3, 0, 4, len(public)]) + public
    body = algorithm + key
    return udf(bytes([0x30, len(body)]) + body, "application/x509-keyinfo")


def _openssl(*arguments, octets=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=octets, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


class Key:
    """A private key in a file, with its public octets as the Mesh writes them."""

    def __init__(self, curve, folder, name):
        self.curve = curve
        self.path = Path(folder) / f"{name}.pem"
        _openssl("genpkey", "-algorithm", curve, "-out", self.path)
        der = _openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        # An X448 key travels with the parity of v in a 57th octet; both values are
        # well formed, and nobody who only agrees on keys needs the right one.
        self.public = der[-57:] if curve == "Ed448" else der[-56:] + b"\0"
        self.udf = key_udf(curve, self.public)

    def data(self):
        """KeyData, as profiles hold it."""
        return {"UDF": self.udf, "PublicParameters": {
            "PublicKeyECDH": {"crv": self.curve, "Public": b64(self.public)}}}

    def sign(self, octets):
        with tempfile.NamedTemporaryFile() as source:
            source.write(octets)
            source.flush()
            return _openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", source.name)


def verify_ed448(public, octets, signature):
    der = bytes.fromhex("3043300506032b6571033a00") + public
    pem = ("-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(der).decode() +
           "-----END PUBLIC KEY-----\n")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "key").write_text(pem)
        (folder / "message").write_bytes(octets)
        (folder / "signature").write_bytes(signature)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", folder / "key", "-in",
             folder / "message", "-sigfile", folder / "signature"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def signed(payload, key):
    """A signed envelope: Ed448 over the SHA-2-512 of the payload."""
    octets = json.dumps(payload).encode()
    digest = sha512(octets)
    return [{"dig": "SHA2"}, b64(octets), {
        "signatures": [{"alg": "SHA2", "kid": key.udf, "signature": b64(key.sign(digest))}],
        "PayloadDigest": b64(digest)}]


class Person:
    """Someone with a ProfileMesh, who can make accounts. Keys live in `folder`."""

    def __init__(self, folder, name="person"):
        self.folder = folder
        self.name = name
        self.offline = Key("Ed448", folder, f"{name}-offline")
        self.online = Key("Ed448", folder, f"{name}-online")
        self.encryption = Key("X448", folder, f"{name}-encryption")
        self.profile = signed({"ProfileMesh": {
            "KeyOfflineSignature": self.offline.data(),
            "KeysOnlineSignature": [self.online.data()],
            "KeyEncryption": self.encryption.data()}}, self.offline)

    def account_profile(self, address, signer=None):
        """A ProfileAccount for `address`, signed by this person's administration key."""
        return signed({"ProfileAccount": {
            "KeyOfflineSignature": self.offline.data(),
            "KeysOnlineSignature": [self.online.data()],
            "AccountAddresses": [address],
            "MeshProfileUDF": self.offline.udf,
            "KeyEncryption": self.encryption.data(),
            "KeyAuthentication": self.encryption.data()}}, signer or self.online)

    def create_request(self, address):
        return {"CreateAccount": {"AccountAddress": address, "SignedProfileMesh": self.profile,
                                  "SignedAssertionAccount": self.account_profile(address)}}


def catalog_entry(unique_id, payload, event="New", index=None):
    """An envelope for a catalog, as a client uploads it."""
    meta = json.dumps({"UniqueID": unique_id, "Event": event}).encode()
    header = {"ContentMetaData": b64(meta)}
    if index is not None:
        header["ContainerInfo"] = {"Index": index}
    return [header, b64(payload), {"PayloadDigest": b64(sha512(payload))}]


def upload(container, *envelopes, **fields):
    return {"Upload": {"Updates": [{"Container": container, **fields,
                                    "Envelopes": list(envelopes)}]}}
