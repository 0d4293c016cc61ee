"""What a push brings is held against its own journal at once, and taken all the same."""

import json
from typing import Any

import pytest

from localdb.domain.ops import decode
from tests.sync.server.core.test_found import changed, rung, sent
from tests.sync.server.tills import Shop


def flags(shop: Shop) -> list[tuple[str, list[str]]]:
    """(record type, what is odd) of the flags that every till hears of."""
    rows = shop.rows("SELECT record_type, fields_json FROM conflict WHERE kind = 'flag'")
    return [(record_type, sorted(json.loads(fields))) for record_type, fields in rows]


def test_a_sale_that_agrees_with_its_journal_is_no_matter(shop: Shop) -> None:
    """Nor is one of an older release, whose entry says nothing of payments."""
    till = shop.till()
    assert [verdict.kind for verdict in till.push(rung(till), rung(till))] == ["applied"] * 2
    assert flags(shop) == []


@pytest.mark.parametrize(
    ("type_name", "values", "odd"),
    [
        ("payment", {"method": "cash"}, "facts"),
        ("sale", {"total_minor": 1, "note": "x"}, "facts"),
        ("stock_movement", {"quantity_milli": -1}, "facts"),
        ("journal_entry", {"kind": "refund"}, "hash"),
        ("journal_entry", {"at_us": 5}, "hash"),
    ],
)
def test_what_was_changed_before_its_delivery_is_taken_and_flagged_at_once(
    shop: Shop, type_name: str, values: dict[str, Any], odd: str
) -> None:
    """The fact stands as it came; a manager hears of it with the verdict, once."""
    till = shop.till()
    group = changed(rung(till), type_name, **values)
    (verdict,) = till.push(group)
    assert verdict.kind == "applied"
    assert flags(shop) == [("journal_entry", [odd])]
    assert till.push(group) == [verdict]
    assert len(flags(shop)) == 1
    assert till.pull_all().entries[-1].rows[0].type == "conflict"


def test_a_payment_that_was_removed_is_flagged(shop: Shop) -> None:
    """A group that a till sends is whole: there are no parts of it elsewhere."""
    till = shop.till()
    read = decode(rung(till).body)
    till.push(sent(read, ops=tuple(op for op in read.ops if op.type != "payment")))
    assert flags(shop) == [("journal_entry", ["facts"])]
