"""Trying a promotion on past sales: off the UI thread, with progress, and what it comes to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from app.kit.formats import Formats
from app.kit.job import Job, Run, Worker
from app.kit.listing import Cell
from app.kit.translation import translate
from localdb.domain.records import Promotion
from localdb.queries import offer_trial
from localdb.queries.offer_trial import Trial, TrialRow
from localdb.services.till import Till

DAYS = (7, 30, 90, 365)
SHOWN_MAX = 200
"""Products in the table; the sums are of all."""
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class TrialState:
    """What the sheet shows."""

    is_running: bool = False
    permille: int = 0
    headline: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    """Caption and value."""
    rows: tuple[tuple[Cell, ...], ...] = ()
    error: str = ""


class TrialPresenter:
    """Tries a draft on the last so many whole days, today included."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        promotion: Promotion,
        show: Callable[[TrialState], None],
        worker: Worker,
    ) -> None:
        self._till = till
        self._formats = formats
        self._promotion = promotion
        self._show = show
        self._job = Job(worker)
        self.state = TrialState()

    def start(self, days: int) -> None:
        """Try it on the last so many days; one that is under way is given up."""
        until_us = self._formats.midnight_after(self._till.now_us)
        from_us = until_us - days * _DAY_US
        self._set(is_running=True, permille=0, headline=translate("Trial", "Looking at past sales"))

        def work(run: Run[int]) -> Trial:
            sales = self._till.ask(offer_trial.count_sales, from_us, until_us)
            return self._till.ask(
                offer_trial.tried,
                self._promotion,
                from_us,
                until_us,
                lambda done: run.report(1000 * done // max(sales, 1)),
                run.is_cancelled,
            )

        self._job.start(work, self._done, self._refused, self._progressed)

    def stop(self) -> None:
        """Give it up: nobody looks at it any more."""
        self._job.cancel()

    def _progressed(self, permille: int) -> None:
        self._set(permille=permille)

    def _refused(self, words: str) -> None:
        self._set(is_running=False, error=words)

    def _done(self, trial: Trial) -> None:
        money, total = self._formats.money, trial.total
        headline = translate(
            "Trial",
            "It would have touched {touched} of {sales} sales.",
            touched=f"{trial.touched:,}",
            sales=f"{trial.sales:,}",
        )
        after = total.sold_minor - total.saved_minor
        facts = (
            (translate("Trial", "Customers would have saved"), money(total.saved_minor)),
            (
                translate("Trial", "Sales of these goods"),
                translate(
                    "Trial",
                    "{after} in place of {before}",
                    after=money(after),
                    before=money(total.sold_minor),
                ),
            ),
            (
                translate("Trial", "Margin at today's cost"),
                translate(
                    "Trial",
                    "{after} in place of {before}",
                    after=money(total.earned_minor - total.lost_minor),
                    before=money(total.earned_minor),
                ),
            ),
        )
        rows = tuple(self._row(row) for row in trial.products[:SHOWN_MAX])
        self._set(is_running=False, headline=headline, facts=facts, rows=rows, error="")

    def _row(self, row: TrialRow) -> tuple[Cell, ...]:
        money = self._formats.money
        return (
            Cell(row.name, strong=True),
            Cell(self._formats.quantity(row.quantity_milli), right=True),
            Cell(money(row.sold_minor), right=True),
            Cell(money(row.saved_minor), right=True, strong=True),
            Cell(money(row.earned_minor - row.lost_minor), right=True),
        )

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)
