"""Makes the section "A worked exchange" of docs/AUTHENTICATION.md: a Hello in mode
Device and a Status under the ticket that it gave, from fixed keys and fixed randomness.

    python3 -m stranger --worked-example
"""

import textwrap

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .encoding import JSON
from .keys import AgreementKey, SigningKey
from .noise import Responder
from .people import Device
from .service import ServiceIdentity
from .wire import (Exchange, SealedText, Ticket, Ticketed, administrator_digest, binding, envelope,
                   read_envelope, read_sealed_text, ticket_keys)

TITLE = "## A worked exchange"
HEX_COLUMNS = 72
NAME_COLUMNS = 25
# From 2026-11-26T11:00:00Z on.
TIME = 1795690800000


def pattern(first, count):
    return bytes((first + n) % 256 for n in range(count))


class Page:
    """Lines of the section; values under their names, as the tests read them."""

    def __init__(self):
        self.lines = [TITLE, ""]

    def say(self, text):
        self.lines += [*textwrap.wrap(" ".join(text.split()), 95, break_on_hyphens=False), ""]

    def values(self, **named):
        for name, value in named.items():
            self.value(name.replace("_", " "), value)
        self.lines.append("")

    def value(self, name, value):
        """Octets in hexadecimal, text as it is; both wrapped without a mark."""
        text = value.hex() if isinstance(value, bytes) else value
        columns = HEX_COLUMNS if isinstance(value, bytes) else HEX_COLUMNS + 1
        parts = [text[at:at + columns] for at in range(0, len(text), columns)] or ["(nothing)"]
        assert not any(part != part.strip() for part in parts), f"{name} breaks at a space"
        for part in parts:
            self.lines.append(f"    {name:<{NAME_COLUMNS}}{part}")
            name = ""

    def text(self):
        return "\n".join(self.lines).rstrip("\n") + "\n"


class Parties:
    """The keys that the example is about."""

    def __init__(self):
        self.service = SigningKey(pattern(0x00, 57))
        self.host = AgreementKey(pattern(0x40, 56))
        self.device = Device(SigningKey(pattern(0x80, 57)), AgreementKey(pattern(0xC0, 56)),
                             AgreementKey(pattern(0x08, 56)))
        self.identity = ServiceIdentity(self.service.udf, PublicHost(self.host), None)


class PublicHost:
    """The host's key as a client knows it."""

    def __init__(self, key):
        self.udf, self.u = key.udf, key.u


def section():
    page, parties = Page(), Parties()
    page.say("""Values are in hexadecimal but where they are plainly text; what does not fit on a line goes
        on in the next. Keys and what is random were chosen, everything else follows from them, and tests
        of both clients compute it again.""")
    show_keys(page, parties)
    page.say("A Hello in mode Device, in JSON. What is sealed:")
    exchange, text = first_request(page, parties)
    ticket = first_reply(page, parties, exchange, text)
    page.say("A Status under this ticket:")
    request, text = second_request(page, parties, ticket)
    second_reply(page, parties, request, text)
    show_administrator(page, parties, text)
    return page.text()


def show_keys(page, parties):
    device = parties.device
    page.values(service_seed=parties.service.seed, service_UDF=parties.service.udf,
                host_seed=pattern(0x40, 56), host_public=parties.host.public,
                host_UDF=parties.host.udf)
    page.values(device_signature_seed=device.offline.seed,
                device_encryption_seed=pattern(0xC0, 56),
                device_seed=pattern(0x08, 56), device_public=device.authentication.public,
                device_UDF=device.authentication.udf)


