"""Older and newer programs against one server: each keeps what the other says.

The newer till speaks the wire itself, with fields and types that this program does not know; the
older one leaves out fields that it does not know. Between them is a till of this program.
"""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from localdb.domain.ops import Op
from localdb.domain.records import Product, Sale
from localdb.store import images, rows
from localdb.store.database import Database
from sync.client.proof import prove
from tests.support.postgres import PostgresDatabase, database
from tests.support.server import Operator, RunningServer
from tests.sync.client.test_road import NewTill, TillOnRoad, new_till
from tests.sync.server.tills import NEW_ID, Till, edit, enrolled, insert, product

__all__ = ["database", "new_till"]


@pytest.fixture
def present(new_till: NewTill) -> TillOnRoad:
    """A till of this program."""
    return new_till()


@pytest.fixture
def other(server: RunningServer, operator: Operator, present: TillOnRoad) -> Iterator[Till]:
    """A till of another program in the same store."""
    identity = present.database.identity
    assert identity is not None
    till = enrolled(server, operator.code(identity.org_id, identity.store_id))
    yield till
    till.close()


def values(db: Database, record_type: str, record_id: str) -> dict[str, Any]:
    """A record as a till of this program keeps it, unknown fields included."""
    with db.read() as conn:
        return images.row_values(record_type, rows.load(conn, record_type, [record_id])[record_id])


def last_image(till: Till, record_id: str) -> dict[str, Any]:
    """A record as the stream shows it last."""
    shown = [row for entry in till.pull_all().entries for row in entry.rows]
    return [row.values for row in shown if row.id == record_id][-1]


def test_a_newer_tills_field_outlives_an_older_tills_edits(
    present: TillOnRoad, other: Till, new_till: NewTill
) -> None:
    """Inserted, edited around, edited itself, loaded afresh: the unknown field is always there."""
    beans = product()
    other.send(Op("insert", "product", beans.id, values={**beans.values(), "brand": "Acme"}))
    present.sync()
    assert values(present.database, "product", beans.id)["brand"] == "Acme"
    present.edit(beans.id, name="Better beans")
    present.sync()
    present.sync()
    assert last_image(other, beans.id).items() >= {"brand": "Acme", "name": "Better beans"}.items()
    present.edit(beans.id, price_minor=999)
    other.send(edit(Product, beans.id, {"brand": "Acme"}, {"brand": "Bolt"}))
    present.sync()
    present.sync()
    assert values(present.database, "product", beans.id)["brand"] == "Bolt"
    assert last_image(other, beans.id).items() >= {"brand": "Bolt", "price_minor": 999}.items()
    assert prove(present.database, present.line).agrees
    assert values(new_till().database, "product", beans.id)["brand"] == "Bolt"


def test_a_newer_tills_sale_is_kept_whole(
    present: TillOnRoad, other: Till, server: RunningServer, operator: Operator
) -> None:
    """A fact with a field that neither the server nor this program knows reaches the third."""
    facts = [
        Op("insert", fact.TYPE, fact.id, values=fact.values()) for fact in other.sale(NEW_ID())
    ]
    sale = facts[0]
    assert sale.values is not None
    sale.values["mood"] = 150
    assert other.send(*facts).kind == "applied"
    present.sync()
    assert len(present.find(Sale)) == 1
    with present.database.read() as conn:
        kept = rows.load(conn, "sale", [sale.id])[sale.id]["extra"]
    assert json.loads(kept) == {"mood": 150}
    assert prove(present.database, present.line).agrees
    identity = present.database.identity
    assert identity is not None
    third = enrolled(server, operator.code(identity.org_id, identity.store_id))
    entry = third.pull_all(identity.store_id).entries[-1]
    assert [f.values.get("mood") for f in entry.facts if f.type == "sale"] == [150]
    third.close()


def test_an_older_till_leaves_out_what_it_does_not_know(present: TillOnRoad, other: Till) -> None:
    """Missing fields get their declared defaults, and its edits touch only what it names."""
    beans = product()
    known = {"id", "sku", "name", "price_minor", "tax_class_id"}
    old = {name: value for name, value in beans.values().items() if name in known}
    assert other.send(Op("insert", "product", beans.id, values=old)).kind == "applied"
    present.sync()
    assert present.product(beans.id) == beans
    present.edit(beans.id, note="Fair trade", min_age=18)
    present.sync()
    other.send(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450}))
    present.sync()
    changed = present.product(beans.id)
    assert (changed.note, changed.min_age, changed.price_minor) == ("Fair trade", 18, 450)
    assert prove(present.database, present.line).agrees


def test_a_type_that_only_a_newer_till_knows_waits_and_stops_nobody(
    present: TillOnRoad, other: Till
) -> None:
    """The server keeps the group; what comes behind it goes on."""
    beans = product()
    verdicts = other.push(
        other.group(Op("insert", "hologram", NEW_ID(), values={"colour": "red"})),
        other.group(insert(beans)),
    )
    assert [verdict.kind for verdict in verdicts] == ["held", "applied"]
    present.sync()
    assert present.product(beans.id) == beans


def test_a_type_that_only_a_newer_server_knows_is_kept(
    present: TillOnRoad, other: Till, database: PostgresDatabase
) -> None:
    """A stream may carry rows that this program cannot show: it keeps them and goes on."""
    beans = product()
    other.send(insert(beans))
    id_ = NEW_ID()
    inside = {"id": id_, "colour": "red"}
    row = {"type": "hologram", "id": id_, "version": 1, "vector": {}, "values": inside}
    with psycopg.connect(database.owner_url) as pg:
        pg.execute(
            "UPDATE change_log SET rows = rows || %s::jsonb"
            " WHERE device_id = %s AND rows @> %s::jsonb",
            (json.dumps([row]), other.id, json.dumps([{"id": beans.id}])),
        )
    present.sync()
    assert present.product(beans.id) == beans
    with present.database.read() as conn:
        kept = conn.exec_driver_sql("SELECT type, id FROM unknown_record").all()
    assert [tuple(one) for one in kept] == [("hologram", id_)]
    present.edit(beans.id, name="Better beans")
    present.sync()
    present.sync()
    assert last_image(other, beans.id)["name"] == "Better beans"
