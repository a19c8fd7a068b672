"""Noise_IK_448_AESGCM_SHA512 (Noise Protocol Framework, revision 34), both sides."""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import x448
from .keys import AgreementKey, NotVerified, sha512

NAME = b"Noise_IK_448_AESGCM_SHA512"
MESSAGE_BYTES_MAX = 65535
HASH_BYTES = 64
TAG_BYTES = 16


def mac(key, octets):
    return hmac.digest(key, octets, "sha512")


def hkdf(chaining_key, material):
    """Noise's HKDF with two outputs."""
    secret = mac(chaining_key, material)
    first = mac(secret, b"\1")
    return first, mac(secret, first + b"\2")


class Symmetric:
    """SymmetricState and its CipherState."""

    def __init__(self, prologue):
        self.hash = NAME.ljust(HASH_BYTES, b"\0")
        self.chaining_key = self.hash
        self.key = None
        self.count = 0
        self.mix_hash(prologue)

    def mix_hash(self, octets):
        self.hash = sha512(self.hash + octets)

    def mix_key(self, material):
        if material == bytes(len(material)):
            raise NotVerified("a key agreement gave zero")
        self.chaining_key, key = hkdf(self.chaining_key, material)
        self.key = key[:32]
        self.count = 0

    def nonce(self):
        self.count += 1
        return bytes(4) + (self.count - 1).to_bytes(8, "big")

    def encrypt(self, plain):
        sealed = AESGCM(self.key).encrypt(self.nonce(), plain, self.hash)
        self.mix_hash(sealed)
        return sealed

    def decrypt(self, sealed):
        try:
            plain = AESGCM(self.key).decrypt(self.nonce(), sealed, self.hash)
        except (InvalidTag, ValueError):
            raise NotVerified("a Noise message does not open") from None
        self.mix_hash(sealed)
        return plain

    def split(self):
        """The two keys for what would follow the handshake: only vectors use them."""
        first, second = hkdf(self.chaining_key, b"")
        return first[:32], second[:32]


def check(u):
    if not x448.canonical(u):
        raise NotVerified("u is not canonical")
    return u


class Initiator:
    def __init__(self, prologue, static, responder):
        self.state = Symmetric(prologue)
        self.static = static
        self.responder = check(responder)
        self.ephemeral = None
        self.state.mix_hash(responder)

    def write(self, payload, ephemeral=None):
        """Message 1: e, es, s, ss."""
        self.ephemeral = AgreementKey(ephemeral or os.urandom(x448.KEY_BYTES))
        self.state.mix_hash(self.ephemeral.u)
        self.state.mix_key(self.ephemeral.agree(self.responder))
        static = self.state.encrypt(self.static.u)
        self.state.mix_key(self.static.agree(self.responder))
        message = self.ephemeral.u + static + self.state.encrypt(payload)
        if len(message) > MESSAGE_BYTES_MAX:
            raise ValueError("too long for a Noise message; use a ticket")
        return message

    def read(self, message):
        """The payload of message 2: e, ee, se."""
        ephemeral, sealed = check(message[:x448.KEY_BYTES]), message[x448.KEY_BYTES:]
        self.state.mix_hash(ephemeral)
        self.state.mix_key(self.ephemeral.agree(ephemeral))
        self.state.mix_key(self.static.agree(ephemeral))
        return self.state.decrypt(sealed)


class Responder:
    """The service's side: for the vectors, for the example, and for a service that lies."""

    def __init__(self, prologue, static):
        self.state = Symmetric(prologue)
        self.static = static
        self.initiator = None
        self.initiator_ephemeral = None
        self.state.mix_hash(static.u)

    def read(self, message):
        sealed_static = x448.KEY_BYTES + TAG_BYTES
        self.initiator_ephemeral = check(message[:x448.KEY_BYTES])
        rest = message[x448.KEY_BYTES:]
        self.state.mix_hash(self.initiator_ephemeral)
        self.state.mix_key(self.static.agree(self.initiator_ephemeral))
        self.initiator = check(self.state.decrypt(rest[:sealed_static]))
        self.state.mix_key(self.static.agree(self.initiator))
        return self.state.decrypt(rest[sealed_static:])

    def write(self, payload, ephemeral=None):
        key = AgreementKey(ephemeral or os.urandom(x448.KEY_BYTES))
        self.state.mix_hash(key.u)
        self.state.mix_key(key.agree(self.initiator_ephemeral))
        self.state.mix_key(key.agree(self.initiator))
        return key.u + self.state.encrypt(payload)
