"""The envelope of a request and of a reply, and the seals in it (page: "The envelope of
a request", "Exchange", "Tickets", "Replies that are not sealed")."""

import os
import time
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from . import noise
from .encoding import JSON, Malformed, octets_of, split_array
from .keys import NotVerified, hold, sha512

REQUEST_ID_BYTES = 16
SALT_BYTES = 32
MASTER_KEY_BYTES = 32


class Unsealed(Exception):
    """An error that nobody vouches for: its Status and name."""

    def __init__(self, message):
        self.tag, fields = next(iter(message.items()))
        self.status = fields["Status"]
        self.description = fields.get("StatusDescription", "")
        self.name = self.description.split(":")[0]
        super().__init__(f"{self.status} {self.description}")


class Attack(Exception):
    """What an honest service never sends."""


def counted(octets):
    """B(x)."""
    return len(octets).to_bytes(4, "big") + octets


def binding(mode, service_udf, encoding, header):
    parts = (b"MeshService", b"1", mode.encode(), service_udf.encode(),
             encoding.media_type.encode(), header)
    return b"".join(map(counted, parts))


# --- Sealed texts ----------------------------------------------------------------------


@dataclass(frozen=True)
class SealedText:
    request_id: bytes
    time: int  # Milliseconds since 1970.
    extra: bytes
    message: bytes

    def octets(self):
        return (self.request_id + self.time.to_bytes(8, "big") + counted(self.extra) +
                self.message)


def read_sealed_text(octets):
    end = REQUEST_ID_BYTES + 12 + int.from_bytes(octets[24:28], "big")
    if len(octets) < end:
        raise Malformed("a sealed text is too short")
    return SealedText(octets[:16], int.from_bytes(octets[16:24], "big"), octets[28:end],
                      octets[end:])


def now():
    return int(time.time() * 1000)


def sealed_text(encoding, message, extra=None, request_id=None, at=None):
    """Of trees. `extra` None or empty is nothing."""
    return SealedText(request_id or os.urandom(REQUEST_ID_BYTES), now() if at is None else at,
                      encoding.write(extra) if extra else b"", encoding.write(message))


def administrator_digest(service_udf, account, text):
    """What an administrator signs of the request that is `text`."""
    return sha512(counted(b"MeshAdministrator") + counted(service_udf.encode()) +
                  counted(account.encode()) + text.request_id + text.time.to_bytes(8, "big") +
                  sha512(text.message))


def administrator(key, service_udf, account, text):
    """The member Administrator of `extra`, for the request that is `text`."""
    digest = administrator_digest(service_udf, account, text)
    return {"Administrator": {"PublicParameters": key.parameters(), "Signature": key.sign(digest)}}


def with_extra(text, encoding, extra):
    return replace(text, extra=encoding.write(extra) if extra else b"")


# --- Envelopes -------------------------------------------------------------------------


def envelope(encoding, header, payload):
    """The body: `header` is octets already, for they are bound."""
    return b"[" + header + b"," + encoding.write(payload) + b"]"


@dataclass(frozen=True)
class Received:
    header: dict
    header_octets: bytes
    payload: bytes


def read_envelope(encoding, body):
    elements = split_array(body, binary=encoding is not JSON)
    if len(elements) not in (2, 3) or (len(elements) == 3 and elements[2][0] != {}):
        raise Malformed("expected header and payload")
    (header, octets), (payload, _) = elements[:2]
    if not isinstance(header, dict) or header.get("Version") != 1:
        raise Malformed("expected Version 1")
    return Received(header, octets, octets_of(payload))


def read_reply(encoding, mode, body):
    """The envelope of a reply that must be in `mode`. Unsealed for an error that is not."""
    if body.lstrip()[:1] == b"{":
        refuse_unsealed(JSON.read(body))
    received = read_envelope(encoding, body)
    found = received.header.get("Mode", "Null")
    if found == "Null":
        refuse_unsealed(JSON.read(received.payload))
    if found != mode:
        raise Attack(f"a reply in mode {found} to a request in mode {mode}")
    return received


def refuse_unsealed(message):
    error = Unsealed(message)
    if error.status < 400:
        raise Attack(f"a success that is not sealed: {error}")
    raise error


def null_request(encoding, message):
    header = encoding.write({"Version": 1, "Mode": "Null"})
    return envelope(encoding, header, JSON.write(message))


# --- Exchange --------------------------------------------------------------------------


class Exchange:
    """One Noise handshake: a request and its reply."""

    def __init__(self, identity, encoding, mode, static):
        self.encoding = encoding
        self.mode = mode
        self.header = encoding.write({"Version": 1, "Mode": mode, "kid": identity.host_key.udf})
        self.prologue = binding(mode, identity.service_udf, encoding, self.header)
        self.initiator = noise.Initiator(self.prologue, static, identity.host_key.u)
        self.request_id = None

    def seal(self, text, ephemeral=None):
        self.request_id = text.request_id
        message = self.initiator.write(text.octets(), ephemeral)
        return envelope(self.encoding, self.header, message)

    def open(self, body):
        received = read_reply(self.encoding, self.mode, body)
        return check_reply(self, self.initiator.read(received.payload))


def check_reply(request, octets):
    text = read_sealed_text(octets)
    if text.request_id != request.request_id:
        raise NotVerified("a reply to another request")
    return text


# --- Tickets ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Ticket:
    """What an exchange gave."""

    octets: bytes
    master_key: bytes
    not_on_or_after: str


def read_ticket(encoding, extra):
    """The ticket in a reply's extra, or None."""
    if not extra:
        return None
    members = encoding.read(extra)
    if "Ticket" not in members:
        return None
    key = hold(octets_of(members["MasterKey"]))
    if len(key) != MASTER_KEY_BYTES:
        raise Malformed("MasterKey")
    return Ticket(hold(octets_of(members["Ticket"])), key, members["NotOnOrAfter"])


def ticket_keys(master_key, salt, info):
    """Key and iv of one direction of one request."""
    octets = HKDF(hashes.SHA512(), 44, salt, info).derive(master_key)
    return octets[:32], octets[32:]


class Ticketed:
    """A request under a ticket, and its reply."""

    def __init__(self, identity, encoding, ticket, salt=None):
        self.encoding = encoding
        self.service_udf = identity.service_udf
        self.ticket = ticket
        self.salt = salt or os.urandom(SALT_BYTES)
        self.header = encoding.write({"Version": 1, "Mode": "Ticket", "Ticket": ticket.octets,
                                      "Salt": self.salt})
        self.request_id = None

    def binding(self, header):
        return binding("Ticket", self.service_udf, self.encoding, header)

    def seal(self, text):
        self.request_id = text.request_id
        key, iv = ticket_keys(self.ticket.master_key, self.salt, b"ClientToServerEncrypt")
        sealed = AESGCM(key).encrypt(iv, text.octets(), self.binding(self.header))
        return envelope(self.encoding, self.header, sealed)

    def open(self, body):
        received = read_reply(self.encoding, "Ticket", body)
        salt = octets_of(received.header["Salt"])
        if len(salt) != SALT_BYTES:
            raise Malformed("Salt")
        key, iv = ticket_keys(self.ticket.master_key, self.salt + salt, b"ServerToClientEncrypt")
        try:
            octets = AESGCM(key).decrypt(iv, received.payload,
                                         self.binding(received.header_octets))
        except (InvalidTag, ValueError):
            raise NotVerified("a reply does not open") from None
        return check_reply(self, octets)
