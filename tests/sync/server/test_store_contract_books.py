"""What every store must do: the ledger, streams, devices, stock and digests."""

from dataclasses import replace

import pytest

from localdb.domain.records import Conflict, Product, StockMovement
from sync.protocol.digest import Tally, bucket_of
from sync.server.core.admission import Device
from sync.server.core.authority import Sender
from sync.server.core.ports import (
    Checkpoint,
    HeldGroup,
    KnownRun,
    LedgerRow,
    LogEntry,
    NewFact,
    Race,
    Registered,
    Store,
    StreamState,
    Successor,
    Transaction,
)
from sync.server.core.rows import Row
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
    product,
    row_of,
)

__all__ = ["contract"]


# ---------------------------------------------------------------- the ledger


def test_a_verdict_is_recorded_with_its_hash(contract: Contract) -> None:
    """A later verdict replaces the first one; the hash is that of the first."""
    contract.within(
        lambda tx: tx.record(
            [
                LedgerRow(DEVICE, 1, "h1", {"kind": "held", "numbers": {}}),
                LedgerRow(OTHER, 1, "h2", {"kind": "applied", "numbers": {"org": 4}}),
            ],
            1,
        )
    )
    contract.within(lambda tx: tx.record([LedgerRow(DEVICE, 1, "h1", {"kind": "applied"})], 2))
    found = contract.within(lambda tx: tx.recorded([(DEVICE, 1), (OTHER, 1), (DEVICE, 2)]))
    assert {origin: (row.hash, row.verdict["kind"]) for origin, row in found.items()} == {
        (DEVICE, 1): ("h1", "applied"),
        (OTHER, 1): ("h2", "applied"),
    }
    assert found[OTHER, 1].verdict["numbers"] == {"org": 4}


def test_a_device_delivers_one_run(contract: Contract) -> None:
    """What is expected next follows what was acknowledged, device by device."""
    contract.within(lambda tx: tx.acknowledge({DEVICE: 7}, 5))
    runs = contract.within(lambda tx: tx.lock_devices([OTHER, DEVICE]))
    assert {id_: run.expected for id_, run in runs.items()} == {DEVICE: 8, OTHER: 1}
    assert runs[DEVICE].epoch == contract.within(lambda tx: tx.epoch())


# ---------------------------------------------------------------- held groups


def test_held_groups_come_back_oldest_first(contract: Contract) -> None:
    """By the record they wait for; those tried are passed over, those forgotten are gone."""
    awaited, other = NEW_ID(), NEW_ID()

    def held(dseq: int, waits_for: str | None) -> HeldGroup:
        return HeldGroup(DEVICE, dseq, "h", "body", "parent_missing", "", waits_for)

    first, second = held(4, awaited), held(2, awaited)
    contract.within(lambda tx: tx.hold([first], 1))
    contract.within(lambda tx: tx.hold([second, held(5, other), held(6, None)], 2))

    async def story(tx: Transaction) -> list[HeldGroup | None]:
        found = []
        tried: set[tuple[str, int, str]] = set()
        while pair := await tx.next_held([awaited], tried):
            found.append(pair[1])
            assert pair[0].till_code == "T01"
            tried.add((pair[1].device_id, pair[1].dseq, awaited))
        await tx.forget_held(DEVICE, 4)
        left = await tx.next_held([awaited], [])
        return [*found, left[1] if left else None]

    assert contract.within(story) == [first, second, second]


# ---------------------------------------------------------------- streams


def test_numbers_are_taken_without_a_gap(contract: Contract) -> None:
    """So many of each stream; a transaction that fails gives them back."""
    taken = contract.within(lambda tx: tx.advance({"org": 2, contract.store_id: 1}))
    assert taken == {"org": 2, contract.store_id: 1}

    async def fails(store: Store) -> None:
        async with store.transaction(contract.org_id) as tx:
            assert await tx.advance({"org": 5}) == {"org": 7}
            raise Stop

    with pytest.raises(Stop):
        contract.tell(fails)
    assert contract.within(lambda tx: tx.advance({"org": 1})) == {"org": 3}
    assert contract.within(lambda tx: tx.stream("nowhere")) is None
    contract.within(lambda tx: tx.begin_streams(["org", "new"]))
    assert contract.within(lambda tx: tx.stream("org")) == StreamState(3, 0)
    assert contract.within(lambda tx: tx.stream("new")) == StreamState(0, 0)


