"""JSON and JSON-B (page: "JSON-B"; draft-hallambaker-jsonbcd-16).

A message is a tree of dict, list, str, int, bool and bytes; bytes are "binary". Text
that must stand as it is, such as the header of an envelope, is a Text.
"""

import base64
import json
import re
import struct


class Malformed(Exception):
    """Octets that are not what they should be."""


class Text(str):
    """JSON text that is written as it is."""


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text):
    if re.search(r"[^A-Za-z0-9_-]", text) or len(text) % 4 == 1:
        raise Malformed(f"not base64url: {text[:40]}")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def octets_of(value):
    """A binary value, in whichever form it came."""
    return value if isinstance(value, bytes) else unb64(value)


# --- Writing -----------------------------------------------------------------------


class Json:
    """application/json."""

    media_type = "application/json"

    def write(self, tree):
        return "".join(self._parts(tree)).encode()

    def _parts(self, tree):
        if isinstance(tree, Text):
            yield tree
        elif isinstance(tree, bytes):
            yield json.dumps(b64(tree))
        elif isinstance(tree, dict):
            yield "{"
            for number, (name, value) in enumerate(tree.items()):
                yield ("," if number else "") + json.dumps(name) + ":"
                yield from self._parts(value)
            yield "}"
        elif isinstance(tree, list):
            yield "["
            for number, value in enumerate(tree):
                yield "," if number else ""
                yield from self._parts(value)
            yield "]"
        else:
            yield json.dumps(tree, ensure_ascii=False)

    def read(self, octets):
        return Reader(octets, binary=False).whole()


class JsonB(Json):
    """application/json-b. Binary is data items; `full` writes all else as items too:
    then only what is no item has commas and colons."""

    media_type = "application/json-b"

    def __init__(self, full=False):
        self.full = full

    def write(self, tree):
        if isinstance(tree, dict):
            return b"{" + self._joined([(self._name(name), self.write(value))
                                        for name, value in tree.items()]) + b"}"
        if isinstance(tree, list):
            return b"[" + self._joined([(b"", self.write(value)) for value in tree]) + b"]"
        if isinstance(tree, bytes):
            return item(0x88, tree)
        if not self.full or isinstance(tree, Text):
            return super().write(tree)
        return self._item(tree)

    def _name(self, name):
        return item(0x80, name.encode()) if self.full else super().write(name) + b":"

    def _joined(self, members):
        """A comma stands behind each value but the last, unless that is an item and
        all is to be binary."""
        octets = b""
        for number, (name, value) in enumerate(members):
            octets += name + value
            if number + 1 < len(members) and not (self.full and value[0] >= 0x80):
                octets += b","
        return octets

    @staticmethod
    def _item(tree):
        if isinstance(tree, str):
            return item(0x80, tree.encode())
        if isinstance(tree, bool):
            return b"\xb0" if tree else b"\xb1"
        return integer(tree)

    def read(self, octets):
        return Reader(octets, binary=True).whole()


JSON = Json()
JSON_B = JsonB()
JSON_B_FULL = JsonB(full=True)


def item(tag, octets):
    for step, form in enumerate((">B", ">H", ">I", ">Q")):
        if len(octets) < 1 << (8 * struct.calcsize(form)):
            return bytes([tag + step]) + struct.pack(form, len(octets)) + octets
    raise ValueError("too long")


def integer(value):
    tag, value = (0xA0, value) if value >= 0 else (0xA8, -value)
    for step, form in enumerate((">B", ">H", ">I", ">Q")):
        if value < 1 << (8 * struct.calcsize(form)):
            return bytes([tag + step]) + struct.pack(form, value)
    raise ValueError("too large")


# --- Reading -----------------------------------------------------------------------

SPACE = re.compile(rb"[ \t\r\n]*")
STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
PLAIN = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")


