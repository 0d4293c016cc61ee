"""Damaged pages are found by reading the file in slices: real files, damaged on purpose."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localdb.domain.ids import IdSource
from localdb.errors import DatabaseCorrupt
from localdb.store import page_check
from localdb.store.database import Database
from localdb.store.identity import TillIdentity, save_identity
from localdb.store.page_check import DAY_US, PageCheck
from tests.localdb.store.samples import KEY, Clock, product, sell

PAGE = 4096
SEARCH = "product_search_data"
ENCRYPTED = pytest.mark.parametrize("key", [KEY], ids=["encrypted"])
PLAIN = pytest.mark.parametrize("key", [None], ids=["plain"])
NEW = PageCheck().due(DAY_US)


@pytest.fixture(params=[KEY, None], ids=["encrypted", "plain"])
def key(request: pytest.FixtureRequest) -> bytes | None:
    """With a key, and without one."""
    key: bytes | None = request.param
    return key


@pytest.fixture
def traded(
    tmp_path: Path, clock: Clock, identity: TillIdentity, new_id: IdSource, key: bytes | None
) -> Path:
    """The closed folder of a till that sold, with long texts and with free pages."""
    folder = tmp_path / "traded"
    database = opened(folder, clock, key)
    database.write(lambda uow: save_identity(uow.connection, identity))
    goods = [product(new_id, sku=f"S{n}", name=f"Juice {n}", note="n" * 40) for n in range(150)]
    goods += [product(new_id, sku=f"L{n}", name="Long", note="ü" * 4000) for n in range(2)]
    database.write(lambda uow: uow.insert(*goods))
    for some in goods[:12]:
        ring(database, some.id)
    for sql in (
        "CREATE TABLE passing (id INTEGER PRIMARY KEY, text TEXT)",
        "INSERT INTO passing VALUES (1, hex(zeroblob(9000)))",
        "DROP TABLE passing",
        "CREATE TABLE long (text TEXT)",
        "INSERT INTO long VALUES (hex(zeroblob(4500)))",
    ):
        run(database, sql)
    database.close()
    return folder


def opened(folder: Path, clock: Clock, key: bytes | None = KEY) -> Database:
    return Database.open(folder, key=key, now_us=clock)


def ring(database: Database, product_id: str) -> None:
    database.write(lambda uow: sell(uow, product_id))


def run(database: Database, sql: str) -> None:
    database.write(lambda uow: uow.connection.exec_driver_sql(sql).close())


def never() -> bool:
    return False


def rows(count: int) -> Callable[[], bool]:
    """Over after so many rows."""
    left = iter(range(count - 1))
    return lambda: next(left, None) is None


def checked(
    database: Database, at_once: Callable[[], Callable[[], bool]] = lambda: never
) -> PageCheck:
    """The check played to its end, kept and read again between slices."""
    check = NEW
    while not check.is_done:
        with database.read_afresh() as connection:
            check = page_check.read_slice(connection, check, DAY_US, at_once())
        if not check.damaged:
            keep(database, check)
            with database.read() as conn:
                check = page_check.load(conn)
    return check


def keep(database: Database, check: PageCheck) -> None:
    database.write(lambda uow: page_check.save(uow.connection, check), durable=False)


def flip(file: Path, page: int, offset: int = PAGE // 2) -> None:
    """Damage two bytes of a page, which are counted from 0."""
    with file.open("r+b") as data:
        data.seek(page * PAGE + offset)
        was = data.read(2)
        data.seek(page * PAGE + offset)
        data.write(bytes(byte ^ 0xFF for byte in was))


def each_damaged(
    traded: Path, clock: Clock, pages: range, **how: Any
) -> Iterator[tuple[int, PageCheck | None]]:
    """Each of these pages damaged alone and the check's word for it; None: it does not open."""
    file = traded / "till.db"
    whole = traded.with_name("whole.db")
    shutil.copyfile(file, whole)
    for page in pages:
        for side in ("-wal", "-shm"):
            file.with_name(file.name + side).unlink(missing_ok=True)
        shutil.copyfile(whole, file)
        flip(file, page)
        try:
            database = opened(traded, clock)
        except DatabaseCorrupt:
            yield page, None
            continue
        try:
            yield page, checked(database, **how)
        finally:
            database.close()
    shutil.copyfile(whole, file)


def free_pages(folder: Path, clock: Clock) -> int:
    database = opened(folder, clock)
    with database.read_afresh() as connection:
        count = int(connection.execute("PRAGMA freelist_count").fetchone()[0])
    database.close()
    return count


def pages_of(folder: Path) -> int:
    return (folder / "till.db").stat().st_size // PAGE


def test_a_healthy_file_gives_no_alarm(traded: Path, clock: Clock, key: bytes | None) -> None:
    """Whole or a few rows at a time, also while the till goes on selling."""
    database = opened(traded, clock, key)
    assert not checked(database).damaged

    def selling() -> Callable[[], bool]:
        database.write(lambda uow: sell(uow, uow.new_id()))
        return rows(20)

    assert not checked(database, selling).damaged
    database.close()


