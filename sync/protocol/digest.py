"""The digest of a table, the same on both sides and whatever the order of the rows.

A row's text is ``<version>|<canonical JSON>`` (version 0 for a fact); its digest is the first
128 bits of the text's SHA-256; a table's digest is the XOR of its rows', as 32 hex digits. The
canonical JSON is that of PostgreSQL's ``jsonb``: keys ordered by length, then bytes; ``", "`` and
``": "`` between; no entry that is null; text unescaped but for control characters, ``"``, ``\\``.

A bucket holds a part of a table: references by the last two hex digits of their id, which are
random; facts by the day of their id, as the decimal number of days since 1970 in UTC.

A till of a later release leaves out what the server has never heard of: a field that it declares
and the server does not, where it holds its default (``as_known``).
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache, reduce
from operator import xor
from typing import Any

from localdb.domain.records import Kind, Record

DIGEST_BITS = 128
DAY_MS = 86_400_000
# json.dumps would make an encoder for each row.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "))
_HEX_PAIR = re.compile("[0-9a-f]{2}")
_DAY = re.compile("[0-9]{1,9}")
BucketDigests = dict[str, tuple[int, str]]
"""Bucket -> count and digest of its rows."""


def row_text(values: Mapping[str, Any], version: int = 0) -> str:
    """What is hashed for one row; ``values`` hold unknown fields beside the declared ones."""
    text = _ENCODER.encode(_ordered(values))
    return f"{version}|{text}"


def row_digest(values: Mapping[str, Any], version: int = 0) -> int:
    """One row's part of its table's digest, below ``2 ** 128``."""
    raw = hashlib.sha256(row_text(values, version).encode()).digest()
    return int.from_bytes(raw[: DIGEST_BITS // 8], "big")


def as_known(
    record: type[Record], values: Mapping[str, Any], declared: Collection[str]
) -> Mapping[str, Any]:
    """The values as the other side has them, which declares these fields; none for no word of it.

    It keeps what it was sent, and gives no row of its own the default of a field that is new.
    """
    if not declared:
        return values
    new = {f.name: f.default for f in record.fields() if not f.required and f.name not in declared}
    return {n: v for n, v in values.items() if n not in new or v != new[n]} if new else values


def table_digest(rows: Iterable[tuple[Mapping[str, Any], int]]) -> tuple[int, str]:
    """Count and digest of ``(values, version)`` rows, in any order."""
    count, total = 0, 0
    for values, version in rows:
        count += 1
        total ^= row_digest(values, version)
    return count, f"{total:032x}"


def whole_digest(buckets: BucketDigests) -> tuple[int, str]:
    """Count and digest of a table from those of its buckets."""
    total = reduce(xor, (int(digest, 16) for _, digest in buckets.values()), 0)
    return sum(count for count, _ in buckets.values()), f"{total:032x}"


class Tally:
    """Counts and digests of a table's buckets, summed up row by row in any order."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[int, int]] = {}

    def add(self, bucket: str, values: Mapping[str, Any], version: int = 0) -> None:
        """Count a row in."""
        count, total = self._sums.get(bucket, (0, 0))
        self._sums[bucket] = (count + 1, total ^ row_digest(values, version))

    def digests(self) -> BucketDigests:
        """What has been counted so far."""
        return {bucket: (count, f"{total:032x}") for bucket, (count, total) in self._sums.items()}


def bucket_of(kind: Kind, record_id: str) -> str:
    """The bucket that a record falls into."""
    return record_id[-2:] if kind is Kind.REFERENCE else str(time_ms(record_id) // DAY_MS)


def is_bucket(kind: Kind, bucket: str) -> bool:
    """Whether a bucket of this name can exist."""
    return (_HEX_PAIR if kind is Kind.REFERENCE else _DAY).fullmatch(bucket) is not None


def time_ms(record_id: str) -> int:
    """When an id was made, in UTC milliseconds."""
    return int(record_id[:8] + record_id[9:13], 16)


def id_at(at_ms: int) -> str:
    """The lowest id of a moment: ids begin with their time, in 48 bits."""
    digits = f"{min(max(at_ms, 0), 2**48 - 1):012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"


def ids_of_day(bucket: str) -> tuple[str, str]:
    """The lowest id of a day, and that of the day after."""
    day = int(bucket)
    return id_at(day * DAY_MS), id_at((day + 1) * DAY_MS)


def _ordered(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _nested(item) if isinstance(item, dict | list) else item
        for key in _key_order(tuple(values))
        if (item := values[key]) is not None
    }


def _nested(value: Any) -> Any:
    if isinstance(value, dict):
        return _ordered(value)
    return [_nested(item) for item in value] if isinstance(value, list) else value


@lru_cache(maxsize=1024)
def _key_order(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Shorter keys first, then by their bytes: the rows of a table share their keys."""
    return tuple(sorted(keys, key=lambda key: (len(key.encode()), key.encode())))