def first_request(page, parties):
    exchange = Exchange(parties.identity, JSON, "Device", parties.device.authentication)
    extra = JSON.write({"EnvelopedProfileDevice": parties.device.profile})
    text = SealedText(pattern(0xA0, 16), TIME, extra, b'{"Hello":{}}')
    page.values(request_RequestID=text.request_id, request_Time=text.time.to_bytes(8, "big"),
                request_extra=extra.decode(), request_message=text.message.decode())
    body = exchange.seal(text, pattern(0xB0, 56))
    message = read_envelope(JSON, body).payload
    page.say("The header, the prologue made of it, and Noise's message 1, which is the payload:")
    page.values(request_header=exchange.header.decode(), prologue=exchange.prologue,
                ephemeral_seed=pattern(0xB0, 56), e=message[:56], encrypted_s=message[56:128],
                encrypted_text=message[128:])
    return exchange, (text, message)


def first_reply(page, parties, exchange, sent):
    text, message = sent
    responder = Responder(exchange.prologue, parties.host)
    assert responder.read(message) == text.octets()
    ticket = Ticket(b"opaque to the client", pattern(0xD0, 32), "2026-11-26T12:00:00Z")
    extra = JSON.write({"Ticket": ticket.octets, "MasterKey": ticket.master_key,
                        "NotOnOrAfter": ticket.not_on_or_after})
    answer = SealedText(text.request_id, TIME + 5, extra, b'{"MeshHelloResponse":{"Status":201}}')
    sealed = responder.write(answer.octets(), pattern(0xE0, 56))
    header = JSON.write({"Version": 1, "Mode": "Device"})
    assert read_sealed_text(answer.octets()) == exchange.open(envelope(JSON, header, sealed))
    page.say("""The reply (a real one says more about the service), in the envelope of mode Device as
        message 2:""")
    page.values(reply_Time=answer.time.to_bytes(8, "big"), reply_extra=extra.decode(),
                reply_message=answer.message.decode(), reply_header=header.decode(),
                reply_ephemeral_seed=pattern(0xE0, 56), reply_e=sealed[:56],
                reply_encrypted_text=sealed[56:])
    page.values(ticket=ticket.octets, master_key=ticket.master_key)
    return ticket


def second_request(page, parties, ticket):
    request = Ticketed(parties.identity, JSON, ticket, pattern(0x60, 32))
    text = SealedText(pattern(0x90, 16), TIME + 1000, b"", b'{"Status":{}}')
    body = request.seal(text)
    key, iv = ticket_keys(ticket.master_key, request.salt, b"ClientToServerEncrypt")
    page.values(status_RequestID=text.request_id, status_Time=text.time.to_bytes(8, "big"),
                status_message=text.message.decode(), status_sealed_text=text.octets(),
                status_Salt=request.salt, status_header=request.header.decode(),
                status_binding=request.binding(request.header), status_key=key, status_iv=iv,
                status_payload=read_envelope(JSON, body).payload, status_body=body.decode())
    return request, text


def second_reply(page, parties, request, text):
    salt = pattern(0x30, 32)
    answer = SealedText(text.request_id, TIME + 1003, b"",
                        b'{"StatusResponse":{"Status":201,"ContainerStatus":[]}}')
    header = JSON.write({"Version": 1, "Mode": "Ticket", "Salt": salt})
    bound = binding("Ticket", parties.service.udf, JSON, header)
    key, iv = ticket_keys(request.ticket.master_key, request.salt + salt,
                          b"ServerToClientEncrypt")
    payload = AESGCM(key).encrypt(iv, answer.octets(), bound)
    body = envelope(JSON, header, payload)
    assert request.open(body) == answer
    page.say("And its reply:")
    page.values(answer_Time=answer.time.to_bytes(8, "big"), answer_message=answer.message.decode(),
                answer_sealed_text=answer.octets(), answer_Salt=salt,
                answer_header=header.decode(), answer_binding=bound, answer_key=key, answer_iv=iv,
                answer_payload=payload, answer_body=body.decode())


def show_administrator(page, parties, text):
    key = SigningKey(pattern(0x50, 57))
    digest = administrator_digest(parties.service.udf, "alice@example.com", text)
    page.say("What an administrator of alice@example.com would sign for this Status, and the signature:")
    page.values(administrator_seed=key.seed, administrator_public=key.public,
                administrator_digest=digest, administrator_signature=key.sign(digest))
