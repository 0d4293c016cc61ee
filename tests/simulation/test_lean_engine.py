"""The simulation's engines behave as SQLAlchemy's do, in what the till asks of them."""

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection, exc, text

from localdb.store.engine import Engines, engines
from tests.simulation.lean_engine import SharedEngines

Source = Callable[[Path, None], Engines]
TABLE = "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"


@pytest.fixture(params=[engines, SharedEngines()], ids=["SQLAlchemy", "lean"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Engines:
    """The engines of a file with one table."""
    source: Source = request.param
    made = source(tmp_path / "a.db", None)
    with made.writers.connect() as conn, conn.begin():
        conn.exec_driver_sql(TABLE)
        conn.exec_driver_sql("INSERT INTO thing VALUES (?, ?)", [(1, "one"), (2, "two")])
    return made


def names(conn: Connection) -> list[str]:
    return [row.name for row in conn.exec_driver_sql("SELECT name FROM thing ORDER BY id")]


def test_rows_are_read_in_every_way(both: Engines) -> None:
    """By name, by place, as mappings, as one value, and as none."""
    with both.readers.connect() as conn, conn.begin():
        assert names(conn) == ["one", "two"]
        sql = "SELECT id, name FROM thing WHERE id = ?"
        assert tuple(conn.exec_driver_sql(sql, (2,)).one()) == (2, "two")
        assert [dict(row) for row in conn.exec_driver_sql(sql, (1,)).mappings()] == [
            {"id": 1, "name": "one"}
        ]
        assert conn.exec_driver_sql(sql, (9,)).first() is None
        assert conn.exec_driver_sql("SELECT count(*) FROM thing").scalar_one() == 2
        assert conn.execute(text("SELECT max(id) FROM thing")).scalar() == 2


def test_a_write_says_how_many_rows_it_met(both: Engines) -> None:
    """And gives back what RETURNING asks for."""
    with both.writers.connect() as conn, conn.begin():
        assert conn.exec_driver_sql("UPDATE thing SET name = name || '!'").rowcount == 2
        found = conn.exec_driver_sql("DELETE FROM thing WHERE id = ? RETURNING name", (1,))
        assert found.scalar_one() == "one!"


def test_what_fails_is_rolled_back_and_wrapped(both: Engines) -> None:
    """An error of the driver arrives as SQLAlchemy's, and nothing of the transaction stays."""

    def twice() -> None:
        with both.writers.connect() as conn, conn.begin():
            conn.exec_driver_sql("INSERT INTO thing VALUES (3, 'three')")
            conn.exec_driver_sql("INSERT INTO thing VALUES (4, 'three')")

    with pytest.raises(exc.IntegrityError, match="UNIQUE") as caught:
        twice()
    assert caught.value.orig is not None
    with both.readers.connect() as conn, conn.begin():
        assert names(conn) == ["one", "two"]


def test_a_reader_keeps_its_moment_and_cannot_write(both: Engines) -> None:
    """What is committed meanwhile does not show until it asks anew."""
    with both.readers.connect() as reader:
        with reader.begin():
            assert names(reader) == ["one", "two"]
            with both.writers.connect() as writer, writer.begin():
                writer.exec_driver_sql("INSERT INTO thing VALUES (3, 'three')")
            assert names(reader) == ["one", "two"]
        with reader.begin():
            assert names(reader) == ["one", "two", "three"]
            with pytest.raises(exc.OperationalError, match="readonly"):
                reader.exec_driver_sql("DELETE FROM thing")


def test_a_file_is_opened_anew_after_dispose(both: Engines) -> None:
    """As when a fresh load takes the place of the file."""
    both.readers.dispose()
    both.writers.dispose()
    with both.readers.connect() as conn, conn.begin():
        assert names(conn) == ["one", "two"]


def test_the_cursor_of_what_failed_is_closed(tmp_path: Path) -> None:
    """The error holds the frame of the statement, and its cursor would hold the file.

    A fresh load could then not put another file in its place.
    """
    made = SharedEngines()(tmp_path / "a.db", None)
    with (
        pytest.raises(exc.OperationalError) as kept,
        made.writers.connect() as conn,
        conn.begin(),
    ):
        conn.exec_driver_sql("SELECT name FROM nothing")
    frames = [frame for frame, _ in traceback.walk_tb(kept.value.__traceback__)]
    cursor = next(frame.f_locals["cursor"] for frame in frames if "cursor" in frame.f_locals)
    with pytest.raises(driver.ProgrammingError, match="closed"):
        cursor.fetchall()
