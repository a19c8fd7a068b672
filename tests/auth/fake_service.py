"""A service that lies: TLS, HTTP and the binding of docs/AUTHENTICATION.md in front of
answers that a test chooses. For what a client must notice.

    with FakeService(certificate, key) as service:
        service.hello = lambda fields: {**fields, "EnvelopedProfileHost": ...}
        service.on_reply = lambda body: body[:-1]

Without changes it is an honest service that says 201 to everything.
"""

import http.server
import ssl
import threading
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from stranger.encoding import JSON, JSON_B, octets_of
from stranger.keys import AgreementKey, SigningKey, signed
from stranger.noise import Responder
from stranger.people import profile
from stranger.service import utc
from stranger.wire import (SealedText, binding, envelope, now, read_envelope, read_sealed_text,
                           ticket_keys)

ANSWERS = {
    "Hello": {"MeshHelloResponse": {"Status": 201}},
    "CreateAccount": {"CreateResponse": {"Status": 201}},
    "DeleteAccount": {"DeleteResponse": {"Status": 201}},
    "Status": {"StatusResponse": {"Status": 201, "ContainerStatus": []}},
    "Download": {"DownloadResponse": {"Status": 201, "Updates": []}},
}


def answer_to(name, fields):
    if name != "Upload":
        return ANSWERS[name]
    count = sum(len(update["Envelopes"]) for update in fields["Updates"])
    return {"UploadResponse": {"Status": 201, "Entries": [
        {"IndexRequest": n, "IndexContainer": n + 1, "Result": "Accept"} for n in range(count)]}}


class ServiceKeys:
    """Who a service is."""

    def __init__(self):
        self.service = SigningKey()
        self.host = SigningKey()
        self.authentication = AgreementKey()

    def profile_service(self, signer=None):
        return profile("ProfileService", {"KeyOfflineSignature": self.service.data(),
                                          "KeyEncryption": AgreementKey().data()},
                       signer or self.service)

    def profile_host(self, signer=None):
        return profile("ProfileHost", {"KeyOfflineSignature": self.host.data(),
                                       "KeyAuthentication": self.authentication.data()},
                       signer or self.host)

    def connection_host(self, signer=None, days=(-1, 30), **members):
        """`members` replace what is true."""
        begin, end = (datetime.now(timezone.utc) + timedelta(days=d) for d in days)
        return signed(JSON.write({"ConnectionHost": {
            "ServiceUDF": self.service.udf, "HostUDF": self.host.udf,
            "KeyAuthentication": self.authentication.data(),
            "NotBefore": utc(begin), "NotOnOrAfter": utc(end), **members}}),
            signer or self.service)

    def hello(self):
        return {"EnvelopedProfileService": self.profile_service(),
                "EnvelopedProfileHost": self.profile_host(),
                "EnvelopedConnectionHost": self.connection_host()}


def null_reply(encoding, message):
    return envelope(encoding, encoding.write({"Version": 1, "Mode": "Null"}), JSON.write(message))


class FakeService:
    def __init__(self, certificate, key):
        self.keys = ServiceKeys()
        self.master_key = AgreementKey().scalar.to_bytes(56, "little")[:32]
        self.ticket = b"a ticket that is none"
        self.be_honest()
        self.seen = []  # What was asked: (mode, name of the transaction).
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def be_honest(self):
        self.hello = lambda fields: fields
        self.on_reply = lambda body: body
        self.on_text = lambda text: text
        self.host_key_unknown = False  # Until Hello is asked again.

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _handler(service):  # pylint: disable=no-self-argument
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                media_type = self.headers.get("Content-Type", JSON.media_type)
                encoding = JSON_B if media_type == JSON_B.media_type else JSON
                reply = service.on_reply(service.answer(encoding, body))
                self.send_response(200)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        return Handler

    def answer(self, encoding, body):
        received = read_envelope(encoding, body)
        mode = received.header.get("Mode", "Null")
        if mode == "Null":
            return self.answer_null(encoding, received)
        if self.host_key_unknown:
            return null_reply(encoding, {"MeshResponse": {
                "Status": 401, "StatusDescription": "MeshHostKeyUnknown"}})
        if mode == "Ticket":
            return self.answer_ticketed(encoding, received)
        return self.answer_exchange(encoding, mode, received)

    def answer_null(self, encoding, received):
        name, = JSON.read(received.payload)
        self.host_key_unknown = False
        self.seen.append(("Null", name))
        fields = {"Status": 401, "StatusDescription": "MeshRequestUnauthenticated"}
        if name == "Hello":
            fields = {"Status": 201, "StatusDescription": "Operation completed successfully",
                      "Version": {"Major": 3, "Minor": 0,
                                  "Encodings": [{"ID": [JSON.media_type, JSON_B.media_type]}]},
                      **self.hello(self.keys.hello())}
        return null_reply(encoding, {"MeshHelloResponse": fields})

    def reply_text(self, encoding, mode, text, extra):
        (name, fields), = encoding.read(text.message).items()
        self.seen.append((mode, name))
        return self.on_text(SealedText(text.request_id, now(),
                                       encoding.write(extra) if extra else b"",
                                       encoding.write(answer_to(name, fields)))).octets()

    def answer_exchange(self, encoding, mode, received):
        bound = binding(mode, self.keys.service.udf, encoding, received.header_octets)
        responder = Responder(bound, self.keys.authentication)
        text = read_sealed_text(responder.read(received.payload))
        extra = {"Ticket": self.ticket, "MasterKey": self.master_key,
                 "NotOnOrAfter": utc(datetime.now(timezone.utc) + timedelta(hours=1))}
        header = encoding.write({"Version": 1, "Mode": mode})
        return envelope(encoding, header,
                        responder.write(self.reply_text(encoding, mode, text, extra)))

    def answer_ticketed(self, encoding, received):
        salt = octets_of(received.header["Salt"])
        key, iv = ticket_keys(self.master_key, salt, b"ClientToServerEncrypt")
        bound = binding("Ticket", self.keys.service.udf, encoding, received.header_octets)
        text = read_sealed_text(AESGCM(key).decrypt(iv, received.payload, bound))
        reply_salt = AgreementKey().u[:32]
        header = encoding.write({"Version": 1, "Mode": "Ticket", "Salt": reply_salt})
        key, iv = ticket_keys(self.master_key, salt + reply_salt, b"ServerToClientEncrypt")
        bound = binding("Ticket", self.keys.service.udf, encoding, header)
        octets = self.reply_text(encoding, "Ticket", text, None)
        return envelope(encoding, header, AESGCM(key).encrypt(iv, octets, bound))
