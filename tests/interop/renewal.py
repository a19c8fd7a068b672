"""Recorded requests name what the service chose at random: a reply to Connect has another
witness each time, and what the client derives from it must follow (the transcripts say which).

Each name of the recording is replaced by ours wherever it stands: in texts, and in what
base64url hides in them."""

import base64
import datetime
import hashlib
import json
import re

from dare import b64, unb64

EDS = b"application/udf-encryption:"
SHA3_FIRST_OCTET = 0x50
END = re.compile(rb'"NotOnOrAfter": "[^"]*"')


def _text(octets, characters):
    encoded = base64.b32encode(octets).decode()[:characters]
    return "-".join(encoded[i:i + 4] for i in range(0, characters, 4))


def envelope_id(name):
    """The EnvelopeID of the message with this MessageID."""
    return _text(b"\x60" + hashlib.sha512(EDS + name.encode()).digest(), 56)


def response_id(name):
    """The MessageID of the answer to it."""
    letters = name.replace("-", "")
    first = base64.b32decode(letters + "=" * (-len(letters) % 8))[0]
    if first == SHA3_FIRST_OCTET:
        return _text(b"\x50" + hashlib.sha3_512(EDS + name.encode()).digest(), 26)
    return _text(b"\x60" + hashlib.sha512(EDS + name.encode()).digest(), 26)


def names_of(witness):
    """What is derived from a witness, longest first: an EnvelopeID begins as a ResponseID."""
    answer = response_id(witness)
    return [envelope_id(answer), envelope_id(witness), answer, witness]


def witness_of(response):
    """The witness in a reply to Connect; None in a refusal."""
    fields = json.loads(response, strict=False)["ConnectResponse"]
    if "EnvelopedConnectionResponse" not in fields:
        return None
    payload = unb64(fields["EnvelopedConnectionResponse"][1])
    return json.loads(payload, strict=False)["AcknowledgeConnection"]["Witness"]


class Renewal:
    def __init__(self):
        self.names = {}  # Of the recording to ours.
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
        self.until = end.strftime('"NotOnOrAfter": "%Y-%m-%dT%H:%M:%SZ"').encode()

    def learn(self, recorded, ours):
        """Two replies to the same Connect."""
        old, new = witness_of(recorded), witness_of(ours)
        if old and new:
            self.names.update(zip(names_of(old), names_of(new)))

    def apply(self, transaction, body):
        """The request's octets with our names; as they were where nothing is to be renewed. What
        was published for a day is published for a day from now."""
        if transaction == "Publish":
            body = END.sub(self.until, body)
        if not self.names:
            return body
        request = json.loads(body, strict=False)
        renewed = self._value(request)
        return body if renewed == request else json.dumps(renewed).encode()

    def _value(self, value):
        if isinstance(value, dict):
            return {name: self._value(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._value(item) for item in value]
        return self._string(value) if isinstance(value, str) else value

    def _string(self, text):
        for old, new in self.names.items():
            if text == old:
                return new
        try:
            hidden = unb64(text).decode()
        except (ValueError, UnicodeDecodeError):
            return text
        renewed = hidden
        for old, new in self.names.items():
            renewed = renewed.replace(old, new)
        return text if renewed == hidden else b64(renewed.encode())
