"""What an older program kept as it came is understood by the one that replaces it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from localdb.domain.ids import IdSource
from localdb.domain.records import Product, Role, SaleDiscount
from localdb.store import engine, images, migrate, rows
from localdb.store.bulk import BulkLoad
from localdb.store.database import Database
from localdb.store.folder import DataFolder
from localdb.store.identity import TillIdentity, save_identity
from localdb.store.search import search
from tests.localdb.store.samples import KEY, Clock, product

FIRST = "0001"
NEW_IN_PRODUCT = ("favourite",)
"""What the second migration adds to the table."""
FOUND_BY = "4711"
"""The PLU: stands in for whatever a later program searches by and an older one kept aside."""


@pytest.fixture
def beans(new_id: IdSource) -> Product:
    """A product to which a newer program had given a field."""
    return product(new_id, favourite=7, plu=FOUND_BY)


@pytest.fixture
def role(new_id: IdSource) -> Role:
    """A record that the first program does not know."""
    return Role(id=new_id(), code="temp", name="Holiday help", permissions="[]")


@pytest.fixture
def upgraded(
    tmp_path: Path, clock: Clock, identity: TillIdentity, beans: Product, role: Role
) -> Iterator[Database]:
    """A till of the first schema that kept both, opened by this program."""
    folder = tmp_path / "till"
    _first_file(folder, identity, beans, role)
    database = Database.open(folder, key=KEY, now_us=clock)
    yield database
    database.close()


def _first_file(folder: Path, identity: TillIdentity, beans: Product, role: Role) -> None:
    data = DataFolder.lock(folder)
    migrate.note_key(data, KEY)
    data.release()
    writers = engine.writer_engine(data.database, KEY)
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    with writers.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, FIRST)
        save_identity(conn, identity)
        known = {n: v for n, v in beans.values().items() if n not in NEW_IN_PRODUCT}
        known["plu"] = ""
        extra = {"favourite": beans.favourite, "plu": beans.plu, "brand": "Acme"}
        row = {**known, "version": 3, "vector": "{}", "extra": json.dumps(extra)}
        marks = ", ".join("?" * len(row))
        names = ", ".join(f'"{name}"' for name in row)
        conn.exec_driver_sql(
            f"INSERT INTO product ({names}) VALUES ({marks})",
            tuple(row.values()),
        )
        keep = "INSERT INTO unknown_record (type, id, body) VALUES (?, ?, ?)"
        body = {"version": 2, "vector": {}, "values": {**role.values(), "colour": "red"}}
        conn.exec_driver_sql(keep, ("role", role.id, json.dumps(body)))
        conn.exec_driver_sql(keep, ("hologram", role.id, json.dumps(body)))
        lost = {"values": {"id": role.id, "store_id": identity.store_id, "sale_id": role.id}}
        conn.exec_driver_sql(keep, (SaleDiscount.TYPE, role.id, json.dumps(lost)))
        conn.exec_driver_sql("PRAGMA user_version = 1")
    writers.dispose()


def kept(db: Database, record_type: str, record_id: str) -> dict[str, Any]:
    """A row with its bookkeeping."""
    with db.read() as conn:
        return rows.load(conn, record_type, [record_id])[record_id]


def test_a_field_kept_as_it_came_becomes_the_column(upgraded: Database, beans: Product) -> None:
    """It shows, an edit of it starts from it and shows too; what is still unknown stays."""
    row = kept(upgraded, "product", beans.id)
    assert row["favourite"] == 7
    assert json.loads(row["extra"]) == {"brand": "Acme"}
    upgraded.write(lambda uow: uow.edit(Product, beans.id, favourite=9))
    shown = images.row_values("product", kept(upgraded, "product", beans.id))
    assert (shown["favourite"], shown["brand"]) == (9, "Acme")


def test_a_field_kept_as_it_came_is_searched_by(upgraded: Database, beans: Product) -> None:
    """What became a column finds its product from the first start on."""
    with upgraded.read() as conn:
        assert search(conn, FOUND_BY) == [beans.id]


def test_a_record_kept_as_it_came_becomes_a_row(upgraded: Database, role: Role) -> None:
    """With its version; a type that is still unknown and a child without its sale stay aside."""
    row = kept(upgraded, "role", role.id)
    assert (row["name"], row["version"]) == ("Holiday help", 2)
    assert json.loads(row["extra"]) == {"colour": "red"}
    with upgraded.read() as conn:
        left = conn.exec_driver_sql("SELECT type FROM unknown_record ORDER BY type").scalars()
        assert list(left) == ["hologram", SaleDiscount.TYPE]


def test_an_older_image_does_not_replace_a_newer_row(
    upgraded: Database, role: Role, clock: Clock
) -> None:
    """What was kept aside before the record could be stored is not news any more."""
    body = json.dumps({"version": 1, "vector": {}, "values": {**role.values(), "name": "Old"}})
    upgraded.write(
        lambda uow: uow.connection.exec_driver_sql(
            "INSERT INTO unknown_record (type, id, body) VALUES ('role', ?, ?)", (role.id, body)
        )
    )
    file = upgraded.file
    upgraded.close()
    migrate.upgrade(file, KEY)
    again = Database.open(file.parent, key=KEY, now_us=clock)
    assert kept(again, "role", role.id)["name"] == "Holiday help"
    with again.read() as conn:
        assert "role" not in conn.exec_driver_sql("SELECT type FROM unknown_record").scalars().all()
    again.close()


def test_a_draft_of_an_older_program_is_begun_anew(db: Database, tmp_path: Path) -> None:
    """Its tables miss columns: going on with it, no page could ever be stored."""
    load = db.begin_load("same label")
    load.put_page("product", (), (), "")
    assert load.after("product") is None
    load.close()
    older = engine.connect(load.file, KEY)
    older.execute("PRAGMA user_version = 1")
    older.close()
    again = BulkLoad.begin(db.file.parent, KEY, "same label")
    assert again.after("product") == ""
    again.discard()
