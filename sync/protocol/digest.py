"""The digest of a table, the same on both sides and whatever the order of the rows.

A row's text is ``<version>|<canonical JSON>`` (version 0 for a fact); its digest is the first
128 bits of the text's SHA-256; a table's digest is the XOR of its rows', as 32 hex digits. The
canonical JSON is that of PostgreSQL's ``jsonb``: keys ordered by length, then bytes; ``", "`` and
``": "`` between; no entry that is null; text unescaped but for control characters, ``"``, ``\\``.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

DIGEST_BITS = 128


def row_text(values: Mapping[str, Any], version: int = 0) -> str:
    """What is hashed for one row; ``values`` hold unknown fields beside the declared ones."""
    text = json.dumps(_ordered(values), ensure_ascii=False, separators=(", ", ": "))
    return f"{version}|{text}"


def row_digest(values: Mapping[str, Any], version: int = 0) -> int:
    """One row's part of its table's digest, below ``2 ** 128``."""
    raw = hashlib.sha256(row_text(values, version).encode()).digest()
    return int.from_bytes(raw[: DIGEST_BITS // 8], "big")


def table_digest(rows: Iterable[tuple[Mapping[str, Any], int]]) -> tuple[int, str]:
    """Count and digest of ``(values, version)`` rows, in any order."""
    count, total = 0, 0
    for values, version in rows:
        count += 1
        total ^= row_digest(values, version)
    return count, f"{total:032x}"


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {key: _ordered(item) for key, item in value.items() if item is not None}
        return dict(sorted(kept.items(), key=_key_order))
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return value


def _key_order(item: tuple[str, Any]) -> tuple[int, bytes]:
    raw = item[0].encode()
    return len(raw), raw
