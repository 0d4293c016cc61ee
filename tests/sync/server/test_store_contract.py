"""What every store must do: transactions, references and facts."""

from typing import Any

import pytest

from localdb.domain.records import Barcode, Conflict, JournalEntry, Sale, Setting
from sync.server.core.ports import (
    LedgerRow,
    NewFact,
    Race,
    Store,
    StoreError,
    StreamState,
    Transaction,
)
from sync.server.core.rows import Stamp
from tests.sync.server.contract import (
    DEVICE,
    MANY,
    NEW_ID,
    NIL,
    OTHER,
    Contract,
    Stop,
    contract,
    entry,
    movement,
    names_of,
    product,
    row_of,
)

__all__ = ["contract"]


# ---------------------------------------------------------------- transactions


def test_nothing_shows_before_the_commit(contract: Contract) -> None:
    """Another transaction sees all of it after the commit and none of it before."""

    async def story(store: Store) -> tuple[list[str], list[str], list[str]]:
        async with store.transaction(contract.org_id) as one:
            await one.insert_rows("product", [row_of(product())])
            async with store.transaction(contract.org_id) as other:
                during = await names_of(other)
            own = await names_of(one)
        async with store.transaction(contract.org_id) as other:
            return during, own, await names_of(other)

    assert contract.tell(story) == ([], ["A"], ["A"])


def test_an_error_takes_everything_back(contract: Contract) -> None:
    """Rows, facts, numbers, verdicts and devices are as they were before."""
    made = product()

    async def fails(store: Store) -> None:
        async with store.transaction(contract.org_id) as tx:
            await tx.insert_rows("product", [row_of(made)])
            fact = movement(contract, made.id, 1000)
            await tx.insert_facts({"stock_movement": [fact]})
            await tx.advance({contract.store_id: 3})
            await tx.write_log([entry(contract, 1), entry(contract, 2, 2)], 1)
            await tx.record([LedgerRow(DEVICE, 1, "h", {"kind": "applied"})], 1)
            await tx.acknowledge({DEVICE: 1}, 1)
            raise Stop

    with pytest.raises(Stop):
        contract.tell(fails)

    async def look(tx: Transaction) -> tuple[Any, ...]:
        state = await tx.stream(contract.store_id)
        return (
            await names_of(tx),
            await tx.recent_facts("stock_movement", None, NIL, NIL, MANY),
            state,
            await tx.log(contract.store_id, 0, MANY, MANY),
            await tx.recorded([(DEVICE, 1)]),
            (await tx.lock_devices([DEVICE]))[DEVICE].expected,
        )

    assert contract.within(look) == ([], [], StreamState(0, 0), [], {}, 1)


def test_a_savepoint_takes_back_only_what_is_inside(contract: Contract) -> None:
    """The transaction goes on, and what came before and after is committed."""

    async def inside(tx: Transaction) -> None:
        async with tx.savepoint():
            await tx.insert_rows("product", [row_of(product("inside"))])
            await tx.advance({contract.store_id: 1})
            raise Stop

    async def story(tx: Transaction) -> None:
        await tx.insert_rows("product", [row_of(product("before"))])
        with pytest.raises(Stop):
            await inside(tx)
        async with tx.savepoint():
            await tx.insert_rows("product", [row_of(product("kept"))])
        await tx.insert_rows("product", [row_of(product("after"))])

    contract.within(story)
    assert contract.within(names_of) == ["before", "kept", "after"]
    assert contract.within(lambda tx: tx.stream(contract.store_id)) == StreamState(0, 0)


def test_a_repeatable_transaction_reads_one_moment(contract: Contract) -> None:
    """What others commit meanwhile is not there; an ordinary one sees it at its next look."""

    async def story(store: Store) -> tuple[list[str], list[str]]:
        async with (
            store.transaction(contract.org_id, repeatable=True) as still,
            store.transaction(contract.org_id) as plain,
        ):
            await names_of(still)
            async with store.transaction(contract.org_id) as writer:
                await writer.insert_rows("product", [row_of(product())])
            return await names_of(still), await names_of(plain)

    assert contract.tell(story) == ([], ["A"])


