"""The hash chain."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain import journal
from localdb.domain.journal import FIRST_PREVIOUS_HASH, Broken, entry_hash, link, verify
from localdb.domain.records import FACTS, JournalEntry
from localdb.domain.validate import problems
from tests.localdb.domain.build import numbered_id


def chain(length: int) -> list[JournalEntry]:
    """A journal of so many entries."""
    entries: list[JournalEntry] = []
    for number in range(length):
        entries.append(
            link(
                entries[-1] if entries else None,
                entry_id=numbered_id(number),
                store_id=numbered_id(11),
                device_id=numbered_id(12),
                kind="sale",
                payload={"receipt": f"S01-T01-{number:06}", "total": number},
                at_us=number,
            )
        )
    return entries


def test_a_chain_holds() -> None:
    """What was linked verifies, whole and from the middle, and is valid."""
    entries = chain(5)
    assert entries[0].previous_hash == FIRST_PREVIOUS_HASH
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert verify(entries) is None
    assert verify(entries[2:], after=entries[1]) is None
    assert verify([]) is None
    assert not problems(JournalEntry, entries[0].values())


@pytest.mark.parametrize(
    "change",
    [
        {"payload": '{"total":0}'},
        {"at_us": 99},
        {"kind": "void"},
        {"device_id": numbered_id(13)},
        {"hash": "f" * 64},
    ],
)
def test_a_changed_entry_shows(change: dict[str, Any]) -> None:
    """Whatever is changed, the entry itself is named."""
    entries = chain(5)
    entries[2] = replace(entries[2], **change)
    broken = verify(entries)
    assert broken is not None
    assert broken.seq == 3


def test_why_a_chain_is_broken() -> None:
    """A missing, swapped or rewritten entry each has its own words."""
    entries = chain(5)
    assert verify(entries[:1] + entries[2:]) == Broken(3, "entry 2 is missing")
    assert verify(entries[1:]) == Broken(2, "entry 1 is missing")
    rewritten = replace(entries[1], payload="{}")
    rewritten = replace(
        rewritten,
        hash=entry_hash(
            rewritten.previous_hash, rewritten.device_id, 2, "sale", rewritten.at_us, "{}"
        ),
    )
    broken = verify([entries[0], rewritten, *entries[2:]])
    assert broken == Broken(3, "the entry does not follow the one before it")


def test_the_hash_is_fixed() -> None:
    """The hash of given values never changes, or old journals would stop verifying."""
    expected = "08bd9d108e7a5803bb1b4feb2b11677b329d89f238e596199292f7f15d3a2688"
    assert entry_hash(FIRST_PREVIOUS_HASH, "till", 1, "sale", 5, '{"é":1}') == expected


@given(st.text(), st.text(), st.text(), st.text())
def test_values_never_run_together(kind: str, payload: str, kind2: str, payload2: str) -> None:
    """Two entries hash alike only when all their values are alike."""
    one = entry_hash("0", "till", 1, kind, 5, payload)
    other = entry_hash("0", "till", 1, kind2, 5, payload2)
    assert (one == other) == ((kind, payload) == (kind2, payload2))


def test_the_payload_is_canonical() -> None:
    """The order in which a payload was built does not show."""
    fields: dict[str, Any] = {
        "entry_id": numbered_id(1),
        "store_id": numbered_id(2),
        "device_id": numbered_id(3),
        "kind": "sale",
        "at_us": 5,
    }
    one = link(None, payload={"a": 1, "b": "ü"}, **fields)
    assert one == link(None, payload={"b": "ü", "a": 1}, **fields)
    assert one.payload == '{"a":1,"b":"ü"}'


def test_a_code_for_paper_is_read_back() -> None:
    """In either case, with or without a dash, and with the letters that are taken for digits."""
    digits = f"{int('00000000010001000011001000010100110001 11'.replace(' ', ''), 2):010x}"
    assert journal.paper_code(digits + "0" * 54) == "0123-4567"
    assert journal.read_paper_code(" oi23 4567 ") == digits
    for wrong in ("", "0123-456", "0123-45678", "0123-456U", "\u0660123-4567"):
        assert journal.read_paper_code(wrong) is None


def test_fields_added_later_change_no_older_fact() -> None:
    """Their default must be empty: what is null, 0, false or empty is left out."""
    whole = {"id": "a", "total_minor": 5, "store_id": "s"}
    added = {**whole, "channel": "", "tip_minor": 0, "held_cart_id": None, "store_id": "t"}
    assert journal.fact_text(("sale", whole)) == journal.fact_text(("sale", added))
    filled = {
        (record.TYPE, field.name)
        for record in FACTS
        for field in record.fields()
        if not field.required and field.default
    }
    assert filled == {("sale", "kind"), ("sale_line", "unit"), ("shift_event", "detail")}
