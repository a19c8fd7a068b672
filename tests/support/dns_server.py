"""A name server on loopback for tests: authoritative for what it is told, NXDOMAIN for
the rest. UDP and TCP on one port that the system chooses. Standard library only.

    with DnsServer() as dns:
        dns.service("b.example", "host.b.example", 8443)
        dns.address("host.b.example", "127.0.0.1")
        ... --dns-server dns.address_and_port ...
"""

import socket
import socketserver
import struct
import threading

A, TXT, AAAA, SRV = 1, 16, 28, 33
INTERNET = 1
SERVFAIL = 2
NXDOMAIN = 3
TTL = 5


def encode_name(name):
    labels = name.split(".") if name else []
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def read_question(packet):
    """(name in lower case, type, the octets of the question)."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode().lower())
        at += 1 + packet[at]
    kind, = struct.unpack_from("!H", packet, at + 1)
    return ".".join(labels), kind, packet[12:at + 5]


class DnsServer:
    def __init__(self):
        self._records = {}  # {name: [(type, data)]}
        self._failing = set()  # Names.
        self._asked = []
        self._lock = threading.Lock()
        self._udp, self._tcp = self._bind()
        self.address_and_port = "127.0.0.1:{}".format(self._udp.server_address[1])

    def __enter__(self):
        for server in (self._udp, self._tcp):
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def _bind(self):
        """Both on one port: until one is free for both."""
        while True:
            udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), self._udp_handler())
            try:
                return udp, socketserver.ThreadingTCPServer(udp.server_address, self._tcp_handler())
            except OSError:
                udp.server_close()

    # --- What it knows -------------------------------------------------------------

    def service(self, domain, host, port, priority=0, weight=0):
        data = struct.pack("!HHH", priority, weight, port) + encode_name(host)
        self._add(f"_mmm._tcp.{domain}", SRV, data)

    def text(self, domain, *texts):
        data = b"".join(bytes([len(text)]) + text.encode() for text in texts)
        self._add(f"_mmm._tcp.{domain}", TXT, data)

    def address(self, host, numeric):
        self._add(host, A, socket.inet_aton(numeric))

    def fail(self, name):
        """Whoever asks for it is told that something is wrong here."""
        with self._lock:
            self._failing.add(name)

    def remove(self, name):
        with self._lock:
            self._records.pop(name, None)

    def _add(self, name, kind, data):
        with self._lock:
            self._records.setdefault(name, []).append((kind, data))

    def asked(self):
        """The names that were asked for, in order."""
        with self._lock:
            return list(self._asked)

    # --- How it answers ------------------------------------------------------------

    def answer(self, packet):
        name, kind, question = read_question(packet)
        with self._lock:
            self._asked.append(name)
            records = self._records.get(name)
            code = SERVFAIL if name in self._failing else NXDOMAIN if records is None else 0
        answers = [data for its_kind, data in records or () if its_kind == kind]
        head = packet[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, len(answers), 0, 0)
        body = b"".join(encode_name(name) + struct.pack("!HHIH", kind, INTERNET, TTL, len(data)) +
                        data for data in answers)
        return head + question + body

    def _udp_handler(self):
        dns = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                packet, server = self.request
                server.sendto(dns.answer(packet), self.client_address)
        return Handler

    def _tcp_handler(self):
        dns = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while size := self.rfile.read(2):
                    reply = dns.answer(self.rfile.read(int.from_bytes(size, "big")))
                    self.wfile.write(len(reply).to_bytes(2, "big") + reply)
        return Handler
