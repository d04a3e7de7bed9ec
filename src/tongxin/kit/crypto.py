"""Field encryption (AES-256-GCM) and keyed hashes (HMAC-SHA-256) for identity numbers and phones.

A stored field is ``nonce (12 bytes) + ciphertext + tag (16 bytes)``. The keyed hash finds a record by its number without
storing the number; it is not unique, for two people may carry one number. Both keys are derived (HKDF) from the key
file, which stands outside every dump.
"""

from __future__ import annotations

import functools
import hmac
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

HASH_BYTES = 16
NONCE_BYTES = 12


def _derive(purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"tongxin " + purpose).derive(settings.ENCRYPTION_KEY)


@functools.cache
def _cipher() -> AESGCM:
    return AESGCM(_derive(b"fields"))


@functools.cache
def _hash_key() -> bytes:
    return _derive(b"look-up")


def encrypt(text: str) -> bytes | None:
    """The encrypted field; None for an empty one."""
    if not text:
        return None
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher().encrypt(nonce, text.encode(), None)


def decrypt(field: bytes | memoryview | None) -> str:
    """The text of an encrypted field. Raises cryptography's InvalidTag when the key is another one."""
    if field is None:
        return ""
    data = bytes(field)
    return _cipher().decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], None).decode()


def lookup_hash(text: str) -> bytes | None:
    """The keyed hash by which a number is found; None for an empty one. Case and spaces do not count."""
    plain = "".join(text.split()).upper()
    if not plain:
        return None
    return hmac.digest(_hash_key(), plain.encode(), "sha256")[:HASH_BYTES]


def fingerprint() -> str:
    """What tells this key file from another without telling the key: 16 hexadecimal digits."""
    return _derive(b"fingerprint").hex()[:16]
