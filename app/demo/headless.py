"""A day of trade without a screen: sales, a cut network, a contradiction, and the proof."""

import json
import random
import time
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

from app.demo import server_figures
from app.demo.server import running
from app.demo.shop import DemoTill, Say, manager, opened_tills, stock_up, wait_until
from app.demo.trade import Cashier, shelf
from localdb.domain import journal
from localdb.queries import conflicts, journals, lists, products, sync_view
from localdb.services import catalogue
from localdb.services.conflicts import settle
from localdb.services.shifts import close_shift, open_shift

SEED = 20_26
FLOAT_MINOR = 20_000
OFFLINE_SHARE = 3
"""The network is cut for one in this many of the sales, in the middle of the day."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the day came to, on both sides; the server's figures come from SQL on the server."""

    tills: int
    products: int
    sales_rung: int
    sales_on_server: int
    total_minor_rung: int
    total_minor_on_server: int
    outbox_left: int
    parked: int
    conflicts_raised: int
    conflicts_settled: int
    digests_match: bool
    journal_verified: bool
    elapsed_s: float

    @property
    def agrees(self) -> bool:
        """Whether every pair agrees and nothing is left behind."""
        return (
            self.sales_rung == self.sales_on_server
            and self.total_minor_rung == self.total_minor_on_server
            and self.outbox_left == self.parked == 0
            and self.conflicts_raised == self.conflicts_settled
            and (self.tills < 2 or self.conflicts_raised >= 1)
            and self.digests_match
            and self.journal_verified
        )


def run(
    data_dir: Path,
    till_count: int,
    sales: int,
    catalogue_file: Path | None,
    say: Say = lambda step: None,
) -> Report:
    """Trade for a day and compare; everything started is stopped again."""
    began = time.monotonic()
    with (
        running(data_dir, say) as server,
        opened_tills(server, data_dir, till_count, say) as tills,
    ):
        before = server_figures.read(server.owner_url)
        stock_up(tills, catalogue_file, say)
        cashiers = _open_shop(tills)
        say(f"Ringing {sales:,} sales, a third of them without a network")
        _trade(tills, cashiers, sales)
        say("Giving one product two prices, and settling which one holds")
        _contradict_and_settle(tills)
        say("Closing the shifts and waiting until everything is on the server")
        for cashier in cashiers:
            cashier.till.write(close_shift, FLOAT_MINOR)
        wait_until(lambda: all(_is_level(till) for till in tills), "the queues to drain")
        figures = server_figures.read(server.owner_url).since(before)
        return Report(
            tills=till_count,
            products=figures.products,
            sales_rung=sum(len(cashier.receipts) for cashier in cashiers),
            sales_on_server=figures.sales,
            total_minor_rung=sum(sum(cashier.receipts.values()) for cashier in cashiers),
            total_minor_on_server=figures.total_minor,
            outbox_left=sum(_waiting(till) for till in tills),
            parked=sum(_parked(till) for till in tills),
            conflicts_raised=figures.conflicts,
            conflicts_settled=figures.conflicts_settled,
            digests_match=all(_proved(till) for till in tills),
            journal_verified=all(_journal_holds(till) for till in tills),
            elapsed_s=round(time.monotonic() - began, 3),
        )


def write(report: Report, file: Path | None) -> None:
    """Print the report, or write it to a file as JSON."""
    text = json.dumps(asdict(report), indent=1)
    if file is None:
        print(text)
    else:
        file.write_text(text + "\n", encoding="utf-8")


def _open_shop(tills: list[DemoTill]) -> list[Cashier]:
    """At every till somebody is signed in and the drawer is counted."""
    goods = tills[0].session.till.ask(shelf)
    cashiers = []
    for number, demo_till in enumerate(tills):
        till = demo_till.session.till
        people = till.ask(lists.people)
        till.sign_in(people[number % len(people)])
        till.write(open_shift, FLOAT_MINOR)
        cashiers.append(
            Cashier(
                till,
                random.Random(SEED + number),
                goods,
                demo_till.session.new_id,
                demo_till.session.now_us,
            )
        )
    return cashiers


def _trade(tills: list[DemoTill], cashiers: list[Cashier], sales: int) -> None:
    """The sales in turn over the tills, a third of them with the cable out."""
    offline = range(sales // OFFLINE_SHARE, 2 * sales // OFFLINE_SHARE)
    for number, cashier in enumerate(islice(cycle(cashiers), sales)):
        if number == offline.start:
            for till in tills:
                till.cable.unplug()
        if number == offline.stop:
            _plug_in(tills)
        cashier.ring()
    _plug_in(tills)


def _contradict_and_settle(tills: list[DemoTill]) -> None:
    """Two tills, both offline, give one product different prices; a manager decides."""
    if len(tills) < 2:
        return
    one, other = (till.session.till for till in tills[:2])
    product_id = one.ask(shelf, 1)[0]
    found = one.ask(products.view, product_id)
    assert found is not None
    price_minor = found.product.price_minor
    for till in tills[:2]:
        till.cable.unplug()
    one.write(catalogue.change_product, product_id, price_minor=price_minor + 10)
    other.write(catalogue.change_product, product_id, price_minor=price_minor + 20)
    _plug_in(tills)
    wait_until(lambda: one.ask(conflicts.open_count) > 0, "the contradiction to be found")
    one.sign_in(manager(tills[0]))
    for conflict in one.ask(conflicts.listed):
        view = one.ask(conflicts.view, conflict.id)
        one.write(settle, conflict.id, {field.name: field.local for field in view.fields})


def _plug_in(tills: list[DemoTill]) -> None:
    for till in tills:
        till.cable.plug_in()
        if till.session.link is not None:
            till.session.link.engine.sync_now()


def _is_level(till: DemoTill) -> bool:
    """Nothing waits to go up, and all that came before has come down."""
    link = till.session.link
    assert link is not None
    link.engine.sync_now()
    return _waiting(till) == 0 and link.is_level()


def _waiting(till: DemoTill) -> int:
    return till.session.till.ask(sync_view.queue).waiting.groups


def _parked(till: DemoTill) -> int:
    return len(till.session.till.ask(sync_view.queue).parked)


def _proved(till: DemoTill) -> bool:
    assert till.session.link is not None
    return till.session.link.prove().agrees


def _journal_holds(till: DemoTill) -> bool:
    return journal.verify(till.session.till.ask(journals.own_entries)) is None