def test_a_page_of_the_log_ends_at_its_limits(contract: Contract) -> None:
    """After so many entries, or with the one that fills the rows; never empty when there is one."""
    entries = [
        entry(contract, 1, 1, rows=2),
        entry(contract, 2, 2, stock_movement=3),
        entry(contract, 3, 3, rows=1),
    ]
    contract.within(lambda tx: tx.advance({contract.store_id: 3}))
    contract.within(lambda tx: tx.write_log(entries, 9))

    def page(after: int, entries_max: int, rows_max: int) -> list[int]:
        found = contract.within(lambda tx: tx.log(contract.store_id, after, entries_max, rows_max))
        assert found == [one for one in entries if one.number in {f.number for f in found}]
        return [one.number for one in found]

    assert page(0, MANY, MANY) == [1, 2, 3]
    assert page(0, 2, MANY) == [1, 2]
    assert page(0, MANY, 1) == [1]
    assert page(0, MANY, 3) == [1, 2]
    assert page(2, MANY, MANY) == [3]
    assert page(3, MANY, MANY) == []


# ---------------------------------------------------------------- devices and codes


def test_a_device_is_found_by_its_token(contract: Contract) -> None:
    """Also a revoked one; it stays revoked since the first time."""
    token = f"token of {contract.org_id}"

    async def by_token(tx: Transaction) -> Device | None:
        return await tx.device_by_token(token)

    known = Device(contract.org_id, DEVICE, contract.store_id, "T01", active_at=1)
    assert contract.within(by_token) == known
    assert contract.within(lambda tx: tx.device_by_token("no")) is None
    assert contract.within(lambda tx: tx.revoke(DEVICE, 5))
    assert contract.within(lambda tx: tx.revoke(DEVICE, 9))
    assert not contract.within(lambda tx: tx.revoke(NEW_ID(), 9))
    revoked = contract.within(by_token)
    assert revoked is not None
    assert revoked.revoked_at == 5
    contract.within(lambda tx: tx.set_own_token("another"))
    assert contract.within(by_token) is None
    contract.within(lambda tx: tx.seen(DEVICE, 100, 50))
    own = contract.within(lambda tx: tx.own_device())
    assert own is not None
    assert own.device_id == DEVICE


def test_a_device_follows_another(contract: Contract) -> None:
    """Its run goes on where it was told, and it is found by the request that made it."""
    new, request = NEW_ID(), NEW_ID()
    device = Device(contract.org_id, new, contract.store_id, "T01B")
    follows = Successor(replaces=DEVICE, request_id=request, dseq_after=12)
    contract.within(lambda tx: tx.insert_device(device, "Again", "t1", 3, follows))
    wanted = Registered(device, "Again", DEVICE, 12)
    assert contract.within(lambda tx: tx.registered(new)) == wanted
    assert contract.within(lambda tx: tx.registered_by(request)) == wanted
    assert contract.within(lambda tx: tx.registered_by(NEW_ID())) is None
    assert contract.within(lambda tx: tx.lock_devices([new]))[new].expected == 13
    contract.within(lambda tx: tx.replace_token(new, "t2", 4))
    assert contract.within(lambda tx: tx.device_by_token("t1")) is None
    assert contract.within(lambda tx: tx.device_by_token("t2")) == replace(device, active_at=4)


