"""Device tokens and enrolment codes; the server keeps only their hashes.

A token is ``<organisation in base 32>.<secret>``: the lookup under row-level security needs the
first part. A code is typed, ``7K4M-Q2XP``: eight characters of Crockford's base 32; a table names
its organisation. Codes of the token's form were given out before, and are still accepted.
"""

import base64
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass

TOKEN_SECRET_BYTES = 32
CODE_SECRET_BYTES = 5
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U; the first three are read as 1, 1 and 0."""
CODE_LENGTH = 8
_MEANT = str.maketrans("ILO", "110", "- ")


@dataclass(frozen=True, slots=True)
class Secret:
    """A token or a code: whose it is, and the hash under which the server knows it."""

    org_id: str
    hash: str


def make(org_id: str, size: int, random_bytes: Callable[[int], bytes]) -> str:
    """A new token or code with ``size`` secret bytes; shown once."""
    return f"{_b32(uuid.UUID(org_id).bytes)}.{_b32(random_bytes(size))}"


def read(text: str) -> Secret | None:
    """What a presented token or code is; None when it cannot be one."""
    clean = text.strip().lower()
    org, dot, secret = clean.partition(".")
    if not (dot and secret and clean.isascii()):
        return None
    try:
        raw = base64.b32decode(org.upper() + "=" * (-len(org) % 8))
        org_id = str(uuid.UUID(bytes=raw))
    except ValueError:
        return None
    return Secret(org_id, hashlib.sha256(clean.encode()).hexdigest())


def make_code(random_bytes: Callable[[int], bytes]) -> str:
    """A new enrolment code, shown once."""
    number = int.from_bytes(random_bytes(CODE_SECRET_BYTES))
    letters = [CODE_ALPHABET[number >> 5 * place & 31] for place in reversed(range(CODE_LENGTH))]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def code_hash(text: str) -> str | None:
    """The hash of a typed code, in either case, with or without its dash; None for another text."""
    clean = text.upper().translate(_MEANT)
    if len(clean) != CODE_LENGTH or not set(clean) <= set(CODE_ALPHABET):
        return None
    return hashlib.sha256(f"code {clean}".encode()).hexdigest()


def _b32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()
