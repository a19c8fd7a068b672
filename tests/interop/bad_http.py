"""Broken HTTP, and the statuses of all replies that may come back for it.

Where a request could be read in two ways, a second one hides in it that would delete
the account: an answer to that one is an answer too many. {account} stands for the
account's address.
"""

from mesh_http import PATH

HIDDEN_BODY = b'{"DeleteAccount": {}}'
HIDDEN = (b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: example.com\r\nX-Mesh-Account: "
          b"{account}\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN_BODY) + HIDDEN_BODY)
BODY = b'{"Hello": {}}'


def request(*lines, body=BODY, first=b"POST " + PATH.encode() + b" HTTP/1.1",
            host=b"Host: example.com"):
    """A request of these field lines, as they are."""
    head = [first, *([host] if host else []), *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked"


def chunked(body, *lines):
    return request(CHUNKED, *lines, body=body)


CHUNKS = b"d\r\n" + BODY + b"\r\n0\r\n\r\n"

HTTP_CASES = [
    ("http: not HTTP at all", b"\x16\x03\x01 hello\r\n\r\n" + HIDDEN, [400]),
    ("http: no version", request(LENGTH, first=b"POST /.well-known/mmm") + HIDDEN, [400]),
    ("http: version 2", request(LENGTH, first=b"POST /.well-known/mmm HTTP/2.0") + HIDDEN, [505]),
    ("http: two spaces", request(LENGTH, first=b"POST  /.well-known/mmm HTTP/1.1") + HIDDEN, [400]),
    # Without a length there is no body, and what follows is another request.
    ("http: no length", request(b"Connection: close", body=b""), [200]),
    ("http: no host", request(LENGTH, host=None) + HIDDEN, [400]),
    ("http: two hosts", request(LENGTH, b"Host: example.org") + HIDDEN, [400]),
    ("http: host not served", request(LENGTH, b"Connection: close",
                                      host=b"Host: elsewhere.org"), [421]),
    ("http: get", request(b"Connection: close", first=b"GET " + PATH.encode() + b" HTTP/1.1",
                          body=b""), [405]),
    ("http: put", request(LENGTH, b"Connection: close",
                          first=b"PUT " + PATH.encode() + b" HTTP/1.1"), [405]),
    ("http: another path", request(LENGTH, b"Connection: close",
                                   first=b"POST /elsewhere HTTP/1.1"), [404]),
    ("http: nul in a field", request(LENGTH, b"X-A: a\0b") + HIDDEN, [400]),
    ("http: bare CR in a field", request(LENGTH, b"X-A: a\rb") + HIDDEN, [400]),
    ("http: space before a colon", request(b"Content-Length : 13") + HIDDEN, [400]),
    ("http: field without a colon", request(LENGTH, b"nonsense") + HIDDEN, [400]),
    ("http: field without a name", request(LENGTH, b": x") + HIDDEN, [400]),
    ("http: line of 64 KiB", request(LENGTH, b"X-A: " + b"a" * 65536), [431]),
    ("http: 200 fields", request(LENGTH, *[b"X-%d: a" % i for i in range(200)]), [431]),
    ("http: target of 8 KiB", request(LENGTH, first=b"POST /" + b"a" * 8192 + b" HTTP/1.1"), [414]),
    ("http: body over the limit", request(b"Content-Length: 4194305", body=b""), [413]),
    ("http: length beyond 64 bits", request(b"Content-Length: 99999999999999999999"), [400]),
    ("http: unknown expectation", request(LENGTH, b"Expect: miracles"), [417]),
    # Shapes that two servers in a row could read differently.
    ("smuggling: two lengths", request(LENGTH, b"Content-Length: 4") + HIDDEN, [400]),
    ("smuggling: list of lengths", request(b"Content-Length: 13, 4") + HIDDEN, [400]),
    ("smuggling: signed length", request(b"Content-Length: +13") + HIDDEN, [400]),
    ("smuggling: negative length", request(b"Content-Length: -1") + HIDDEN, [400]),
    ("smuggling: hexadecimal length", request(b"Content-Length: 0xd") + HIDDEN, [400]),
    ("smuggling: empty length", request(b"Content-Length:") + HIDDEN, [400]),
    ("smuggling: length and chunks", request(LENGTH, CHUNKED, body=CHUNKS) + HIDDEN, [400]),
    ("smuggling: chunks and length", request(CHUNKED, LENGTH, body=CHUNKS) + HIDDEN, [400]),
    ("smuggling: unknown coding",
     request(b"Transfer-Encoding: xchunked", body=CHUNKS) + HIDDEN, [501]),
    ("smuggling: coding in disguise",
     request(b"Transfer-Encoding: \x0bchunked", body=CHUNKS) + HIDDEN, [400]),
    ("smuggling: chunked twice",
     request(CHUNKED, CHUNKED, body=CHUNKS) + HIDDEN, [400]),
    ("smuggling: chunked not last",
     request(b"Transfer-Encoding: chunked, identity", body=CHUNKS) + HIDDEN, [501]),
    ("smuggling: folded field", request(LENGTH, b"X-A: a\r\n b") + HIDDEN, [400]),
    ("smuggling: folded coding",
     request(b"Transfer-Encoding:\r\n chunked", body=CHUNKS) + HIDDEN, [501]),
    ("smuggling: field before the first", request(b" Content-Length: 13", host=None) + HIDDEN,
     [400]),
    ("smuggling: bare LF between fields",
     request(LENGTH, b"X-A: a\nContent-Length: 4") + HIDDEN, [400]),
    ("smuggling: bare LF throughout",
     request(LENGTH).replace(b"\r\n", b"\n") + HIDDEN, [400]),
    ("smuggling: chunk extension", chunked(b"d;a=b\r\n" + BODY + b"\r\n0\r\n\r\n") + HIDDEN, [400]),
    ("smuggling: bare LF after a size", chunked(b"d\n" + BODY + b"\r\n0\r\n\r\n") + HIDDEN, [400]),
    ("smuggling: bare LF after a chunk", chunked(b"d\r\n" + BODY + b"\n0\r\n\r\n") + HIDDEN, [400]),
    ("smuggling: no size", chunked(b"\r\n" + BODY + b"\r\n0\r\n\r\n") + HIDDEN, [400]),
    ("smuggling: signed size", chunked(b"+d\r\n" + BODY + b"\r\n0\r\n\r\n") + HIDDEN, [400]),
    ("smuggling: size with 0x", chunked(b"0xd\r\n" + BODY + b"\r\n0\r\n\r\n") + HIDDEN, [400]),
    ("smuggling: size beyond 64 bits",
     chunked(b"fffffffffffffffff\r\n" + BODY + b"\r\n0\r\n\r\n") + HIDDEN, [400]),
    ("smuggling: chunk longer than its size",
     chunked(b"4\r\n" + BODY + b"\r\n0\r\n\r\n") + HIDDEN, [400]),
    ("smuggling: chunk shorter than its size",
     chunked(b"f\r\n" + BODY + b"\r\n0\r\n\r\n") + HIDDEN, [400]),
    ("smuggling: length in the trailer",
     chunked(b"d\r\n" + BODY + b"\r\n0\r\nbroken trailer\r\n\r\n") + HIDDEN, [400]),
]


def dribble(octets):
    """One octet at a time."""
    return [bytes([octet]) for octet in octets]


# Sent a part at a time, with pauses that together exceed every deadline.
SLOW_CASES = [
    ("slow: header an octet at a time", dribble(request(LENGTH, b"X-A: " + b"a" * 500)), [408]),
    ("slow: body an octet at a time",
     [request(b"Content-Length: 500", body=b""), *dribble(b"x" * 499)], [408]),
    ("slow: body that never comes", [request(LENGTH, body=b"")], [408]),
    ("slow: chunks an octet at a time",
     [request(CHUNKED, body=b""), *dribble(b"ff\r\n" + b"x" * 254)], [408]),
]