def test_what_a_repeatable_transaction_writes_stays(contract: Contract) -> None:
    """It reads one moment and writes as any other."""

    async def story(store: Store) -> None:
        async with store.transaction(contract.org_id, repeatable=True) as still:
            await still.insert_rows("product", [row_of(product())])

    contract.tell(story)
    assert contract.within(names_of) == ["A"]


def test_organisations_do_not_see_each_other(contract: Contract) -> None:
    """Neither rows nor streams nor devices; the epoch is everybody's."""
    contract.within(lambda tx: tx.insert_rows("product", [row_of(product())]))

    async def story(store: Store) -> tuple[Any, ...]:
        async with store.transaction(contract.org_id) as own:
            epoch = await own.epoch()
        async with store.transaction(NEW_ID()) as tx:
            seen = (await names_of(tx), await tx.stream("org"), await tx.registered(DEVICE))
            return (*seen, await tx.epoch() == epoch)

    assert contract.tell(story) == ([], None, None, True)


# ---------------------------------------------------------------- references


def test_rows_come_back_as_they_were_stored(contract: Contract) -> None:
    """With fields that no record declares, version, vector and stamp."""
    row = row_of(product(), version=3, brand="Illy")

    async def story(tx: Transaction) -> Any:
        await tx.insert_rows("product", [row])
        key = ("product", row.values["id"])
        return await tx.lock_rows([key, ("product", NEW_ID()), ("customer", NEW_ID())])

    assert contract.within(story) == {("product", row.values["id"]): row}


def test_a_row_is_inserted_once_and_overwritten_often(contract: Contract) -> None:
    """A second insert of an id is a race; an update replaces all of the row."""
    row = row_of(product())
    contract.within(lambda tx: tx.insert_rows("product", [row]))
    with pytest.raises(Race):
        contract.within(lambda tx: tx.insert_rows("product", [row]))
    newer = row.moved({"name": "Better beans"}, {DEVICE: 2}, Stamp(OTHER, None, 9))
    contract.within(lambda tx: tx.update_rows("product", [newer]))
    assert contract.within(lambda tx: tx.references("product", None, NIL, MANY)) == [newer]


def test_the_open_conflicts_about_records_are_found(contract: Contract) -> None:
    """By their own id in any state, by the record they are about only while they are open."""
    about = product()

    def conflict(state: str, record_id: str) -> Conflict:
        return Conflict(
            id=NEW_ID(),
            kind="field",
            record_type="product",
            record_id=record_id,
            title="Beans",
            fields_json="{}",
            device_id=DEVICE,
            at_us=1,
            state=state,
        )

    open_one, settled, asked = (
        conflict("open", about.id),
        conflict("settled", about.id),
        conflict("settled", NEW_ID()),
    )
    rows = [row_of(one) for one in (open_one, settled, asked)]
    contract.within(lambda tx: tx.insert_rows("conflict", rows))
    found = contract.within(lambda tx: tx.lock_conflicts([asked.id], [about.id]))
    assert list(found) == [("conflict", open_one.id), ("conflict", asked.id)]


def test_the_owner_of_a_key_is_the_first_live_record(contract: Contract) -> None:
    """Deleted records own nothing; the lowest id comes first."""
    first, second, gone = product("X"), product("X"), product("X", deleted=True)
    rows = [row_of(one) for one in (second, gone, first)]
    contract.within(lambda tx: tx.insert_rows("product", rows))
    owners = contract.within(lambda tx: tx.owners("product", ["X", "Y"]))
    assert owners == {"X": [first.id, second.id]}
    code = Barcode(id=NEW_ID(), code="400", product_id=first.id)
    contract.within(lambda tx: tx.insert_rows("barcode", [row_of(code)]))
    assert contract.within(lambda tx: tx.owners("barcode", ["400"])) == {"400": [code.id]}


