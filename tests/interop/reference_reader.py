"""Reads replies as the reference client does, and is as easily upset.

read_json refuses what that client's lexer cannot read; check_members walks a value by
the tables of reference_members.py. Both say where.
"""

import json
import re

from dare import unb64
from reference_members import (BINARY, BOOL, CLASSES, DATE, ENVELOPE, INT, STRING,
                               Array, Tagged)

DATE_FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class Unreadable(Exception):
    """The client could not read this; the text says what and where."""


def read_json(octets):
    """The value of a reply's body."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("not UTF-8") from None
    escape = re.search(r'\\[^"\\/]', re.sub(r"\\\\", "", text))
    if escape:
        raise Unreadable(f"an escape that the client garbles: {escape.group()}")
    try:
        # Raw line breaks are let through here: the client folds base64 that way and reads
        # it back. check_members refuses them in every other string.
        return json.loads(text, strict=False, object_pairs_hook=_members,
                          parse_float=_not_integer, parse_constant=_not_integer)
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from None


def _members(pairs):
    names = [name for name, _ in pairs]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise Unreadable(f"member twice: {twice}")
    return dict(pairs)


def _not_integer(text):
    raise Unreadable(f"a number that is not an integer: {text}")


def check_members(kind, value, where=""):
    """Unreadable for a member that the client does not know or of another type."""
    if value is None:
        raise Unreadable(f"{where}: null")
    if isinstance(kind, Array):
        _require(isinstance(value, list), where, "an array")
        for i, item in enumerate(value):
            check_members(kind.item, item, f"{where}[{i}]")
    elif isinstance(kind, Tagged):
        _require(isinstance(value, dict) and len(value) == 1, where, "one tagged object")
        (tag, inner), = value.items()
        _require(tag in kind.classes, where, f"one of {kind.classes}, not {tag}")
        check_members(tag, inner, f"{where}.{tag}")
    elif kind == ENVELOPE:
        check_envelope(value, where)
    elif kind in CLASSES:
        _require(isinstance(value, dict), where, f"an object ({kind})")
        for name, inner in value.items():
            _require(name in CLASSES[kind], f"{where}.{name}", f"a member of {kind}")
            check_members(CLASSES[kind][name], inner, f"{where}.{name}")
    else:
        _check_scalar(kind, value, where)


def check_envelope(value, where):
    """[header, body] or [header, body, trailer]."""
    _require(isinstance(value, list) and len(value) in (2, 3), where, "an array of two or three")
    check_members("Header", value[0], f"{where}.header")
    _check_scalar(BINARY, value[1], f"{where}.body")
    if len(value) == 3:
        check_members("Trailer", value[2], f"{where}.trailer")


def _check_scalar(kind, value, where):
    if kind == INT:
        _require(type(value) is int and -2**31 <= value < 2**31, where, "an integer of 32 bits")
    elif kind == BOOL:
        _require(isinstance(value, bool), where, "a boolean")
    else:
        _require(isinstance(value, str), where, f"a string ({kind})")
    if kind == DATE:
        _require(DATE_FORM.fullmatch(value), where, "a date like 2020-07-27T12:00:00Z")
    if kind == BINARY:
        try:
            unb64(value)
        except ValueError:
            raise Unreadable(f"{where}: not base64url") from None
    if kind == STRING:
        _require(all(ord(c) >= 32 for c in value), where, "a string without controls")


def _require(condition, where, what):
    if not condition:
        raise Unreadable(f"{where}: not {what}")
