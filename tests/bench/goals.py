"""The speed table: what is measured, and what is good enough."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.results import Measured, Met, Row

FRAME_MS = 16.0


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the speed table; ``holds`` says whether a measurement reaches it."""

    name: str
    what: str
    unit: str
    words: str
    holds: Callable[[Measured], bool]

    def judge(self, measured: Measured) -> Row:
        """The table's row for a measurement."""
        met: Met = "yes" if self.holds(measured) else "no"
        return Row(
            self.name,
            round(measured.value, 4),
            self.unit,
            None if measured.floor is None else round(measured.floor, 4),
            None if measured.ratio is None else round(measured.ratio, 4),
            self.words,
            met,
            measured.samples,
            measured.note,
            measured.details,
        )

    def failed(self, reason: str) -> Row:
        """The row of a measurement that broke off: the goal is not met."""
        return Row(self.name, None, self.unit, None, None, self.words, "no", 0, reason)

    def pending(self, reason: str) -> Row:
        """The row of something that cannot be measured yet."""
        return Row(self.name, None, self.unit, None, None, self.words, "pending", 0, reason)


def _at_most(limit: float) -> Callable[[Measured], bool]:
    return lambda measured: measured.value <= limit


def _at_least(limit: float) -> Callable[[Measured], bool]:
    return lambda measured: measured.value >= limit


def _ratio_at_most(limit: float) -> Callable[[Measured], bool]:
    return lambda measured: measured.ratio is not None and measured.ratio <= limit


def _ratio_at_least(limit: float) -> Callable[[Measured], bool]:
    return lambda measured: measured.ratio is not None and measured.ratio >= limit


def _bootstrap(measured: Measured) -> bool:
    return _ratio_at_least(0.5)(measured) and measured.value >= 100_000


LIVE_OVER_FLUSHES_MS = 15.0


def _live(measured: Measured) -> bool:
    return measured.floor is not None and measured.value <= LIVE_OVER_FLUSHES_MS + measured.floor


def _api(measured: Measured) -> bool:
    return measured.value >= 300 and measured.details.get("push_p99_ms", float("inf")) <= 250


GOALS = {
    goal.name: goal
    for goal in (
        Goal("scan", "scan to painted line, p99", "ms", "<= 16 ms", _at_most(FRAME_MS)),
        Goal(
            "search",
            "search keystroke to painted results, p99",
            "ms",
            "<= 16 ms",
            _at_most(FRAME_MS),
        ),
        Goal(
            "charge",
            "Charge to durable commit, p99, against the same rows in bare SQLite",
            "ms",
            "<= 2x",
            _ratio_at_most(2.0),
        ),
        Goal(
            "close_5000",
            "Z report and close of a shift of 5,000 sales, against the same rows in bare SQLite",
            "ms",
            "<= 1,000 ms",
            _at_most(1000.0),
        ),
        Goal(
            "ui_timer",
            "lateness of a 16 ms UI timer during bootstrap and drain, p99",
            "ms",
            "<= 16 ms",
            _at_most(FRAME_MS),
        ),
        Goal("start", "start to a PIN screen that takes keys", "s", "<= 1.0 s", _at_most(1.0)),
        Goal("pin_to_ready", "last PIN digit to scan-ready", "s", "<= 0.2 s", _at_most(0.2)),
        Goal(
            "page",
            "choosing any page, or a section of the settings, to its first paint; the slowest",
            "ms",
            "<= 100 ms",
            _at_most(100.0),
        ),
        Goal("memory", "resident memory of the till", "MB", "<= 150 MB", _at_most(150.0)),
        Goal(
            "day_pace",
            "processor time of the last sales of a day of 2,000, by keys, against the first",
            "ms",
            "<= 1.1x",
            _ratio_at_most(1.1),
        ),
        Goal("day_memory", "what a day of 2,000 sales adds", "MB", "<= 5 MB", _at_most(5.0)),
        Goal(
            "bootstrap",
            "bootstrap on the till against the same tables without indexes and search",
            "rows/s",
            ">= 0.5x and >= 100,000 rows/s",
            _bootstrap,
        ),
        Goal(
            "queue_100",
            "100 queued sales delivered end to end",
            "s",
            "<= 0.7 s",
            _at_most(0.7),
        ),
        Goal(
            "drain",
            "10,000 offline sales drained end to end, against a bare set-based insert",
            "sales/s",
            ">= 0.5x",
            _ratio_at_least(0.5),
        ),
        Goal(
            "live",
            "a price change on till A to the database of till B, p95; floor three flushes",
            "ms",
            "<= 15 ms + floor",
            _live,
        ),
        Goal(
            "reconnect",
            "network back to the first delivered push, p95",
            "s",
            "<= 2 s",
            _at_most(2.0),
        ),
        Goal(
            "api",
            "one API process, 1,000 tills over 50 stores, one by one",
            "sales/s",
            ">= 300/s, push p99 <= 250 ms",
            _api,
        ),
        Goal(
            "api_drain",
            "one API process, 1,000 tills draining in batches",
            "sales/s",
            ">= 1,000/s",
            _at_least(1000),
        ),
        Goal(
            "hot_store",
            "a quiet store's push beside a flood in another store, p95, against alone",
            "ms",
            "<= 2x",
            _ratio_at_most(2.0),
        ),
        Goal(
            "report",
            "a push beside a report over the whole history, p95, against alone",
            "ms",
            "<= 2x",
            _ratio_at_most(2.0),
        ),
        Goal(
            "log_ten_million",
            "a push onto ten million log rows, median, against an empty log",
            "ms",
            "<= 1.25x",
            _ratio_at_most(1.25),
        ),
    )
}
"""Name -> goal, in the order of the speed table."""
