"""Digests at a stream's checkpoints: exact at their number, however many push meanwhile."""

from collections import defaultdict
from dataclasses import replace
from functools import partial

import pytest

from localdb.domain.records import RECORDS, HeldCart, Kind, Product
from sync.protocol import limits
from sync.protocol.digest import DAY_MS, BucketDigests, Tally, bucket_of, id_at, time_ms
from sync.protocol.messages import CheckpointDigests, FactRow, PullReply, RowImage, SnapshotPage
from sync.server.backend import Backend, real_services, wall_clock_us
from sync.server.core.checkpoints import DAY_US
from sync.server.postgres import checkpoints
from sync.server.upkeep import take_digests
from tests.support.server import Operator
from tests.sync.server.core.test_concurrency import at_once
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert, product


def take(shop: Shop, stream: str = "", *, anyway: bool = True) -> int | None:
    """Take a stream's digests, the store's by default."""
    name = stream or shop.store_id
    return shop.operator.run(lambda b: b.checkpoints.take(shop.org_id, name, anyway=anyway))


def digests(till: Till, stream: str, number: int) -> CheckpointDigests:
    response = till.http.get(f"/v1/digests/{stream}/{number}")
    assert response.status_code == 200, response.text
    return CheckpointDigests.model_validate_json(response.content)


def bucket(till: Till, name: str, of: str, limit: int = 5000) -> SnapshotPage:
    """A whole bucket, read by pages of ``limit`` rows."""
    rows: list[RowImage] = []
    facts: list[FactRow] = []
    after = ""
    while True:
        params: dict[str, str | int] = {"bucket": of, "after": after, "limit": limit}
        response = till.http.get(f"/v1/snapshot/{name}", params=params)
        assert response.status_code == 200, response.text
        page = SnapshotPage.model_validate_json(response.content)
        rows, facts, after = rows + page.rows, facts + page.facts, page.next_after
        if not after:
            return SnapshotPage(type=name, rows=rows, facts=facts)


def replayed(pages: PullReply, number: int) -> dict[str, BucketDigests]:
    """What a stranger's till holds after a stream's first ``number`` entries, bucket by bucket."""
    rows = {
        (row.type, row.id): (row.values, row.version)
        for entry in pages.entries
        if entry.number <= number
        for row in entry.rows
    }
    rows |= {
        (fact.type, fact.values["id"]): (fact.values, 0)
        for entry in pages.entries
        if entry.number <= number
        for fact in entry.facts
        if fact.type in limits.FACT_DAYS
    }
    tallies: dict[str, Tally] = defaultdict(Tally)
    for (name, id_), (values, version) in rows.items():
        tallies[name].add(bucket_of(RECORDS[name].KIND, id_), values, version)
    return {name: tally.digests() for name, tally in tallies.items()}


def filled(found: CheckpointDigests) -> dict[str, BucketDigests]:
    return {name: buckets for name, buckets in found.buckets.items() if buckets}


def held_cart(till: Till) -> HeldCart:
    return HeldCart(
        id=NEW_ID(), store_id=till.identity.store_id, label="Blue coat", cart="{}",
        total_minor=400, held_by=NEW_ID(), held_at_us=wall_clock_us(),
    )  # fmt: skip


def test_a_checkpoint_is_what_a_till_holds_at_its_number(shop: Shop) -> None:
    """Every bucket of both streams equals what a till computes over the entries it pulled."""
    here, there = shop.till(), shop.till()
    goods = [product() for _ in range(30)]
    here.send(*map(insert, goods))
    here.send(edit(Product, goods[0].id, {"note": ""}, {"note": "Käse"}))
    here.push(*(here.sell(goods[0].id) for _ in range(5)))
    here.send(insert(held_cart(here)))
    for stream in ("org", shop.store_id):
        number = take(shop, stream)
        pulled = there.pull_all(stream)
        assert number == pulled.head
        found = digests(there, stream, number)
        assert (found.stream, found.epoch, found.touched) == (stream, pulled.epoch, [])
        assert filled(found) == replayed(pulled, number)


