"""The till's journal: each entry carries the hash of the one before, so a change anywhere shows.

Since its second form the last entry of a transaction also carries a hash of all facts that were
written with it: the sale, its lines, payments, taxes, discounts and movements. Older entries have
none, and hold as they are.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localdb.domain.records import JournalEntry, Sale, ShiftEvent

FIRST_PREVIOUS_HASH = "0" * 64
FACTS = "facts"
"""Where in its payload an entry says which facts were written with it."""
FORM = 2
CODE_BYTES = 5
# Made once: a sale has a dozen facts, and each is written out at the till and at the server.
_COMPACT = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
Fact = tuple[str, Mapping[str, Any]]
"""A record type and the values of a fact."""


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


def told_of_facts(facts: Iterable[Fact]) -> dict[str, Any]:
    """What an entry says of the facts that were written with it."""
    texts = sorted(map(fact_text, facts))
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return {"form": FORM, "count": len(texts), "sha256": digest}


def fact_text(fact: Fact) -> str:
    """The canonical form of a fact: a compact ASCII JSON array of its type and its values.

    Left out are the store, which changes when a till joins a server, and what is null, false, 0 or
    empty: so a field that a later release adds changes no older fact.
    """
    record_type, values = fact
    said = {name: value for name, value in values.items() if value and name != "store_id"}
    return _COMPACT([record_type, said])


def facts_of_entry(payload: str) -> Mapping[str, Any] | None:
    """What an entry with this payload says of facts; None for one that says nothing of them."""
    try:
        said = json.loads(payload)
    except ValueError:
        return None
    facts = said.get(FACTS) if isinstance(said, dict) else None
    return facts if isinstance(facts, dict) and facts.get("form") == FORM else None


def paper_code(entry_hash: str) -> str:
    """Eight characters that stand for a chain's head on paper: the first 40 bits of its hash.

    Written ``7K4M-Q2XP``, in Crockford's base 32.
    """
    bits = int(entry_hash[: CODE_BYTES * 2], 16)
    letters = "".join(_ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def read_paper_code(text: str) -> str | None:
    """The hexadecimal digits that a hash with this code begins with; None for what is no code.

    In either case, with or without a dash; I and L are read as 1, O as 0.
    """
    letters = text.strip().upper().replace("-", "").replace(" ", "")
    letters = letters.translate(str.maketrans("ILO", "110"))
    if len(letters) != CODE_BYTES * 8 // 5 or not set(letters) <= set(_ALPHABET):
        return None
    bits = sum(_ALPHABET.index(one) << 5 * place for place, one in enumerate(reversed(letters)))
    return f"{bits:0{CODE_BYTES * 2}x}"


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
