"""Stock for a fresh till: the sum of exactly the movements up to its heads, whoever sells on."""

from collections import Counter
from functools import partial

from sync.protocol.messages import StockPage
from sync.server.backend import Backend
from tests.sync.server.core.test_concurrency import at_once
from tests.sync.server.core.test_snapshots import heads, stock
from tests.sync.server.tills import NEW_ID, Shop, Till, insert


def keep(shop: Shop) -> None:
    """Sum the stock up in the background."""

    async def job(backend: Backend) -> None:
        async with backend.store.transaction(shop.org_id) as tx:
            await tx.keep_stock(shop.store_id, 0)

    shop.operator.run(job)


def forget_the_log(shop: Shop, to: int) -> None:
    """Retention took the store's entries up to a number."""

    async def job(backend: Backend) -> None:
        async with backend.store.transaction(shop.org_id) as tx:
            at = (to, shop.store_id)
            await tx.cursor.execute("UPDATE stream SET pruned_to = %s WHERE stream = %s", at)
            await tx.cursor.execute("DELETE FROM change_log WHERE number <= %s AND stream = %s", at)

    shop.operator.run(job)


def whole_stock(till: Till) -> StockPage:
    """All pages as one."""
    page = stock(till)
    while page.next_after:
        more = stock(till, page.next_after)
        page = more.model_copy(update={"levels": [*page.levels, *more.levels]})
    return page


def moved_after(till: Till, store_id: str, number: int) -> Counter[str]:
    """What the movements pulled after a number come to, by product."""
    moved: Counter[str] = Counter()
    for entry in till.pull_all(store_id, after=number).entries:
        for fact in entry.facts:
            if fact.type == "stock_movement":
                moved[fact.values["product_id"]] += fact.values["quantity_milli"]
    return moved


def kept(shop: Shop) -> list[int]:
    found = shop.rows("SELECT DISTINCT number FROM stock_checkpoint ORDER BY number")
    return [number for (number,) in found]


def test_no_movement_is_counted_twice_or_lost_while_tills_sell(shop: Shop) -> None:
    """Checkpoint plus the movements beyond it is the whole, for every till that began meanwhile."""
    sellers, fresh = [shop.till() for _ in range(3)], [shop.till() for _ in range(3)]
    goods = [NEW_ID() for _ in range(3)]

    def sell(till: Till) -> None:
        for number in range(12):
            till.push(till.sell(goods[number % 3]), till.sell(goods[0], quantity_milli=2000))

    def sum_up() -> None:
        for _ in range(4):
            keep(shop)

    def begin(till: Till) -> None:
        for _ in range(4):
            heads(till)

    at_once(
        [*(partial(sell, till) for till in sellers), sum_up, *(partial(begin, t) for t in fresh)]
    )
    whole = {goods[0]: -3 * (4_000 + 24_000), goods[1]: -12_000, goods[2]: -12_000}
    for till in fresh:
        page = whole_stock(till)
        total = Counter(dict(page.levels))
        total.update(moved_after(till, shop.store_id, page.number))
        assert dict(total) == whole


def test_sums_that_are_kept_change_no_answer(shop: Shop) -> None:
    """With a sum at, before or after the till's heads, or none at all, the stock is the same."""
    till, fresh = shop.till(), shop.till()
    good, other = NEW_ID(), NEW_ID()
    till.push(*(till.sell(good) for _ in range(3)))
    keep(shop)
    till.push(till.sell(good), till.sell(other))
    number = heads(fresh).heads[shop.store_id]
    expected = sorted([(good, -4000), (other, -1000)])
    assert whole_stock(fresh).levels == expected
    for _ in range(5):
        till.push(till.sell(other))
        keep(shop)
        page = whole_stock(fresh)
        assert (page.number, page.levels) == (number, expected)
    # The one from before the till's heads is gone by now: the log says the same.
    assert kept(shop) == [number + 3, number + 4, number + 5]


def test_a_page_of_stock_ends_and_goes_on_by_product(shop: Shop) -> None:
    """Products of the kept sum and of the movements beyond it come in one order."""
    till = shop.till()
    goods = sorted(NEW_ID() for _ in range(6))
    till.push(*(till.sell(good) for good in goods[::2]))
    keep(shop)
    till.push(*(till.sell(good) for good in goods[1:]))
    heads(till)

    async def pages(backend: Backend) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        async with backend.store.transaction(shop.org_id) as tx:
            after = "00000000-0000-0000-0000-000000000000"
            while page := await tx.stock(shop.store_id, 8, after, 2):
                found += page
                after = page[-1][0]
        return found

    levels = shop.operator.run(pages)
    assert levels == [
        (good, -2000 if index % 2 == 0 and index else -1000) for index, good in enumerate(goods)
    ]


def test_a_till_whose_stock_is_no_longer_known_begins_again(shop: Shop) -> None:
    """The log behind its heads is pruned and so is their sum: it is told, and asks for new ones."""
    till, fresh = shop.till(), shop.till()
    good = NEW_ID()
    till.push(till.sell(good), till.sell(good))
    heads(fresh)
    till.push(till.sell(good), till.sell(good))

    forget_the_log(shop, 3)
    response = fresh.http.get("/v1/snapshot-stock")
    assert (response.status_code, response.json()["code"]) == (409, "no_checkpoint")
    assert heads(fresh).heads[shop.store_id] == 4
    assert whole_stock(fresh).levels == [(good, -4000)]


def test_a_store_that_never_moved_anything_has_an_empty_stock(shop: Shop) -> None:
    """Its log is pruned and no sum was ever kept: a fresh till is not told to ask for ever."""
    till, fresh = shop.till(), shop.till()
    till.send(*(insert(fact) for fact in till.sale(NEW_ID()) if fact.TYPE != "stock_movement"))
    forget_the_log(shop, 1)
    heads(fresh)
    assert whole_stock(fresh).levels == []
