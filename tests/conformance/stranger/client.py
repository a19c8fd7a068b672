"""A client that keeps itself going: exchanges, tickets, retries (page: "Tickets",
"Replies that are not sealed", "Time, replays, retries")."""

import http.client
import os
import socket
import ssl
from dataclasses import dataclass

from .encoding import JSON
from .service import verify_hello
from .wire import (REQUEST_ID_BYTES, Exchange, Ticketed, Unsealed, administrator, null_request, now,
                   read_envelope, read_ticket, refuse_unsealed, sealed_text, with_extra)

PATH = "/.well-known/mmm"
# A request goes on the wire at most this often: ticket, time, host key, and once more.
ATTEMPTS_MAX = 4


@dataclass(frozen=True)
class HttpReply:
    status: int
    media_type: str
    body: bytes


class Transport:
    """HTTP over TLS to one front end; trusts the certificates in `trusted`, a file."""

    def __init__(self, port, trusted, domain, address="127.0.0.1"):
        self.domain = domain
        self.context = ssl.create_default_context(cafile=str(trusted))
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.where = (address, port)
        self.connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _connect(self):
        plain = socket.create_connection(self.where, timeout=60)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = http.client.HTTPSConnection(*self.where)
        self.connection.auto_open = 0
        self.connection.sock = self.context.wrap_socket(plain, server_hostname=self.domain)

    def post(self, body, media_type, fields=None):
        """`fields` are further ones of the HTTP header."""
        if self.connection is None:
            self._connect()
        try:
            self.connection.request("POST", PATH, body,
                                    {"Host": self.domain, "Content-Type": media_type,
                                     **(fields or {})})
            reply = self.connection.getresponse()
            octets = reply.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if reply.getheader("Connection", "").lower() == "close":
            self.close()
        return HttpReply(reply.status, reply.getheader("Content-Type", ""), octets)


def hello(transport, encoding=JSON, pinned=None):
    """(identity, fields of the MeshHelloResponse)."""
    reply = transport.post(null_request(encoding, {"Hello": {}}), encoding.media_type)
    if reply.body[:1] == b"{":
        refuse_unsealed(JSON.read(reply.body))
    fields = JSON.read(read_envelope(encoding, reply.body).payload)["MeshHelloResponse"]
    if fields["Status"] >= 400:
        refuse_unsealed({"MeshHelloResponse": fields})
    return verify_hello(fields, pinned), fields


@dataclass(frozen=True)
class Reply:
    """A sealed reply: its response's class and fields, and how it came."""

    tag: str
    fields: dict
    mode: str
    time: int

    @property
    def status(self):
        return self.fields["Status"]

    @property
    def name(self):
        return self.fields.get("StatusDescription", "").split(":")[0]


class Client:
    """One device that speaks to one service, in one encoding. Not thread-safe."""

    def __init__(self, transport, credential, encoding=JSON, pinned=None):
        self.transport = transport
        self.credential = credential
        self.encoding = encoding
        self.identity, self.hello = hello(transport, encoding, pinned)
        self.ticket = None
        self.clock_offset = 0
        self.exchanges = 0

    def call(self, message, signer=None, request_id=None, account=None):
        """Sends `message` until there is a sealed reply. `signer` is an administrator's
        key; it signs for `account`, which is the client's own unless said."""
        request_id = request_id or os.urandom(REQUEST_ID_BYTES)
        at = now() + self.clock_offset
        unanswered = False
        for attempt in range(ATTEMPTS_MAX):
            last = attempt + 1 == ATTEMPTS_MAX
            text = sealed_text(self.encoding, message, None, request_id, at)
            try:
                reply = self._once(text, signer, account)
            except Unsealed as error:
                if last or not self._mend(error.name):
                    raise
                continue
            except (OSError, http.client.HTTPException):
                if last:
                    raise
                unanswered = True
                continue
            if reply.name == "MeshRequestTime":
                self.clock_offset = reply.time - now()
                if unanswered:  # It may have been served: with another time, twice.
                    return reply
                at = reply.time
            elif not self._mend(reply.name):
                return reply
            if last:
                return reply
        raise AssertionError("the last attempt returns or raises")

    def _mend(self, name):
        if name in ("MeshTicketUnknown", "MeshTicketExpired"):
            self.ticket = None
            return True
        if name == "MeshHostKeyUnknown":
            self.identity, self.hello = hello(self.transport, self.encoding,
                                              self.identity.service_udf)
            return True
        return False

    def _once(self, text, signer, account):
        extra = {} if self.ticket else dict(self.credential.extra)
        if signer is not None:
            extra |= administrator(signer, self.identity.service_udf,
                                   account or self.credential.account, text)
        return self.send(self.request(), with_extra(text, self.encoding, extra))

    def request(self):
        """A request to be sealed: under the ticket if there is one."""
        if self.ticket:
            return Ticketed(self.identity, self.encoding, self.ticket)
        return Exchange(self.identity, self.encoding, self.credential.mode,
                        self.credential.static)

    def send(self, request, text):
        """Seals, sends, opens."""
        answer = self.transport.post(request.seal(text), self.encoding.media_type)
        return self.open(request, answer.body)

    def open(self, request, body):
        text = request.open(body)
        if isinstance(request, Exchange):
            self.exchanges += 1
            self.ticket = read_ticket(self.encoding, text.extra) or self.ticket
        (tag, fields), = self.encoding.read(text.message).items()
        mode = "Ticket" if isinstance(request, Ticketed) else request.mode
        return Reply(tag, fields, mode, text.time)