def test_references_are_read_by_pages(contract: Contract) -> None:
    """In id order, after an id, so many at once, of one bucket, and counted."""
    made = sorted((product(f"P{n}") for n in range(5)), key=lambda one: one.id)
    contract.within(lambda tx: tx.insert_rows("product", [row_of(one) for one in made[::-1]]))

    async def story(tx: Transaction) -> tuple[list[str], ...]:
        page = await tx.references("product", None, made[0].id, 2)
        bucket = made[3].id[-2:]
        part = await tx.references("product", None, NIL, MANY, bucket)
        ids = [row.values["id"] for row in part]
        assert ids == [one.id for one in made if one.id.endswith(bucket)]
        assert await tx.count("product", None, made[2].id) == 3
        return ([row.values["id"] for row in page],)

    assert contract.within(story) == ([made[1].id, made[2].id],)


def test_what_cannot_be_stored_is_an_error_of_the_store(contract: Contract) -> None:
    """A null character: nothing of the transaction stands."""

    async def story(tx: Transaction) -> None:
        await tx.insert_rows("setting", [row_of(Setting(id=NEW_ID(), key="good", value="1"))])
        bad = Setting(id=NEW_ID(), key="bad", value="a\x00b")
        await tx.insert_rows("setting", [row_of(bad)])

    with pytest.raises(StoreError):
        contract.within(story)
    assert contract.within(lambda tx: names_of(tx, "setting")) == []


# ---------------------------------------------------------------- facts


def test_facts_are_stored_once(contract: Contract) -> None:
    """The first group that brings a fact is its origin; which came again is said."""
    one, two, three = (movement(contract, NEW_ID(), 1000) for _ in range(3))
    assert contract.within(lambda tx: tx.insert_facts({"stock_movement": [one]})) == set()
    again = NewFact(one.values, OTHER, 9)
    found = contract.within(
        lambda tx: tx.insert_facts({"stock_movement": [again, two, three, three]})
    )
    assert found == {
        ("stock_movement", one.values["id"]),
        ("stock_movement", three.values["id"]),
    }
    origins = [(DEVICE, 1), (OTHER, 9)]
    brought = contract.within(lambda tx: tx.facts_of("stock_movement", origins))
    in_order = sorted((one, two, three), key=lambda fact: str(fact.values["id"]))
    assert brought == [((DEVICE, 1), fact.values) for fact in in_order]
    ids = [one.values["id"], NEW_ID()]
    assert contract.within(lambda tx: tx.facts("stock_movement", ids)) == [one.values]


def test_recent_facts_are_read_between_two_ids(contract: Contract) -> None:
    """From the one on, above another, below a third, in id order."""
    made = sorted((movement(contract, NEW_ID(), 1) for _ in range(5)), key=_id_of)
    contract.within(lambda tx: tx.insert_facts({"stock_movement": made}))
    ids = [_id_of(fact) for fact in made]

    async def story(tx: Transaction) -> list[list[str]]:
        asked = (
            (ids[1], NIL, MANY, ids[4]),
            (NIL, ids[1], 2, "f" * 8 + NIL[8:]),
        )
        pages = [await tx.recent_facts("stock_movement", contract.store_id, *a) for a in asked]
        return [[values["id"] for values in page] for page in pages]

    assert contract.within(story) == [ids[1:4], ids[2:4]]
    nowhere = contract.within(
        lambda tx: tx.recent_facts("stock_movement", NEW_ID(), NIL, NIL, MANY)
    )
    assert nowhere == []


