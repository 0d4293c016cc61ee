"""One replay from end to end: furnish two stores, ring, drain, compare, print."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.demo.server import DemoServer
from localdb.domain import journal
from localdb.queries import journals, shifts
from localdb.services.checkout import checkout
from tests.replay import (
    chain,
    grocer,
    grocer_books,
    retail,
    retail_books,
    retail_till,
    server_books,
)
from tests.replay.books import Books, Comparison, compare, differences, table
from tests.replay.chain import Chain, ReplayTill
from tests.replay.returns import plans
from tests.replay.ringing import Rung, T, ring


@dataclass(slots=True)
class Outcome:
    """What a replay came to."""

    rows: list[Comparison]
    rung: Rung
    drain_s: float
    unclosed: int
    """Sales in PostgreSQL whose lines, taxes or payments do not sum to them."""
    miscounted: list[str]
    """Stores whose till's running shift totals are not the file's."""
    parked: list[str]
    unproved: list[str]
    """Stores whose till and server do not hold the same, or whose journal is broken."""
    remarks: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether every figure agrees and nothing was refused, parked or broken."""
        return (
            all(row.agrees for row in self.rows)
            and not self.rung.refused
            and not self.parked
            and not self.unclosed
            and not self.unproved
            and not self.miscounted
        )

    def text(self) -> str:
        """The outcome as it is printed."""
        drained = self.rung.count / self.drain_s if self.drain_s else 0.0
        lines = [
            table(self.rows),
            "",
            f"rung:    {self.rung.count:,} in {self.rung.seconds:.1f} s,"
            f" {self.rung.per_second:.0f}/s over {len(grocer.STORES)} tills",
            f"drained: in {self.drain_s:.1f} s, {drained:.0f}/s",
            f"sales in PostgreSQL that do not close: {self.unclosed}",
            f"tills that differ from the server: {', '.join(self.unproved) or 'none'}",
            f"tills whose X report differs from the file: {', '.join(self.miscounted) or 'none'}",
            f"groups parked: {len(self.parked)}",
            *self.parked[:5],
            *(
                f"refused {count}: {reason} (first: {self.rung.examples[reason]})"
                for reason, count in self.rung.refused.most_common()
            ),
            *self.remarks,
            "Both sides agree." if self.agrees else "THE SIDES DO NOT AGREE.",
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Replay:
    """Where the data is, the server to replay against, and a folder for the tills."""

    data: Path
    server: DemoServer
    folder: Path

    @property
    def catalogue(self) -> Path:
        return self.folder / "catalogue.csv"


def grocer_baskets(
    replay: Replay,
    file: Path | None = None,
    limit: int | None = None,
    *,
    products: Path | None = None,
) -> Outcome:
    """Ring the grocer's baskets, ``limit`` of them at most, with the network cut; then drain."""
    file = file or replay.data / grocer.TRANSACTIONS
    listed = products or replay.data / grocer.PRODUCTS
    baskets, wares = grocer.read_baskets(file, limit), grocer.read_wares(listed)
    expected = grocer_books.count(file, listed, limit)
    grocer.write_catalogue(replay.catalogue, baskets, wares)

    def ring_one(till: ReplayTill, basket: grocer.Basket) -> None:
        cart = grocer.cart_of(basket, goods, wares, till.session.new_id)
        tender = grocer.tender_of(basket, till.session.till.currency)
        till.session.till.write(checkout, cart, tender, at_us=basket.at_us)

    with chain.opened(replay.server, replay.folder) as shops:
        goods = shops.furnish(replay.catalogue)
        return _trade(shops, baskets, ring_one, expected)


def retail_invoices(replay: Replay, file: Path | None = None, limit: int | None = None) -> Outcome:
    """Ring the gift shop's invoices, returns as refunds; then drain."""
    file = file or replay.data / retail.INVOICES
    read = retail.read_invoices(file, limit)
    planned = plans(read)
    summed = retail_books.count(file, planned, limit)
    retail.write_catalogue(replay.catalogue, read)
    with chain.opened(replay.server, replay.folder) as shops:
        desk = retail_till.Desk(shops.furnish(replay.catalogue))
        outcome = _trade(shops, planned, desk.ring, summed.books)
    outcome.remarks += summed.remarks
    return outcome


def _trade(
    shops: Chain,
    trade: Sequence[T],
    ring_one: Callable[[ReplayTill, T], None],
    expected: Mapping[str, Books],
) -> Outcome:
    shops.unplug()
    rung = ring(shops.tills, trade, ring_one)
    shops.plug_in()
    began = time.monotonic()
    shops.drain("the trade")
    drain_s = time.monotonic() - began
    shops.level()
    owner_url = shops.server.owner_url
    found = server_books.read(owner_url, shops.org_id, shops.tills)
    return Outcome(
        rows=compare(expected, found),
        rung=rung,
        drain_s=drain_s,
        unclosed=server_books.unclosed_sales(owner_url),
        parked=[reason for till in shops.tills.values() for reason in till.parked()],
        miscounted=[
            code for code, till in shops.tills.items() if not _is_counted(till, expected.get(code))
        ],
        unproved=[code for code, till in shops.tills.items() if not _is_proved(till)],
        remarks=differences(expected["all"], found["all"]),
    )


def _is_proved(till: ReplayTill) -> bool:
    """Whether the till's journal holds, and its proof: each side has what the other has."""
    link, entries = till.session.link, till.session.till.ask(journals.own_entries)
    return link is not None and link.prove().agrees and journal.verify(entries) is None


def _is_counted(till: ReplayTill, books: Books | None) -> bool:
    """Whether the shift's running totals are what the file sums to."""
    shift, books = till.session.till.ask(shifts.current), books or Books()
    return shift is not None and (
        shift.sale_count + shift.refund_count,
        shift.sales_minor + shift.refunds_minor,
        shift.discount_minor,
        shift.payments_minor,
    ) == (books.sales, books.total_cents, books.discount_cents, books.paid_cents)
