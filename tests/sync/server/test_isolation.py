"""An organisation sees itself alone, whatever the query."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from sync.server.schema import ORG_TABLES
from tests.support.postgres import PostgresDatabase
from tests.support.server import Operator, RunningServer
from tests.sync.server.tills import NEW_ID, Shop, edit, insert, product


@pytest.fixture
def rival(server: RunningServer, operator: Operator) -> Iterator[Shop]:
    """Another organisation on the same server."""
    org_id = operator.org("Rival")
    made = Shop(server, operator, org_id, operator.store(org_id))
    yield made
    made.close()


def as_app(database: PostgresDatabase, org_id: str | None) -> psycopg.Connection:
    """A session of the application's role that serves one organisation, or none."""
    connection = psycopg.connect(database.app_url)
    if org_id is not None:
        connection.execute("SELECT set_config('evertill.org', %s, false)", (org_id,))
    return connection


def fill(shop: Shop) -> None:
    """At least one row in the tables that a till writes."""
    till = shop.till()
    till.send(insert(product()))
    till.push(till.sell(NEW_ID()))
    early = edit(type(product()), NEW_ID(), {"price_minor": 1}, {"price_minor": 2})
    assert till.send(early).kind == "held"
    assert till.http.get("/v1/snapshot").status_code == 200


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    return int(row.fetchone()[0])  # type: ignore[index]


def test_raw_sql_of_the_application_sees_one_organisation(
    shop: Shop, rival: Shop, database: PostgresDatabase
) -> None:
    """Row-level security holds below the code: without a WHERE nothing of a rival shows."""
    fill(shop)
    with psycopg.connect(database.owner_url) as owner, as_app(database, rival.org_id) as app:
        for table in ORG_TABLES:
            own = owner.execute(
                sql.SQL("SELECT count(*) FROM {} WHERE org_id = %s").format(sql.Identifier(table)),
                (rival.org_id,),
            ).fetchone()
            assert own == (count(app, table),), table
        filled = [table for table in ORG_TABLES if count(owner, table) > count(app, table)]
    assert {"product", "sale", "ledger", "change_log", "device", "held_group"} <= set(filled)


def test_a_session_without_an_organisation_sees_nothing(
    shop: Shop, database: PostgresDatabase
) -> None:
    """Forgetting to say whose request it is shows nobody's rows."""
    fill(shop)
    with as_app(database, None) as app:
        assert [count(app, table) for table in ORG_TABLES] == [0] * len(ORG_TABLES)


def test_a_row_cannot_be_written_into_another_organisation(
    shop: Shop, rival: Shop, database: PostgresDatabase
) -> None:
    """Security checks what is written, too."""
    with (
        as_app(database, rival.org_id) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
    ):
        app.execute(
            "INSERT INTO stream (org_id, stream, head, pruned_to) VALUES (%s, 'x', 0, 0)",
            (shop.org_id,),
        )


def test_tills_of_two_organisations_share_nothing(shop: Shop, rival: Shop) -> None:
    """The same ids and codes in two organisations never meet."""
    here, there = shop.till(), rival.till()
    beans = product()
    assert here.send(insert(beans)).kind == "applied"
    assert there.send(insert(beans)).kind == "applied"
    there.send(edit(type(beans), beans.id, {"price_minor": 400}, {"price_minor": 999}))
    assert here.http.get(f"/v1/products/{beans.id}").json()["price_minor"] == 400
    assert here.http.get(f"/v1/streams/{rival.store_id}").status_code == 403
