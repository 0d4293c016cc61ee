"""The till's journal: each entry carries the hash of the one before, so a change anywhere shows."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localdb.domain.records import JournalEntry, Sale, ShiftEvent

FIRST_PREVIOUS_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a chain stops holding: the number of the first bad entry, and why."""

    seq: int
    reason: str


def link(
    previous: JournalEntry | None,
    *,
    entry_id: str,
    store_id: str,
    device_id: str,
    kind: str,
    payload: Mapping[str, Any],
    at_us: int,
) -> JournalEntry:
    """The entry after ``previous`` (None for a device's first); ``payload`` must be plain JSON."""
    seq = previous.seq + 1 if previous else 1
    previous_hash = previous.hash if previous else FIRST_PREVIOUS_HASH
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return JournalEntry(
        id=entry_id,
        store_id=store_id,
        device_id=device_id,
        seq=seq,
        kind=kind,
        payload=text,
        at_us=at_us,
        previous_hash=previous_hash,
        hash=entry_hash(previous_hash, device_id, seq, kind, at_us, text),
    )


def told_of_sale(sale: Sale) -> dict[str, Any]:
    """What the entry of a sale or refund says; its kind is the sale's."""
    return {
        "sale": sale.id,
        "receipt": sale.receipt_number,
        "total_minor": sale.total_minor,
        "tax_minor": sale.tax_minor,
        "lines": sale.line_count,
    }


def told_of_shift(event: ShiftEvent) -> dict[str, Any]:
    """What the entry of a drawer event says, its detail by its hash; its kind is ``shift_...``."""
    return {
        "shift": event.shift_id,
        "amount": event.amount_minor,
        "z": event.z_number,
        "expected": event.expected_minor,
        "reason": event.reason,
        "user": event.user_id,
        "detail_sha256": hashlib.sha256(event.detail.encode()).hexdigest(),
    }


def entry_hash(
    previous_hash: str, device_id: str, seq: int, kind: str, at_us: int, payload: str
) -> str:
    """SHA-256, in hex, of the six values as a compact ASCII JSON array.

    The quoting of JSON keeps the values apart: no two different entries give the same text.
    """
    values = [previous_hash, device_id, seq, kind, at_us, payload]
    return hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest()


def is_unchanged(entry: JournalEntry) -> bool:
    """Whether an entry says what its own hash was taken of; whatever comes before it."""
    return entry.hash == entry_hash(
        entry.previous_hash, entry.device_id, entry.seq, entry.kind, entry.at_us, entry.payload
    )


def verify(entries: Iterable[JournalEntry], after: JournalEntry | None = None) -> Broken | None:
    """The first entry that does not follow from the one before it; None when all hold.

    ``entries`` are one device's, in order of ``seq``, from its first or from the one ``after``.
    """
    previous = after
    for entry in entries:
        reason = _fault(entry, previous)
        if reason:
            return Broken(entry.seq, reason)
        previous = entry
    return None


def _fault(entry: JournalEntry, previous: JournalEntry | None) -> str:
    expected = previous.seq + 1 if previous else 1
    if entry.seq != expected:
        return f"entry {expected} is missing"
    if previous and entry.device_id != previous.device_id:
        return "the entry is another till's"
    if entry.previous_hash != (previous.hash if previous else FIRST_PREVIOUS_HASH):
        return "the entry does not follow the one before it"
    return "" if is_unchanged(entry) else "the entry was changed after it was written"
