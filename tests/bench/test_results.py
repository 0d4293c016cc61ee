"""The table and the JSON say the same, and nothing is met that was not measured."""

import json
from pathlib import Path

import pytest

from tests.bench import results
from tests.bench.goals import GOALS
from tests.bench.results import Measured

# The rows of the speed table, as the client ordered it.
SPEED_TABLE = (
    "scan",
    "search",
    "charge",
    "ui_timer",
    "start",
    "pin_to_ready",
    "memory",
    "bootstrap",
    "queue_100",
    "drain",
    "live",
    "reconnect",
    "api",
    "api_drain",
    "hot_store",
    "report",
    "log_ten_million",
)
OURS = ("close_5000", "page", "day_pace", "day_memory")
"""Measured beside them: a close after a busy shift, opening any page, and whether a long day slows
the till down.
"""


def test_every_row_of_the_speed_table_has_a_goal() -> None:
    """No line of the table is left out, and none is invented."""
    assert tuple(name for name in GOALS if name not in OURS) == SPEED_TABLE
    assert set(OURS) < set(GOALS)


@pytest.mark.parametrize(
    ("name", "measured", "met"),
    [
        ("scan", Measured(16.0, 4.0, 10), "yes"),
        ("scan", Measured(16.1, 4.0, 10), "no"),
        ("charge", Measured(8.0, 4.0, 10), "yes"),
        ("charge", Measured(8.1, 4.0, 10), "no"),
        ("charge", Measured(8.1, None, 10), "no"),
        ("start", Measured(1.01, 0.3, 10), "no"),
        ("memory", Measured(150.0, 60.0, 3), "yes"),
        ("bootstrap", Measured(120_000, 200_000, 3), "yes"),
        ("bootstrap", Measured(120_000, 300_000, 3), "no"),
        ("bootstrap", Measured(90_000, 100_000, 3), "no"),
        ("drain", Measured(500, 1000, 1), "yes"),
        ("drain", Measured(499, 1000, 1), "no"),
        ("live", Measured(24.0, 9.0, 10), "yes"),
        ("live", Measured(24.1, 9.0, 10), "no"),
        ("live", Measured(1.0, None, 10), "no"),
        ("api", Measured(300, None, 10, details={"push_p99_ms": 250}), "yes"),
        ("api", Measured(300, None, 10, details={"push_p99_ms": 251}), "no"),
        ("api", Measured(300, None, 10), "no"),
        ("api_drain", Measured(999, None, 10), "no"),
        ("queue_100", Measured(0.7, 0.05, 5), "yes"),
        ("reconnect", Measured(2.1, 0.05, 8), "no"),
        ("hot_store", Measured(20, 10, 10), "yes"),
        ("hot_store", Measured(21, 10, 10), "no"),
        ("report", Measured(21, 10, 10), "no"),
        ("log_ten_million", Measured(12.5, 10, 10), "yes"),
        ("log_ten_million", Measured(12.6, 10, 10), "no"),
    ],
)
def test_a_goal_is_met_exactly_when_it_holds(name: str, measured: Measured, met: str) -> None:
    """Each goal is judged at its limit, with the floor of the same run."""
    assert GOALS[name].judge(measured).met == met


@pytest.mark.parametrize("name", GOALS)
def test_what_was_not_measured_is_pending(name: str) -> None:
    """A pending row has no value and is never met."""
    row = GOALS[name].pending("needs the server")
    assert (row.met, row.value, row.ratio, row.note) == ("pending", None, None, "needs the server")


def test_the_table_shows_value_floor_ratio_goal_and_verdict() -> None:
    """One aligned line a row, with its notes and further figures below."""
    charge = GOALS["charge"].judge(Measured(3.0, 2.0, 1000, "paired", {"charge_p50_ms": 1.5}))
    lines = results.table([charge, GOALS["api"].pending("later")]).splitlines()
    assert lines[0].split() == ["name", "value", "unit", "floor", "ratio", "goal", "met", "samples"]
    assert lines[1].split() == ["charge", "3", "ms", "2", "1.50x", "<=", "2x", "yes", "1000"]
    assert "pending" in lines[2]
    assert lines[-2:] == ["charge: paired; charge_p50_ms 1.5", "api: later"]


def test_the_json_holds_a_list_of_the_same_rows(tmp_path: Path) -> None:
    """A program reads the same names and verdicts as a person."""
    file = tmp_path / "bench.json"
    results.write([GOALS["scan"].judge(Measured(12.0, 3.0, 50))], file)
    (row,) = json.loads(file.read_text(encoding="utf-8"))
    assert row == {
        "name": "scan",
        "value": 12.0,
        "unit": "ms",
        "floor": 3.0,
        "ratio": 4.0,
        "goal": "<= 16 ms",
        "met": "yes",
        "samples": 50,
        "note": "",
        "details": {},
    }
