"""Device tokens and enrolment codes: both name their organisation, both are stored hashed.

``<organisation in base 32>.<secret>``: the lookup under row-level security needs the first part.
"""

import base64
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass

TOKEN_SECRET_BYTES = 32
CODE_SECRET_BYTES = 10


@dataclass(frozen=True, slots=True)
class Secret:
    """A token or a code: whose it is, and the hash under which the server knows it."""

    org_id: str
    hash: str


def make(org_id: str, size: int, random_bytes: Callable[[int], bytes]) -> str:
    """A new token or code with ``size`` secret bytes; shown once."""
    return f"{_b32(uuid.UUID(org_id).bytes)}.{_b32(random_bytes(size))}"


def read(text: str) -> Secret | None:
    """What a presented token or code stands for; None when it cannot be one."""
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


def _b32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()
