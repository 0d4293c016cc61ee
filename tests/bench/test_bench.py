"""The command runs, and every row of the table has something that measures it."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from app.bootstrap import qt_libraries
from localdb.services.checkout import checkout
from sync.client.http_gateway import HttpGateway
from sync.protocol.messages import ClaimRequest, FoundRequest, RunsRequest, SentGroup
from tests.bench.__main__ import main
from tests.bench.catalogue import SampleCatalogue
from tests.bench.charge import rows_of_last_group
from tests.bench.goals import GOALS
from tests.bench.peer import running
from tests.bench.pending import Pending
from tests.bench.runner import BENCHES, Bench, rows_of
from tests.bench.trade import Baskets
from tests.bench.world import Size, World

STORE = "01890000-0000-7000-8000-0000000000bb"
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


def test_reading_back_a_sale_reads_no_whole_table(tmp_path: Path) -> None:
    """With a million products each turn of ``charge`` must cost what it does with sixty."""
    world = World(Size(60), tmp_path)
    statements: list[tuple[str, Any]] = []

    def look(connection: Connection) -> None:
        @event.listens_for(connection, "before_cursor_execute")
        def seen(_conn: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
            statements.append((sql, values))

        rows_of_last_group(connection)
        event.remove(connection, "before_cursor_execute", seen)
        for sql, values in statements:
            explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            plan = [str(row[-1]) for row in explained]
            assert not _reads_all(sql, plan), (sql, plan)

    with world.till() as opened:
        opened.till.write(checkout, *Baskets(opened.till, world.catalogue.ids).paid())
        opened.till.ask(look)
    assert any("stock_level" in sql and values for sql, values in statements)


def _reads_all(sql: str, plan: list[str]) -> bool:
    """Whether a plan goes through a table to its end; the counters are a handful."""
    scans = [step for step in plan if step.startswith("SCAN") and step != "SCAN counter"]
    # In the order of its key, a table is left after the first rows that are wanted.
    is_cut_short = "LIMIT" in sql and not any("TEMP B-TREE" in step for step in plan)
    return bool(scans) and not is_cut_short


def test_the_stand_in_server_answers_whatever_a_till_asks(tmp_path: Path) -> None:
    """Also a claim, what a till gives back of others, and how far the server is with them."""
    with running(60, STORE) as url, HttpGateway(url, lambda: "token") as gateway:
        asked = ClaimRequest(kind="held_cart", subject_id=STORE, amount=1, after=0)
        assert gateway.claim(asked).granted == 1
        found = FoundRequest(groups=[SentGroup(dseq=1, hash="0" * 64, body="{}")])
        assert gateway.give_back(found).taken == 0
        assert gateway.runs(RunsRequest(device_ids=[STORE])).acknowledged == {}


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
