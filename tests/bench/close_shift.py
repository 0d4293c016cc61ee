"""Closing a shift after 5,000 sales, and its X report, against the close's rows in bare SQLite."""

from localdb.queries import shift_reports
from localdb.services import shifts
from tests.bench.charge import rows_of_last_group, settings, twin, write_bare
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.trade import ring_offline
from tests.bench.world import World

SALES = 5000
CLOSES = 20


def measure(world: World) -> dict[str, Measured]:
    """One shift of 5,000 sales, closed; then empty ones, whose close must take no less or more."""
    full, empty, written, reports = Samples(), Samples(), Samples(), Samples()
    with world.till() as opened, twin(world, opened.database.write(settings)) as bare:
        till = opened.till
        sales = world.size.times(SALES)
        ring_offline(till, world.catalogue.ids, sales)
        for number in range(CLOSES):
            with reports.timed():
                report = till.ask(shift_reports.x_report)
            assert report is not None
            assert report.shift.sale_count == (sales if number == 0 else 0)
            with (empty if number else full).timed():
                till.write(shifts.close_shift, 10_000)
            rows = till.ask(rows_of_last_group)
            with written.timed():
                write_bare(bare, rows)
            till.write(shifts.open_shift, 10_000)
    details = (
        full.summary("close")
        | empty.summary("empty")
        | written.summary("bare")
        | reports.summary("x_report")
    )
    said = f"one close after {sales:,} sales; floor the same rows bare; x_report over {CLOSES}"
    return {"close_5000": Measured(full.at(100), written.p99, CLOSES, said, details)}
