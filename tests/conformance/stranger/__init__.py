"""A second client of the Mesh Service, written from docs/AUTHENTICATION.md alone.

It shares no code with the service or its client: what both sides agree on, they agree
on through that page. Needs python3-cryptography (Ed448, AES-GCM, HKDF) and the
standard library.
"""