def test_what_was_brought_since_is_told_with_its_group(contract: Contract) -> None:
    """Not what a group brought that was recorded before, nor what the asking device brought.

    A group without a verdict was given back by another till: that was not long ago.
    """
    old, new, given = (movement(contract, NEW_ID(), 1, dseq) for dseq in (1, 2, 3))
    others = NewFact(movement(contract, NEW_ID(), 1).values, OTHER, 1)
    made = sorted((new, given), key=_id_of)

    async def written(tx: Transaction) -> None:
        await tx.insert_facts({"stock_movement": [old, new, given, others]})
        await tx.record([LedgerRow(DEVICE, 1, "a", {}), LedgerRow(OTHER, 1, "b", {})], 10)
        # What was held counts from when it was applied.
        await tx.record([LedgerRow(DEVICE, 2, "c", {"kind": "held"})], 10)
        await tx.record([LedgerRow(DEVICE, 2, "c", {"kind": "applied"})], 20)

    async def told(tx: Transaction) -> list[list[NewFact]]:
        asked = ((OTHER, NIL, MANY), (OTHER, NIL, 1), (OTHER, _id_of(made[0]), MANY))
        where = ("stock_movement", contract.store_id, 20)
        mine = await tx.facts_since(*where, DEVICE, NIL, MANY)
        elsewhere = await tx.facts_since("stock_movement", NEW_ID(), 20, OTHER, NIL, MANY)
        return [*[await tx.facts_since(*where, *a) for a in asked], mine, elsewhere]

    contract.within(written)
    assert contract.within(told) == [made, made[:1], made[1:], [], []]


def _id_of(fact: NewFact) -> str:
    return str(fact.values["id"])


def test_what_a_device_brought_is_counted(contract: Contract) -> None:
    """How many facts of a type, and the sum of what tells the most."""
    facts = [movement(contract, NEW_ID(), quantity) for quantity in (1000, -250)]
    contract.within(lambda tx: tx.insert_facts({"stock_movement": facts}))
    assert contract.within(lambda tx: tx.delivered_by("stock_movement", DEVICE)) == (2, 750)
    assert contract.within(lambda tx: tx.delivered_by("stock_movement", OTHER)) == (0, 0)
    assert contract.within(lambda tx: tx.delivered_by("journal_entry", DEVICE)) == (0, 0)
    held = contract.within(lambda tx: tx.holdings(DEVICE))
    assert (held.dseq_acknowledged, held.sales, held.sales_minor, held.journal_head) == (
        0,
        0,
        0,
        "",
    )


def test_the_head_of_a_journal_is_of_what_its_device_delivered(contract: Contract) -> None:
    """What others gave back in its name may be another branch, and may be longer."""
    entries = [_entry(contract, seq, hash_) for seq, hash_ in ((1, "a"), (2, "b"), (3, "c"))]
    facts = [NewFact(one.values(), DEVICE, one.seq) for one in entries]
    contract.within(lambda tx: tx.insert_facts({"journal_entry": facts}))
    contract.within(lambda tx: tx.acknowledge({DEVICE: 2}, 1))
    assert contract.within(lambda tx: tx.holdings(DEVICE)).journal_head == "b" * 64


def _entry(contract: Contract, seq: int, hash_: str) -> JournalEntry:
    return JournalEntry(
        id=NEW_ID(),
        store_id=contract.store_id,
        device_id=DEVICE,
        seq=seq,
        kind="sale",
        payload="{}",
        at_us=1,
        previous_hash="0" * 64,
        hash=hash_ * 64,
    )


def test_the_sales_of_a_device_are_proven_by_who_brought_them(contract: Contract) -> None:
    """Count and sum of the sales that came with its groups."""
    sale = Sale(
        id=NEW_ID(),
        store_id=contract.store_id,
        device_id=DEVICE,
        shift_id=NEW_ID(),
        cashier_id=NEW_ID(),
        receipt_number="S01-T01-000001",
        currency="EUR",
        total_minor=450,
        tax_minor=0,
        line_count=1,
        rung_at_us=1,
        business_day=20260921,
    )
    contract.within(lambda tx: tx.insert_facts({"sale": [NewFact(sale.values(), DEVICE, 1)]}))
    held = contract.within(lambda tx: tx.holdings(DEVICE))
    assert (held.sales, held.sales_minor) == (1, 450)