class Reader:
    """Reads one value after another. `binary` allows JSON-B's items."""

    def __init__(self, octets, binary):
        self.octets = octets
        self.at = 0
        self.binary = binary

    def whole(self):
        value = self.value()
        self.space()
        if self.at != len(self.octets):
            raise Malformed("something follows the value")
        return value

    def space(self):
        self.at = SPACE.match(self.octets, self.at).end()

    def peek(self):
        self.space()
        if self.at == len(self.octets):
            raise Malformed("ends too early")
        return self.octets[self.at]

    def skip(self, separator, required):
        if self.peek() == separator:
            self.at += 1
        elif required:
            raise Malformed(f"expected {chr(separator)} at {self.at}")

    def take(self, count):
        if count > len(self.octets) - self.at:
            raise Malformed("an item is longer than what is left")
        self.at += count
        return self.octets[self.at - count:self.at]

    def value(self):
        first = self.peek()
        if first == ord("{"):
            return self.object()
        if first == ord("["):
            return list(self.elements())
        if first >= 0x80:
            return self.item()
        if first == ord('"'):
            return self.text(STRING)
        return self.text(PLAIN)

    def text(self, pattern):
        match = pattern.match(self.octets, self.at)
        if match is None:
            raise Malformed(f"no value at {self.at}")
        self.at = match.end()
        return json.loads(match[0])

    def elements(self):
        """Yields the elements of an array; the caller may note where each stood."""
        self.take(1)
        while self.peek() != ord("]"):
            began = self.at
            yield self.value()
            self.separate(began, ord("]"))
        self.take(1)

    def separate(self, began, end):
        """Between values: JSON-B needs no comma after a value that is an item."""
        last_was_item = self.binary and self.octets[began] >= 0x80
        if self.peek() != end:
            self.skip(ord(","), required=not last_was_item)
            if self.peek() == end:
                raise Malformed("a comma too many")

    def object(self):
        members = {}
        self.take(1)
        while self.peek() != ord("}"):
            item_name = self.binary and self.peek() >= 0x80
            name = self.value()
            if not isinstance(name, str) or name in members:
                raise Malformed(f"member name {name!r}")
            self.skip(ord(":"), required=not item_name)
            self.space()
            began = self.at
            members[name] = self.value()
            self.separate(began, ord("}"))
        self.take(1)
        return members

    def length(self, tag):
        return int.from_bytes(self.take(1 << (tag & 3)), "big")

    def item(self):
        if not self.binary:
            raise Malformed(f"not JSON at {self.at}")
        tag, = self.take(1)
        if 0x80 <= tag <= 0x87:
            return self.chunks(tag, 0x80).decode()
        if 0x88 <= tag <= 0x8F:
            return self.chunks(tag, 0x88)
        if 0xA0 <= tag <= 0xA3:
            return self.length(tag)
        if 0xA8 <= tag <= 0xAB:
            return -self.length(tag)
        if tag == 0x92:
            return struct.unpack(">d", self.take(8))[0]
        if tag in (0xB0, 0xB1, 0xB2):
            return (True, False, None)[tag - 0xB0]
        raise Malformed(f"no item begins with {tag:02x}")

    def chunks(self, tag, last):
        octets = self.take(self.length(tag))
        while tag >= last + 4:
            tag, = self.take(1)
            if not last <= tag < last + 8:
                raise Malformed("chunks of two kinds")
            octets += self.take(self.length(tag))
        return octets


def split_array(octets, binary):
    """The elements of the array that is all of `octets`, each as (value, its octets)."""
    reader = Reader(octets, binary)
    if reader.peek() != ord("["):
        raise Malformed("expected an array")
    found = []
    reader.take(1)
    while reader.peek() != ord("]"):
        began = reader.at
        value = reader.value()
        found.append((value, octets[began:reader.at]))
        reader.separate(began, ord("]"))
    reader.take(1)
    reader.space()
    if reader.at != len(octets):
        raise Malformed("something follows the array")
    return found