def test_what_a_device_was_enrolled_for_is_read_where_it_is_locked(contract: Contract) -> None:
    """Managing or plain, revoked or not, and whether a re-enrolment followed since a moment."""
    new = Device(contract.org_id, NEW_ID(), contract.store_id, "T01B", manages=False)
    contract.within(lambda tx: tx.insert_device(new, "Again", "t1", 7, Successor(DEVICE, NEW_ID())))
    assert contract.within(lambda tx: tx.managing_tills()) == 2
    contract.within(lambda tx: tx.set_manages(OTHER, manages=False))
    contract.within(lambda tx: tx.revoke(OTHER, 5))
    assert contract.within(lambda tx: tx.managing_tills()) == 1
    runs = contract.within(lambda tx: tx.lock_devices([DEVICE, OTHER, new.device_id]))
    assert {id_: run.sender for id_, run in runs.items()} == {
        DEVICE: Sender(manages=True),
        OTHER: Sender(manages=False, revoked_at=5),
        new.device_id: Sender(manages=False),
    }
    assert contract.within(lambda tx: tx.was_reenrolled_since(DEVICE, 7))
    assert not contract.within(lambda tx: tx.was_reenrolled_since(DEVICE, 8))
    assert contract.within(lambda tx: tx.was_reenrolled_since(new.device_id, 7))
    assert not contract.within(lambda tx: tx.was_reenrolled_since(OTHER, 0))


def test_what_waits_for_a_manager_is_counted_by_device(contract: Contract) -> None:
    """Open changes that were not the device's to make, and no contradictions."""

    def conflict(device: str, reason: str = "", state: str = "open") -> Row:
        return row_of(
            Conflict(
                id=NEW_ID(),
                kind="field",
                record_type="product",
                record_id=NIL,
                title="Milk",
                fields_json="{}",
                device_id=device,
                at_us=1,
                reason=reason,
                state=state,
            )
        )

    rows = [
        conflict(DEVICE, reason="revoked"),
        conflict(DEVICE, reason="plain_till"),
        conflict(DEVICE, reason="revoked", state="settled"),
        conflict(OTHER),
    ]
    contract.within(lambda tx: tx.insert_rows("conflict", rows))
    counted = contract.within(lambda tx: tx.waiting_for_manager([DEVICE, OTHER]))
    assert counted == {DEVICE: 2}


def test_a_promised_token_becomes_the_present_one_when_it_is_used(contract: Contract) -> None:
    """Until then both open the door; the present one is never promised."""
    token = f"token of {contract.org_id}"

    def opens(text: str) -> bool | None:
        device = contract.within(lambda tx: tx.device_by_token(text))
        return None if device is None else device.promised

    contract.within(lambda tx: tx.promise_token(DEVICE, "next"))
    assert (opens(token), opens("next")) == (False, True)
    contract.within(lambda tx: tx.use_promised(DEVICE, "another", 5))
    assert (opens(token), opens("next")) == (False, True)
    contract.within(lambda tx: tx.use_promised(DEVICE, "next", 6))
    assert (opens(token), opens("next")) == (None, False)
    contract.within(lambda tx: tx.promise_token(DEVICE, "next"))
    assert opens("next") is False
    contract.within(lambda tx: tx.use_promised(DEVICE, "next", 7))
    assert opens("next") is False


def test_a_code_is_spent_once(contract: Contract) -> None:
    """It stands for a live store, and remembers whom it enrolled on which request."""
    request, text = NEW_ID(), NEW_ID()
    at = (contract.store_id, "T07", 99)
    assert contract.within(lambda tx: tx.create_code(text, *at))
    assert not contract.within(lambda tx: tx.create_code(NEW_ID(), NEW_ID(), "T07", 99))
    with pytest.raises(Race):
        contract.within(lambda tx: tx.create_code(text, *at))
    fresh = contract.within(lambda tx: tx.lock_code(text))
    assert fresh is not None
    assert (fresh.store_code, fresh.store_currency, fresh.used_at) == ("S01", "EUR", None)
    contract.within(lambda tx: tx.use_code(text, 8, OTHER, request))
    spent = contract.within(lambda tx: tx.lock_code(text))
    assert spent is not None
    assert (spent.used_at, spent.device_id, spent.request_id) == (8, OTHER, request)
    assert contract.within(lambda tx: tx.lock_code("unknown")) is None
    codes = contract.within(lambda tx: tx.lock_till_codes(contract.store_id))
    assert codes == {"T01", "T02"}

    async def whose(store: Store) -> tuple[str | None, str | None]:
        async with store.transaction() as tx:
            return await tx.code_owner(text), await tx.code_owner("unknown")

    assert contract.tell(whose) == (contract.org_id, None)


