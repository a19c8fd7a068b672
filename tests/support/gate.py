"""A door before a TLS server on loopback, which a test opens, closes and spoils.

    with Gate(port, certificate, key) as gate:      # of the server behind it
        ... gate.port ...
        gate.mode = "refuse"                        # connections are cut at once
        gate.mode = "slow"                          # answers come after gate.delay seconds
        gate.mode = "garbage"                       # the server's certificate, and nonsense
        gate.mode = "pass"

What is connected when the mode changes is cut. Standard library only.
"""

import socket
import ssl
import threading
import time

NONSENSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n[{},\"x\"]"


class Gate:
    def __init__(self, port, certificate, key, delay=3):
        self._behind = ("127.0.0.1", port)
        self.delay = delay
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_3
        self._lock = threading.Lock()
        self._open = set()
        self._mode = "pass"
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        self.mode = "refuse"

    @property
    def mode(self):
        return self._mode

    @mode.setter
    def mode(self, mode):
        with self._lock:
            self._mode = mode
            cut, self._open = self._open, set()
        for connection in cut:
            close(connection)

    def lead_to(self, port):
        """What stands behind it is at another port now."""
        self._behind = ("127.0.0.1", port)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with self._lock:
            mode = self._mode
            self._open.add(connection)
        try:
            if mode == "refuse":
                return
            if mode == "garbage":
                self._talk_nonsense(connection)
            else:
                self._pass(connection, self.delay if mode == "slow" else 0)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            close(connection)

    def _talk_nonsense(self, connection):
        with self._tls.wrap_socket(connection, server_side=True) as tls:  # Takes it over.
            with self._lock:
                self._open.add(tls)
            while tls.recv(1 << 20):
                tls.sendall(NONSENSE)

    def _pass(self, connection, delay):
        with socket.create_connection(self._behind) as behind:
            with self._lock:
                self._open.add(behind)
            back = threading.Thread(target=pump, args=(behind, connection, delay), daemon=True)
            back.start()
            pump(connection, behind, 0)
            back.join()
            with self._lock:
                self._open.discard(behind)


def close(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()


def pump(source, sink, delay):
    try:
        while octets := source.recv(1 << 16):
            time.sleep(delay)
            sink.sendall(octets)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        close(source)
        close(sink)
