"""Looks for secrets in octets that others may read."""

import base64


def parts_of(secret):
    """The secret and its halves: half a key is worth the search for the other."""
    middle = len(secret) // 2
    return [secret, secret[:middle], secret[middle:]]


def base64_needles(octets):
    """What of `octets` any base64 text that holds it must hold, wherever it begins."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + octets)
        begin = -(-before * 4 // 3)
        end = (before + len(octets)) * 4 // 3
        yield text[begin:end]
        yield text[begin:end].translate(bytes.maketrans(b"+/", b"-_"))


def needles(secret):
    for part in parts_of(secret):
        yield part
        yield part.hex().encode()
        yield part.hex().upper().encode()
        yield from base64_needles(part)


def find(secrets, texts):
    """Where secrets stand: names of `texts` (name to octets)."""
    wanted = {needle for secret in set(secrets) for needle in needles(secret)}
    return sorted(name for name, octets in texts.items()
                  if any(needle in octets for needle in wanted))


def self_check():
    """Raises unless a secret is found in every form, and nothing where there is none."""
    secret = bytes(range(7, 63))
    forms = [b"..." + secret, secret.hex().encode(), secret[28:].hex().upper().encode(),
             base64.b64encode(b"{" + secret[:28] + b"}"), base64.urlsafe_b64encode(b"ab" + secret),
             base64.b64encode(secret)]
    for form in forms:
        assert find([secret], {"log": form}) == ["log"], form
    assert not find([secret], {"log": base64.b64encode(bytes(reversed(secret)))})