# ---------------------------------------------------------------- stock and digests


def test_the_stock_of_a_number_stays_the_same(contract: Contract) -> None:
    """Movements that come later do not change it, whether a sum was kept or not."""
    beans, bread = sorted((NEW_ID(), NEW_ID()))

    def brought(number: int, *facts: NewFact) -> None:
        async def story(tx: Transaction) -> None:
            await tx.insert_facts({"stock_movement": list(facts)})
            await tx.advance({contract.store_id: 1})
            await tx.write_log([entry(contract, number, number, stock_movement=len(facts))], 1)

        contract.within(story)

    def stock(number: int, after: str = NIL, limit: int = MANY) -> list[tuple[str, int]] | None:
        return contract.within(lambda tx: tx.stock(contract.store_id, number, after, limit))

    brought(1, movement(contract, beans, 5000, 1), movement(contract, bread, 3000, 1))
    assert stock(1) == [(beans, 5000), (bread, 3000)]
    contract.within(lambda tx: tx.keep_stock(contract.store_id, 0))
    brought(2, movement(contract, beans, -1000, 2))
    assert stock(1) == [(beans, 5000), (bread, 3000)]
    assert stock(2) == [(beans, 4000), (bread, 3000)]
    contract.within(lambda tx: tx.keep_stock(contract.store_id, 0))
    assert stock(2, beans) == [(bread, 3000)]
    assert stock(2, NIL, 1) == [(beans, 4000)]
    contract.within(lambda tx: tx.note_stock_number(DEVICE, 2))
    assert contract.within(lambda tx: tx.stock_number(DEVICE)) == 2
    assert contract.within(lambda tx: tx.stock_number(OTHER)) is None


def test_digests_are_those_of_the_protocol(contract: Contract) -> None:
    """Bucket by bucket, with unknown fields and versions, and only from an id on."""
    rows = [row_of(product("A"), version=2, brand="Illy"), row_of(product("Ä", note='"\\\n'))]
    facts = [movement(contract, NEW_ID(), 1000)]
    contract.within(lambda tx: tx.insert_rows("product", rows))
    contract.within(lambda tx: tx.insert_facts({"stock_movement": facts}))
    wanted = Tally()
    for row in rows:
        wanted.add(bucket_of(Product.KIND, row.values["id"]), row.values, row.version)
    assert contract.within(lambda tx: tx.bucket_digests("product", None, NIL)) == wanted.digests()
    of_facts = Tally()
    of_facts.add(bucket_of(StockMovement.KIND, facts[0].values["id"]), facts[0].values)
    store = contract.store_id
    assert (
        contract.within(lambda tx: tx.bucket_digests("stock_movement", store, NIL))
        == of_facts.digests()
    )
    after = "f" * 8 + NIL[8:]
    assert contract.within(lambda tx: tx.bucket_digests("product", None, after)) == {}


