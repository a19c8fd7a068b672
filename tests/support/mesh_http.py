"""HTTP/1.1 over TLS as tests need it: exact about what is sent and what came back."""

import http.client
import socket
import ssl

PATH = "/.well-known/mmm"


class Reply:
    """One HTTP reply: status, fields (names in lower case), body octets."""

    def __init__(self, status, fields, body):
        self.status = status
        self.fields = fields
        self.body = body


def tls_context(certificate):
    """Trusts `certificate` and nothing else; TLS 1.3."""
    context = ssl.create_default_context(cafile=str(certificate))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def tls_socket(port, certificate, domain, timeout):
    plain = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return tls_context(certificate).wrap_socket(plain, server_hostname=domain)


class Connection:
    """A kept-alive connection. After an exception make a new one."""

    def __init__(self, port, certificate, domain, timeout=30):
        self._domain = domain
        self._http = http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout)
        self._http.sock = tls_socket(port, certificate, domain, timeout)
        self._http.auto_open = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._http.close()

    def send(self, body, fields=None, path=PATH, method="POST"):
        """Sends one request with exactly these fields, besides Content-Length, and
        Host where `fields` has none. Returns the Reply."""
        fields = dict(fields or {})
        fields.setdefault("Host", self._domain)
        self._http.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in fields.items():
            self._http.putheader(name, value)
        if method == "POST":
            self._http.putheader("Content-Length", str(len(body)))
        self._http.endheaders(body if method == "POST" else None)
        response = self._http.getresponse()
        return Reply(response.status,
                     {name.lower(): value for name, value in response.getheaders()},
                     response.read())


def raw_exchange(port, certificate, domain, parts, timeout=15, pause=0.25):
    """Sends octets as they are on a fresh TLS connection: all of `parts` at once if it
    is bytes, else one part after another with a pause between them until something
    comes back. Returns all that came until the server closed, or until nothing came for
    `timeout` seconds, and whether the server closed."""
    received = b""
    with tls_socket(port, certificate, domain, timeout) as connection:
        try:
            if isinstance(parts, bytes):
                connection.sendall(parts)
            else:
                received = _send_slowly(connection, parts, pause)
                connection.settimeout(timeout)
            while part := connection.recv(65536):
                received += part
        except TimeoutError:
            return received, False
        except OSError:  # Reset, or ended without TLS's farewell.
            pass
        return received, True


def _send_slowly(connection, parts, pause):
    """Sends until there is an answer; returns its beginning."""
    connection.settimeout(pause)
    for part in parts:
        connection.sendall(part)
        try:
            return connection.recv(65536)
        except TimeoutError:
            continue
    return b""


def statuses(octets):
    """The HTTP statuses of the replies that follow one another in `octets`."""
    found = []
    while octets.startswith(b"HTTP/1.1 "):
        head, _, rest = octets.partition(b"\r\n\r\n")
        found.append(int(head[9:12]))
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        octets = rest[length:]
    return found
