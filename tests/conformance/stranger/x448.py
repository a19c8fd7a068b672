"""X448 (RFC 7748) with scalars of any form, in integers.

Not constant in time: for tests. Composite keys are sums of scalars, which must not be
clamped; the cryptography package only knows clamped ones.
"""

P = 2**448 - 2**224 - 1
ORDER = 2**446 - 0x8335DC163BB124B65129C96FDE933D8D723A70AADC873D6D54A7BB0D
A24 = 39081
KEY_BYTES = 56
BASE = (5).to_bytes(KEY_BYTES, "little")
BASE_V = int("355293926785568175264127502063783334808976399387714271831880898435169088786967"
             "410002932673765864550910142774147268105838985595290606362")
A = 156326


def clamp(seed):
    """The scalar of a private key of 56 octets."""
    octets = bytearray(seed)
    octets[0] &= 252
    octets[55] |= 128
    return int.from_bytes(octets, "little")


def multiply(scalar, u):
    """The u of scalar times a point with this u, 56 octets each; `scalar` as it is."""
    return ladder(scalar, int.from_bytes(u, "little") % P)[0].to_bytes(KEY_BYTES, "little")


def public(scalar):
    """The 57 octets of a public key: u, and whether v is odd."""
    u, next_u = ladder(scalar, 5)
    # Okeya and Sakurai: v from u, the base, and the u of the point one base further.
    twice = (5 * u + 1) * (5 + u + 2 * A) - 2 * A - (5 - u) ** 2 * next_u
    v = twice * pow(2 * BASE_V, P - 2, P) % P
    return u.to_bytes(KEY_BYTES, "little") + (b"\x80" if v & 1 else b"\0")


def ladder(scalar, x1):
    """The u of scalar times the point with u = x1, and of scalar + 1 times it."""
    x2, z2, x3, z3 = 1, 0, x1, 1
    swapped = 0
    for bit in reversed(range(448)):
        now = scalar >> bit & 1
        if swapped ^ now:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swapped = now
        x2, z2, x3, z3 = step(x1, x2, z2, x3, z3)
    if swapped:
        x2, z2, x3, z3 = x3, z3, x2, z2
    return x2 * pow(z2, P - 2, P) % P, x3 * pow(z3, P - 2, P) % P


def step(x1, x2, z2, x3, z3):
    a, b = x2 + z2, x2 - z2
    aa, bb = a * a % P, b * b % P
    e = aa - bb
    da, cb = (x3 - z3) * a % P, (x3 + z3) * b % P
    return (aa * bb % P, e * (aa + A24 * e) % P, (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P)


def canonical(u):
    return len(u) == KEY_BYTES and int.from_bytes(u, "little") < P


# Points whose multiples tell nothing of the scalar but its lowest bits.
LOW_ORDER = [value.to_bytes(KEY_BYTES, "little") for value in (0, 1, P - 1)]
NOT_CANONICAL = [value.to_bytes(KEY_BYTES, "little") for value in (P, P + 1, P + 5, 2**448 - 1)]