@ENCRYPTED
def test_every_damaged_page_is_noticed(traded: Path, clock: Clock) -> None:
    """Of tables, indexes and the search index; but for free pages and what stops the start."""
    free = free_pages(traded, clock)
    assert free > 0
    found = dict(each_damaged(traded, clock, range(pages_of(traded))))
    stopped = [page for page, check in found.items() if check is None]
    silent = [page for page, check in found.items() if check is not None and not check.damaged]
    named = [name for check in found.values() if check is not None for name in check.damaged]
    assert 0 in stopped
    assert len(stopped) < len(found) // 4
    assert len(silent) == free, silent
    assert {"product", "sale_line", "ix_product_sku", "ix_sale_line_sale_id", SEARCH} <= set(named)
    assert len(named) == len(found) - len(stopped) - len(silent), "one is to blame for each page"
    assert named.count("long") == 3, "its page, and two that its text goes on in"


@ENCRYPTED
def test_slices_miss_nothing(traded: Path, clock: Clock) -> None:
    """A few rows at a time, kept and loaded again between them, find what one reading finds."""
    some = range(20, pages_of(traded), 12)
    whole = dict(each_damaged(traded, clock, some))
    sliced = dict(each_damaged(traded, clock, some, at_once=lambda: rows(15)))
    assert sliced == whole
    assert any(check is not None and check.damaged for check in sliced.values())


@PLAIN
def test_without_a_key_a_broken_structure_is_noticed(traded: Path, clock: Clock) -> None:
    """A plain file has no HMAC: the header of a page tells, a changed letter does not."""
    file = traded / "till.db"
    page = file.read_bytes().index(b"Juice 7") // PAGE
    letter = file.read_bytes().index(b"Juice 7") % PAGE
    flip(file, page, letter)
    database = opened(traded, clock, None)
    assert not checked(database).damaged
    database.close()
    flip(file, page, 0)
    database = opened(traded, clock, None)
    assert checked(database).damaged
    database.close()


def test_each_table_and_index_is_read_along_its_key(db: Database) -> None:
    """No statement sorts, all go on by a search, and no key has a NULL, which no search passes."""
    with db.read_afresh() as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE rootpage > 0 ORDER BY name"
            )
        ]
        assert len(names) > 60
        for name in names:
            sql, key = page_check.reading(connection, name)
            for after, words in (("", "SCAN"), (page_check.after_key(key), "SEARCH")):
                statement = f"EXPLAIN QUERY PLAN {sql.format(after=after)}"
                plan = connection.execute(statement, (1,) * len(key) if after else ()).fetchall()
                steps = [step for *_, step in plan]
                assert len(steps) == 1, (name, steps)
                assert words in steps[0] or "SEARCH" in steps[0], (name, steps)
            kind, table, made = connection.execute(
                "SELECT type, tbl_name, coalesce(sql, '') FROM sqlite_schema WHERE name = ?",
                (name,),
            ).fetchone()
            columns = connection.execute(
                'SELECT name, "notnull", pk FROM pragma_table_xinfo(?)', (table,)
            ).fetchall()
            free = {f'"{column}"' for column, notnull, pk in columns if not notnull and not pk}
            for column in free & set(key) if kind == "index" else ():
                assert f"{column.strip(chr(34))} IS NOT NULL" in made, (name, column)


def test_it_begins_once_a_day_and_keeps_what_it_found() -> None:
    """A day after the last beginning, or when the clock was set back; findings stay until read."""
    found = PageCheck(begun_us=5, is_done=True, damaged={"sale": 5})
    assert found.due(5 + DAY_US - 1) is found
    assert found.due(5 + DAY_US) == replace(found, begun_us=5 + DAY_US, is_done=False)
    assert not found.due(4).is_done
    under_way = replace(found, is_done=False, at="sale", after=("a", 1))
    assert under_way.due(5 + 3 * DAY_US) is under_way


@ENCRYPTED
def test_what_was_put_right_is_forgotten(traded: Path, clock: Clock) -> None:
    """A finding stays until the table or index is read whole again, or is gone."""
    database = opened(traded, clock)
    check = replace(NEW, damaged={"product": 1, "ix_of_an_older_release": 1})
    with database.read_afresh() as connection:
        check = page_check.read_slice(connection, check, DAY_US, rows(300))
        assert set(check.damaged) == {"product", "ix_of_an_older_release"}
        check = page_check.read_slice(connection, check, DAY_US, never)
    assert check.is_done
    assert not check.damaged
    database.close()


def test_any_key_is_kept(db: Database) -> None:
    """Texts, whole numbers and bytes come back as they were."""
    check = PageCheck(7, False, "product_search_idx", (1, b"\x00\xff", "ä"), {"sale": 3})
    db.write(lambda uow: page_check.save(uow.connection, check))
    with db.read() as conn:
        assert page_check.load(conn) == check
