"""What every store must do for the look at stored facts."""

from collections.abc import Sequence
from typing import get_args

import pytest

from localdb.domain import journal
from localdb.domain.records import Fact, JournalEntry, Sale, SaleLine
from sync.server.core.ports import Look, NewFact, Transaction
from tests.sync.server.contract import (
    DEVICE,
    MANY,
    NEW_ID,
    OTHER,
    Contract,
    contract,
    entry,
    product,
    row_of,
)

__all__ = ["contract"]
CART = NEW_ID()


@pytest.mark.parametrize("look", get_args(Look))
def test_groups_are_looked_at_once_and_not_too_soon(contract: Contract, look: Look) -> None:
    """From where the last look ended, up to the first that is too young, within the limits."""
    entries = [entry(contract, number, number, rows=1) for number in range(1, 6)]

    async def write(tx: Transaction) -> None:
        await tx.advance({contract.store_id: 5})
        await tx.write_log(entries[:3], 10)
        await tx.write_log(entries[3:4], 30)
        # A process whose clock is behind.
        await tx.write_log(entries[4:], 20)

    contract.within(write)

    def page(before_us: int, entries_max: int = MANY, rows_max: int = MANY) -> list[int]:
        found = contract.within(
            lambda tx: tx.unlooked(look, contract.store_id, before_us, entries_max, rows_max)
        )
        assert found == [one for one in entries if one.number in {f.number for f in found}]
        return [one.number for one in found]

    assert contract.within(lambda tx: tx.unlooked_streams(look)) == [contract.store_id]
    assert page(9) == []
    assert page(20) == [1, 2, 3]
    assert page(30) == [1, 2, 3, 4, 5]
    assert page(30, entries_max=2) == [1, 2]
    assert page(30, rows_max=1) == [1]
    contract.within(lambda tx: tx.looked(look, contract.store_id, 4))
    contract.within(lambda tx: tx.looked(look, contract.store_id, 2))
    assert page(30) == [5]
    contract.within(lambda tx: tx.looked(look, contract.store_id, 5))
    assert contract.within(lambda tx: tx.unlooked_streams(look)) == []


def test_what_exists_is_told_from_what_does_not(contract: Contract) -> None:
    """Deleted records exist."""
    here, gone = product("A"), product("B", deleted=True)
    contract.within(lambda tx: tx.insert_rows("product", [row_of(here), row_of(gone)]))
    ids = [here.id, gone.id, NEW_ID()]
    assert contract.within(lambda tx: tx.existing("product", ids)) == {here.id, gone.id}
    assert contract.within(lambda tx: tx.existing("product", [])) == set()


def test_facts_are_found_by_what_they_refer_to(contract: Contract) -> None:
    """Refunds by the line, sales by the number, links by their place, each in id order."""
    sales = [sale(contract, number, CART) for number in ("1", "2")]
    sales += [sale(contract, "1"), sale(contract, "3", CART, "refund")]
    sold = line(contract, sales[0])
    backs = [line(contract, sales[1], refund_of=sold.id) for _ in range(2)]
    first = link(contract)
    second = link(contract, first)
    other = journal.link(
        None, entry_id=NEW_ID(), store_id=contract.store_id, device_id=OTHER, kind="x",
        payload={}, at_us=1,
    )  # fmt: skip

    async def write(tx: Transaction) -> None:
        await tx.insert_facts({"sale": stored(sales), "sale_line": stored([sold, *backs])})
        await tx.insert_facts({"journal_entry": stored([second, other, first])})

    contract.within(write)
    refunds = contract.within(lambda tx: tx.refunds_of([sold.id, NEW_ID()]))
    assert refunds == [back.values() for back in backs]
    of_cart = contract.within(lambda tx: tx.sales_of_carts([CART, NEW_ID()]))
    assert of_cart == [sales[0].values(), sales[1].values()]
    numbered = contract.within(lambda tx: tx.sales_numbered(["1"]))
    assert numbered == [sales[0].values(), sales[2].values()]
    links = contract.within(lambda tx: tx.journal(DEVICE, [1, 2, 3]))
    assert links == [first.values(), second.values()]
    assert contract.within(lambda tx: tx.journal(DEVICE, [2])) == [second.values()]


def test_what_was_decided_about_a_conflict_is_found_in_the_journals(contract: Contract) -> None:
    """Of every device, by the conflict that it is about; other entries name it in vain."""
    asked, other = NEW_ID(), NEW_ID()

    def told(kind: str, device_id: str, **payload: str) -> JournalEntry:
        return journal.link(
            None, entry_id=NEW_ID(), store_id=contract.store_id, device_id=device_id, kind=kind,
            payload=payload, at_us=1,
        )  # fmt: skip

    settled = told("conflict_settled", DEVICE, conflict=asked)
    undone = told("conflict_undone", OTHER, conflict=asked)
    rest = [
        told("conflict_settled", NEW_ID(), conflict=other),
        told("no_sale", NEW_ID(), conflict=asked),
    ]
    facts = {"journal_entry": stored([settled, undone, *rest])}
    contract.within(lambda tx: tx.insert_facts(facts))
    found = contract.within(lambda tx: tx.answers([asked, NEW_ID()]))
    assert {entry["id"] for entry in found} == {settled.id, undone.id}
    assert contract.within(lambda tx: tx.answers([])) == []


def stored(facts: Sequence[Fact]) -> list[NewFact]:
    """As the first device's group brings them."""
    return [NewFact(fact.values(), DEVICE, 1) for fact in facts]


def sale(contract: Contract, number: str, cart_id: str | None = None, kind: str = "sale") -> Sale:
    return Sale(
        id=NEW_ID(), store_id=contract.store_id, device_id=DEVICE, shift_id=NEW_ID(),
        cashier_id=NEW_ID(), receipt_number=number, currency="EUR", total_minor=1, tax_minor=0,
        line_count=0, rung_at_us=1, business_day=20260101, held_cart_id=cart_id, kind=kind,
    )  # fmt: skip


def line(contract: Contract, of: Sale, refund_of: str | None = None) -> SaleLine:
    return SaleLine(
        id=NEW_ID(), store_id=contract.store_id, sale_id=of.id, position=0, name="Beans",
        quantity_milli=1000, unit_price_minor=1, total_minor=1, refund_of=refund_of,
    )  # fmt: skip


def link(contract: Contract, after: JournalEntry | None = None) -> JournalEntry:
    return journal.link(
        after, entry_id=NEW_ID(), store_id=contract.store_id, device_id=DEVICE, kind="x",
        payload={}, at_us=1,
    )  # fmt: skip
