"""Keys, fingerprints and signed envelopes (page: "Keys")."""

import base64
import hashlib
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import x448
from .encoding import Malformed, octets_of

OID = {"X448": 111, "Ed448": 113}
# Everything secret that this process came to hold: tests look for it in logs.
HELD = []


class NotVerified(Exception):
    """A signature, a digest or a name that does not hold."""


def hold(secret):
    HELD.append(bytes(secret))
    return secret


def sha512(octets):
    return hashlib.sha512(octets).digest()


def trailing_zeros(digest):
    value = int.from_bytes(digest, "big")
    return (value & -value).bit_length() - 1 if value else 8 * len(digest)


def udf(curve, public):
    """The name of a public key."""
    info = der(0x30, der(0x30, bytes([6, 3, 43, 101, OID[curve], 5, 0])) +
               der(3, b"\0" + der(4, public)))
    digest = sha512(b"application/x509-keyinfo:" + sha512(info))
    first = 0x60 + sum(trailing_zeros(digest) >= zeros for zeros in (20, 30, 40, 50))
    text = base64.b32encode(bytes([first]) + digest)[:28].decode()
    return "-".join(text[at:at + 4] for at in range(0, 28, 4))


def der(tag, content):
    return bytes([tag, len(content)]) + content


class Key:
    """What both kinds of key have in common: a curve, public octets, a name."""

    curve = None

    @property
    def udf(self):
        return udf(self.curve, self.public)

    def parameters(self):
        return {"PublicKeyECDH": {"crv": self.curve, "Public": self.public}}

    def data(self):
        """KeyData."""
        return {"UDF": self.udf, "PublicParameters": self.parameters()}


class SigningKey(Key):
    curve = "Ed448"

    def __init__(self, seed=None):
        self.seed = hold(seed or os.urandom(57))
        self._key = Ed448PrivateKey.from_private_bytes(self.seed)
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, octets):
        return self._key.sign(octets)


class AgreementKey(Key):
    """An X448 key. A composite one is given as a scalar, which is not clamped."""

    curve = "X448"

    def __init__(self, seed=None, scalar=None):
        if scalar is None:
            scalar = x448.clamp(hold(seed or os.urandom(x448.KEY_BYTES)))
        self.scalar = scalar
        hold(scalar.to_bytes(x448.KEY_BYTES, "little"))
        self.public = x448.public(scalar)
        self.u = self.public[:-1]

    def agree(self, u):
        return x448.multiply(self.scalar, u)

    def plus(self, other):
        return AgreementKey(scalar=(self.scalar + other.scalar) % x448.ORDER)


class PublicKey(Key):
    """A key as somebody's KeyData shows it, its name checked."""

    def __init__(self, data):
        if list(data["PublicParameters"]) != ["PublicKeyECDH"]:
            raise Malformed("PublicParameters")
        parameters = data["PublicParameters"]["PublicKeyECDH"]
        self.curve = parameters["crv"]
        self.public = octets_of(parameters["Public"])
        if self.curve not in OID or len(self.public) != 57:
            raise Malformed("a key that is neither Ed448 nor X448")
        if data["UDF"] != self.udf:
            raise NotVerified(f"{data['UDF']} is not the name of this key")

    @property
    def u(self):
        """Of an X448 key that may be used, 56 octets."""
        u, last = self.public[:-1], self.public[-1]
        if self.curve != "X448" or last not in (0, 0x80) or not x448.canonical(u):
            raise NotVerified("not a canonical X448 key")
        if u in x448.LOW_ORDER:
            raise NotVerified("an X448 key of low order")
        return u

    def verify(self, signature, octets):
        try:
            Ed448PublicKey.from_public_bytes(self.public).verify(signature, octets)
        except (InvalidSignature, ValueError):
            raise NotVerified(f"not signed by {self.udf}") from None


# --- Signed envelopes ----------------------------------------------------------------


def signed(payload, key):
    """A signed envelope."""
    digest = sha512(payload)
    return [{"dig": "S512"}, payload, {
        "signatures": [{"alg": "S512", "kid": key.udf, "signature": key.sign(digest)}],
        "PayloadDigest": digest}]


def verified(envelope, key):
    """The payload of an envelope that `key` signed."""
    if not isinstance(envelope, list) or len(envelope) != 3:
        raise Malformed("expected header, payload and trailer")
    payload, trailer = octets_of(envelope[1]), envelope[2]
    digest = sha512(payload)
    if octets_of(trailer["PayloadDigest"]) != digest:
        raise NotVerified("PayloadDigest")
    for signature in trailer["signatures"]:
        if signature["kid"] == key.udf:
            key.verify(octets_of(signature["signature"]), digest)
            return payload
    raise NotVerified(f"no signature of {key.udf}")