def test_a_stream_keeps_its_last_two_checkpoints(contract: Contract) -> None:
    """And says which is the newest, and what the entries after a number touched."""

    def kept(number: int) -> Checkpoint:
        return Checkpoint(number, 10 * number, {"sale": {"20000": (1, "0" * 32)}})

    async def keep(tx: Transaction) -> None:
        for number in (1, 2, 3):
            await tx.keep_checkpoint(contract.store_id, kept(number))

    contract.within(keep)
    assert contract.within(lambda tx: tx.checkpoint(contract.store_id, 1)) is None
    assert contract.within(lambda tx: tx.checkpoint(contract.store_id, 2)) == kept(2)
    state = contract.within(lambda tx: tx.stream(contract.store_id))
    assert state == StreamState(0, 0, 3, 30)

    fact = movement(contract, NEW_ID(), 1, 2)
    row = {"type": "held_cart", "id": NEW_ID()}

    async def moved(tx: Transaction) -> set[tuple[str, str]]:
        await tx.insert_facts({"stock_movement": [fact]})
        await tx.advance({contract.store_id: 2})
        at = (contract.store_id, 2, DEVICE, 2, None, contract.store_id, 7)
        touching = LogEntry(*at, {"stock_movement": 1}, [row])
        await tx.write_log([entry(contract, 1, 1, rows=1), touching], 1)
        return await tx.touched_since(contract.store_id, 1)

    assert contract.within(moved) == {
        ("held_cart", row["id"][-2:]),
        ("stock_movement", bucket_of(StockMovement.KIND, fact.values["id"])),
    }


def test_a_group_that_came_in_parts_counts_each_movement_once(contract: Contract) -> None:
    """Its entries name what came with them; a movement counts at the number that names it."""
    beans, bread = sorted((NEW_ID(), NEW_ID()))
    first, rest = movement(contract, beans, 5000, 1), movement(contract, bread, 3000, 1)

    async def story(tx: Transaction) -> None:
        await tx.advance({contract.store_id: 3})
        parts = [{"stock_movement": [fact.values["id"]]} for fact in (first, rest)]
        await tx.insert_facts({"stock_movement": [first, rest]})
        entries = [
            replace(entry(contract, number, 1), fact_types=types)
            for number, types in enumerate((*parts, {"sale": [NEW_ID()]}), 1)
        ]
        await tx.write_log(entries, 1)

    contract.within(story)
    assert contract.within(lambda tx: tx.stock(contract.store_id, 1, NIL, MANY)) == [(beans, 5000)]
    whole = contract.within(lambda tx: tx.stock(contract.store_id, 3, NIL, MANY))
    assert whole == [(beans, 5000), (bread, 3000)]
    assert contract.within(lambda tx: tx.entered(contract.store_id, [(DEVICE, 1)])) == {
        (DEVICE, 1): 2
    }


def test_where_a_group_entered_a_stream(contract: Contract) -> None:
    """The last place of each group in that stream; those that never entered it are left out."""

    async def story(tx: Transaction) -> dict[tuple[str, int], int]:
        await tx.advance({contract.store_id: 3})
        entries = [
            entry(contract, 1, dseq=4),
            entry(contract, 2, dseq=5),
            entry(contract, 3, dseq=4),
        ]
        await tx.write_log(entries, 1)
        return await tx.entered(contract.store_id, [(DEVICE, 4), (DEVICE, 5), (OTHER, 4)])

    assert contract.within(story) == {(DEVICE, 4): 3, (DEVICE, 5): 2}
    assert contract.within(lambda tx: tx.entered("org", [(DEVICE, 4)])) == {}


# ---------------------------------------------------------------- a restore


def test_every_device_of_a_store_is_known(contract: Contract) -> None:
    """How far it is, since when, and in whose place; those of other stores are left out."""
    heir = Device(contract.org_id, NEW_ID(), contract.store_id, "T01B")
    elsewhere = Device(contract.org_id, NEW_ID(), NEW_ID(), "T01")

    async def enrol(tx: Transaction) -> None:
        await tx.insert_device(heir, "Heir", None, 9, Successor(DEVICE, None, 4))
        await tx.insert_device(elsewhere, "Elsewhere", None, 9)

    contract.within(enrol)
    runs = contract.within(lambda tx: tx.runs_in(contract.store_id))
    assert runs == {
        DEVICE: KnownRun(0, 1, None),
        OTHER: KnownRun(0, 2, None),
        heir.device_id: KnownRun(4, 9, DEVICE),
    }


def test_no_restore_was_declared_at_first(contract: Contract) -> None:
    """Until the operator declares one, nobody hands over what another till rang."""
    assert contract.within(lambda tx: tx.restore()) is None
