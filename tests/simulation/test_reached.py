"""What a campaign says about itself: branches that it reached, and the time that it simulated."""

import argparse
import logging
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.simulation import template
from tests.simulation.__main__ import run_batch, run_covered, run_histories
from tests.simulation.plan import SHORT, Plan, Step
from tests.simulation.reached import ENGINE, OUT_OF_REACH, Share, reached, told
from tests.simulation.run import run_plan
from tests.simulation.template import Template

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shop() -> Iterator[Template]:
    """The shop that every history begins with."""
    logging.disable(logging.CRITICAL)
    yield template.build()
    logging.disable(logging.NOTSET)


def function(taken: int, there: int, missing: tuple[int, ...] = ()) -> dict[str, object]:
    summary = {"covered_branches": taken, "num_branches": there, "missing_lines": len(missing)}
    return {"summary": summary, "missing_lines": list(missing)}


REPORT = {
    "files": {
        "sync/a.py": {"functions": {"ask": function(3, 4, (7,)), "wait": function(0, 6, (9,))}},
        "sync/b.py": {"functions": {"": function(0, 0), "C.go": function(2, 2)}},
    }
}


def test_branches_are_summed_with_and_without_what_is_out_of_reach() -> None:
    """All of them count in one share, those within reach in the other."""
    found = reached(REPORT, {"sync/a.py::wait": "threads"})
    assert (found.all, found.within) == (Share(5, 12), Share(5, 6))
    assert found.missed == {"sync/a.py::ask": 1}
    assert not found.surprises


def test_a_whole_file_may_be_out_of_reach() -> None:
    """Then none of its functions counts, nor is missed."""
    found = reached(REPORT, {"sync/a.py": "threads"})
    assert (found.within, found.missed) == (Share(2, 2), {})


def test_a_function_that_was_reached_after_all_is_told() -> None:
    """Otherwise the list of reasons would grow old."""
    found = reached(REPORT, {"sync/b.py::C.go": "threads"})
    assert found.surprises == ("sync/b.py::C.go",)
    assert "and reached: sync/b.py::C.go" in told(found, {})


def test_what_is_out_of_reach_is_there_and_looked_at() -> None:
    """A name that nothing has any more excuses nothing."""
    for name in OUT_OF_REACH:
        file, _, function_name = name.partition("::")
        assert any(fnmatch(file, pattern) for pattern in ENGINE), name
        last = function_name.rpartition(".")[2]
        assert f"def {last}(" in (ROOT / file).read_text() or not last, name


def arguments(seeds: range) -> argparse.Namespace:
    return argparse.Namespace(seeds=seeds, minutes=1.0, jobs=0, shrink=False, size=SHORT)


def test_a_campaign_with_coverage_says_what_it_reached(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It plays the seeds in a process of its own, and names shares and functions."""
    monkeypatch.chdir(ROOT)
    assert run_covered(arguments(range(1, 2))) == 0
    said = capfd.readouterr().out
    assert "1 histories of" in said
    assert "branches were taken; of the" in said
    assert "not taken in sync/server/core/" in said


def test_till_days_are_simulated_time_for_each_till(shop: Template) -> None:
    """A night with two tills is twice as many till-days as with one, and with four twice that."""
    short = run_plan(Plan(1, 2, ()), shop).till_days
    night = Plan(1, 2, (Step("long_night", 0, 1),))
    longer = run_plan(night, shop).till_days - short
    assert round(longer / 2) in (1, 8, 40, 200)
    assert round(run_plan(Plan(1, 4, night.steps), shop).till_days / 4) == round(longer / 2)


def test_a_campaign_adds_up_the_till_days_of_its_histories(
    shop: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands beside the number of histories is the sum of theirs."""
    batch = run_batch(range(3, 5), SHORT)
    assert batch.outcomes == 2
    assert run_histories(arguments(range(3, 5))) == 0
    assert f"and {batch.till_days:.1f} till-days in" in capsys.readouterr().out
