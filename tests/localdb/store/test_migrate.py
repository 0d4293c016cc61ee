"""The frozen migrations: same schema as the live tables, backed up, never half-way."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Connection

from localdb.domain.ids import IdSource
from localdb.domain.records import Product
from localdb.errors import DatabaseBusy
from localdb.store import engine, migrate, rows, tables
from localdb.store.database import Database
from localdb.store.folder import DataFolder
from tests.localdb.store.samples import KEY, Clock, product

CHECK = re.compile(r"CHECK\((?:[^()]|\([^()]*\))*\)")


def schema(conn: Connection) -> dict[str, object]:
    """Every table and index as it behaves: in which order columns were added does not matter."""
    found = conn.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master "
        "WHERE sql IS NOT NULL AND name NOT LIKE 'product_search_%' AND name <> 'alembic_version'"
    ).all()
    return {
        row.name: table(conn, row.name, row.sql) if row.type == "table" else squeezed(row.sql)
        for row in found
    }


def table(conn: Connection, name: str, sql: str) -> object:
    """Columns, checks and keys of a table, and how it is kept."""
    columns = conn.exec_driver_sql(f'PRAGMA table_info("{name}")').all()
    links = conn.exec_driver_sql(f'PRAGMA foreign_key_list("{name}")').all()
    return (
        {(column.name, column.type, column.notnull, column.pk) for column in columns},
        sorted(CHECK.findall(squeezed(sql))),
        [tuple(link) for link in links],
        squeezed(sql)[squeezed(sql).rindex(")") :],
    )


def squeezed(sql: str) -> str:
    """The statement without white space."""
    return "".join(sql.split())


def test_the_schema_version_is_the_newest_migration() -> None:
    """A start asks this number whether a migration is due: one behind, and none would ever run."""
    versions = Path(migrate.__file__).parent / "migrations" / "versions"
    assert max(int(file.name[1:5]) for file in versions.glob("v*.py")) == migrate.SCHEMA_VERSION


def test_the_migrated_schema_is_the_live_one(tmp_path: Path) -> None:
    """What the migrations build equals what the tables declare: they cannot drift apart."""
    migrate.upgrade(tmp_path / "migrated.db", KEY)
    migrated = engine.writer_engine(tmp_path / "migrated.db", KEY)
    declared = engine.writer_engine(tmp_path / "declared.db", KEY)
    with migrated.begin() as one, declared.begin() as other:
        tables.METADATA.create_all(other)
        other.exec_driver_sql(tables.SEARCH_INDEX_DDL)
        assert schema(one) == schema(other)
        assert one.exec_driver_sql("PRAGMA user_version").scalar() == migrate.SCHEMA_VERSION
    migrated.dispose()
    declared.dispose()


def test_a_current_file_needs_no_migration(
    db: Database, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening a file of this version does not even ask Alembic, and makes no backup."""
    db.close()
    monkeypatch.setattr(migrate, "upgrade", lambda *_: pytest.fail("asked"))
    Database.open(tmp_path / "till", key=KEY, now_us=clock).close()
    assert not (tmp_path / "till" / "backups").exists()


def test_an_older_file_is_backed_up_first(
    db: Database,
    tmp_path: Path,
    clock: Clock,
    new_id: IdSource,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before a migration a whole, encrypted copy is made, which the same key opens."""
    made = product(new_id)
    db.write(lambda uow: uow.insert(made))
    db.close()
    current = migrate.SCHEMA_VERSION
    monkeypatch.setattr(migrate, "SCHEMA_VERSION", current + 1)
    Database.open(tmp_path / "till", key=KEY, now_us=clock).close()
    (backup,) = (tmp_path / "till" / "backups").iterdir()
    copy = engine.reader_engine(backup, KEY)
    with copy.connect() as conn:
        assert rows.get(conn, Product, made.id) == made
        assert conn.exec_driver_sql("PRAGMA user_version").scalar() == current
    copy.dispose()
    assert b"SQLite format 3" not in backup.read_bytes()[:16]


def test_a_failing_migration_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All migrations are one transaction: a fault in the last statement undoes everything."""
    file = tmp_path / "till.db"
    with monkeypatch.context() as patched:
        patched.setattr(migrate, "SCHEMA_VERSION", "(nonsense")
        with pytest.raises(Exception, match="syntax error"):
            migrate.upgrade(file, KEY)
    reader = engine.reader_engine(file, KEY)
    with reader.connect() as conn:
        assert schema(conn) == {}
    reader.dispose()
    migrate.upgrade(file, KEY)


def test_a_locked_file_is_not_migrated(tmp_path: Path) -> None:
    """A new file that another program holds is reported as such."""
    folder = DataFolder.lock(tmp_path)
    other = engine.connect(folder.database, KEY)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy):
        migrate.prepare_file(folder, KEY, 1)
    other.close()
    folder.release()