@pytest.mark.parametrize("rows_at_once", [1, 7, 10])
def test_a_large_table_is_digested_in_parts(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    """No statement reads a million rows at once; wherever the parts end, the sum is the same."""
    monkeypatch.setattr(checkpoints, "ROWS_AT_ONCE", rows_at_once)
    till = shop.till()
    till.send(*(insert(product()) for _ in range(10)))
    number = take(shop, "org")
    assert number is not None
    assert filled(digests(till, "org", number)) == replayed(till.pull_all("org"), number)


def test_a_checkpoint_is_exact_while_others_push(shop: Shop) -> None:
    """Of the sales that commit while digests are taken, those up to the number are in them."""
    tills = [shop.till() for _ in range(4)]
    good = product()
    tills[0].send(insert(good))

    def trade(till: Till) -> None:
        for _ in range(10):
            till.push(till.sell(good.id))
            till.send(edit(Product, good.id, {"note": ""}, {"note": NEW_ID()}))

    def look() -> list[tuple[str, CheckpointDigests]]:
        found = []
        for stream in (shop.store_id, "org") * 3:
            number = take(shop, stream)
            if number is not None:
                found.append((stream, digests(tills[0], stream, number)))
        return found

    *_, found = at_once([*(partial(trade, till) for till in tills), look])
    stranger = shop.till()
    pulled = {stream: stranger.pull_all(stream) for stream in ("org", shop.store_id)}
    assert len(found) == 6
    for stream, one in found:
        assert filled(one) == replayed(pulled[stream], one.number), (stream, one.number)


def test_what_moved_since_is_named(shop: Shop) -> None:
    """A till that stands beyond the checkpoint leaves these buckets to the next one."""
    till = shop.till()
    here, moved = product(), product()
    till.send(insert(here), insert(moved))
    number = take(shop, "org")
    assert number is not None
    late = product()
    till.send(edit(Product, moved.id, {"note": ""}, {"note": "new"}), insert(late))
    found = digests(till, "org", number)
    assert found.touched == sorted({("product", moved.id[-2:]), ("product", late.id[-2:])})
    # The digests themselves stay those of the number.
    assert found.buckets["product"][moved.id[-2:]][0] >= 1
    before = take(shop)
    assert before is not None
    till.push(till.sell(here.id))
    touched = digests(till, shop.store_id, before).touched
    today = str(wall_clock_us() // DAY_US)
    assert {("sale", today), ("sale_line", today), ("payment", today)} <= set(touched)


def test_a_page_ends_at_the_newest_checkpoint(shop: Shop) -> None:
    """A till that comes from behind stands exactly there once, and goes on with the next page."""
    till = shop.till()
    till.push(*(till.sell(NEW_ID()) for _ in range(4)))
    assert till.pull(shop.store_id).checkpoint is None
    assert take(shop) == 4
    till.push(*(till.sell(NEW_ID()) for _ in range(3)))
    first = till.pull(shop.store_id, 1)
    assert [entry.number for entry in first.entries] == [2, 3, 4]
    assert (first.checkpoint, first.head) == (4, 7)
    second = till.pull(shop.store_id, 4)
    assert [entry.number for entry in second.entries] == [5, 6, 7]
    assert till.pull(shop.store_id, 7).entries == []


def test_a_bucket_is_read_by_pages(shop: Shop) -> None:
    """References by the end of their id, facts by its day; together the buckets are the whole."""
    till = shop.till()
    goods = [product() for _ in range(40)]
    till.send(*map(insert, goods))
    till.push(till.sell(NEW_ID()), till.sell(NEW_ID()))
    number = take(shop, "org")
    assert number is not None
    found: list[str] = []
    for name, (count, _) in digests(till, "org", number).buckets["product"].items():
        ids = [row.id for row in bucket(till, "product", name, limit=1).rows]
        assert len(ids) == count
        assert {id_[-2:] for id_ in ids} == {name}
        found += ids
    assert sorted(found) == sorted(good.id for good in goods)
    today = wall_clock_us() // DAY_US
    assert len(bucket(till, "sale", str(today), limit=1).facts) == 2
    assert bucket(till, "sale", str(today - 1)).facts == []


@pytest.mark.parametrize("query", ["product?bucket=x9", "product?bucket=123", "sale?bucket=ab"])
def test_a_bucket_that_cannot_be_is_refused(shop: Shop, query: str) -> None:
    """Never the whole type in place of a part of it."""
    assert shop.till().http.get(f"/v1/snapshot/{query}").status_code in (404, 422)


def test_only_what_was_kept_can_be_compared(shop: Shop) -> None:
    """404 for a number without digests, 403 for a stream of another store."""
    till = shop.till()
    assert till.http.get("/v1/digests/org/1").status_code == 404
    other = shop.operator.store(shop.org_id, "S02")
    assert till.http.get(f"/v1/digests/{other}/0").status_code == 403


def test_the_last_two_checkpoints_are_kept(shop: Shop) -> None:
    """A till may still be comparing itself with the one before the newest."""
    till = shop.till()
    numbers = []
    for _ in range(4):
        till.push(till.sell(NEW_ID()))
        numbers.append(take(shop))
    kept = shop.rows(
        "SELECT DISTINCT number FROM digest_checkpoint WHERE stream = %s ORDER BY number",
        shop.store_id,
    )
    assert [row[0] for row in kept] == numbers[-2:]


def test_facts_before_the_first_whole_day_are_left_out(shop: Shop) -> None:
    """A fresh till is given a part of the oldest day only: that day compares nothing."""
    till = shop.till()
    now_ms = wall_clock_us() // 1000
    days = min(limits.FACT_DAYS.values())
    for age in (0, days - 1, days, days + 1):
        facts = till.sale(NEW_ID())
        old = id_at(now_ms - age * DAY_MS)[:24] + facts[0].id[24:]
        till.send(*(insert(replace(f, id=old) if f is facts[0] else f) for f in facts[:1]))
    number = take(shop)
    assert number is not None
    found = digests(till, shop.store_id, number)
    assert sorted(found.buckets["sale"]) == [str(found.first_day), str(now_ms // DAY_MS)]


# ---------------------------------------------------------------- when, and by whom


def test_digests_are_due_after_growth_or_a_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first at once, then every so many entries, or daily when anything moved at all."""
    till, later = shop.till(), [0]
    services = replace(real_services(), now_us=lambda: wall_clock_us() + later[0])
    operator = Operator(shop.operator.config, services)

    def due() -> int | None:
        return operator.run(lambda b: b.checkpoints.take(shop.org_id, shop.store_id))

    assert due() is None, "nothing happened in this stream yet"
    till.push(till.sell(NEW_ID()))
    assert due() == 1
    till.push(till.sell(NEW_ID()))
    assert due() is None
    later[0] = DAY_US
    assert due() == 2
    later[0] = 3 * DAY_US
    assert due() is None, "nothing moved since"


def test_of_two_processes_one_takes_them(shop: Shop) -> None:
    """The other does not wait, and does not do the same work again."""
    till = shop.till()
    till.push(till.sell(NEW_ID()))

    async def both(backend: Backend) -> tuple[int | None, int | None]:
        async with (
            shop.operator.backend() as other,
            other.store.transaction(shop.org_id) as tx,
        ):
            assert await tx.try_lock("digests")
            refused = await backend.checkpoints.take(shop.org_id, shop.store_id)
        return refused, await backend.checkpoints.take(shop.org_id, shop.store_id)

    assert shop.operator.run(both) == (None, 1)
    assert take(shop, anyway=False) is None


def test_the_daily_job_takes_those_of_every_organisation(shop: Shop, operator: Operator) -> None:
    """Each stream that moved, once."""
    rival_org = operator.org()
    rival = Shop(shop.server, operator, rival_org, operator.store(rival_org))
    for one in (shop, rival):
        till = one.till()
        till.push(till.sell(NEW_ID()))
    did = operator.run(take_digests)
    assert did["taken"] >= 4
    assert did["failed"] == 0
    for one in (shop, rival):
        assert one.tills[0].pull(one.store_id).checkpoint == 1
        one.close()
    assert operator.run(take_digests) == {"taken": 0, "failed": 0}


def test_ids_tell_their_day_and_their_bucket() -> None:
    """What both sides sort rows into buckets by."""
    id_ = NEW_ID()
    assert abs(time_ms(id_) - wall_clock_us() // 1000) < DAY_MS
    assert bucket_of(Kind.REFERENCE, id_) == id_[-2:]
    assert bucket_of(Kind.FACT, id_) == str(time_ms(id_) // DAY_MS)
    assert time_ms(id_at(12_345)) == 12_345
