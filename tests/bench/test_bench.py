"""The command runs, and every row of the table has something that measures it."""

import json
from pathlib import Path

import pytest

from app import qt_libraries
from tests.bench.__main__ import main
from tests.bench.catalogue import SampleCatalogue
from tests.bench.goals import GOALS
from tests.bench.pending import Pending
from tests.bench.runner import BENCHES, Bench, rows_of
from tests.bench.world import Size, World

TINY = ("--products", "60", "--effort", "0.001")


def test_every_row_is_measured_by_exactly_one_bench() -> None:
    """The benches give the rows of the table, each once and in its order."""
    assert [row for bench in BENCHES.values() for row in bench.rows] == list(GOALS)


@pytest.mark.parametrize("name", BENCHES)
def test_each_bench_has_its_measurement(name: str) -> None:
    """A name on the command line leads to something that runs."""
    missing = qt_libraries.missing_packages(x11=False)
    if missing:
        pytest.skip(qt_libraries.advice(missing))
    assert callable(BENCHES[name].load())


@pytest.mark.parametrize("name", ["charge", "bootstrap"])
def test_a_tiny_run_measures_prints_and_writes(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole command works on real databases, however small."""
    file = tmp_path / "bench.json"
    assert main([name, *TINY, "--json", str(file), "--folder", str(tmp_path)]) == 0
    (row,) = json.loads(file.read_text(encoding="utf-8"))
    assert row["name"] == name
    assert row["met"] in ("yes", "no")
    assert row["value"] > 0
    assert row["floor"] > 0
    assert name in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_measured_is_said_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bench that lacks something makes its rows pending."""

    def measure(world: World) -> None:
        raise Pending("no server here")

    monkeypatch.setattr("tests.bench.drain.measure", measure)
    rows = rows_of(World(Size(10), tmp_path), Bench("drain", ("drain",)), isolated=False)
    assert [(row.name, row.met, row.note) for row in rows] == [
        ("drain", "pending", "no server here")
    ]


def test_a_measurement_that_breaks_off_is_not_met_and_fails_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One broken bench costs no other row, and is never taken for a met goal."""

    def measure(world: World) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("tests.bench.drain.measure", measure)
    (row,) = rows_of(World(Size(10), tmp_path), Bench("drain", ("drain",)), isolated=False)
    assert (row.met, row.value) == ("no", None)
    assert "out of order" in row.note
    assert "out of order" in capsys.readouterr().err


def test_the_catalogue_is_the_same_for_the_same_size() -> None:
    """Two runs, and the two processes of one run, sell the same products."""
    one, other = SampleCatalogue(7), SampleCatalogue(7)
    assert list(one.pages(3)) == list(other.pages(3))
    pages = [page for page in one.pages(3) if page.type == "product"]
    assert [len(page.rows) for page in pages] == [3, 3, 1]
    assert pages[-1].next_after == ""
    assert sum(len(stock.levels) for stock in one.stock_pages()) == 7
