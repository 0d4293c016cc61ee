"""A shop as the first release left it: schema 0001 on both sides, in the middle of its work.

``first_release/`` holds what that program itself had written: two tills and a server after a short
day, unplugged at a bad moment. Nothing in it is ever brought up to date. Till 1 has sales and edits
that are unsent, one sale whose answer was lost, one group acknowledged and not pulled back, one
parked, an open conflict, a cart on hold and one being rung. The server holds a group of till 2
that waits for a product which till 1 has not sent yet.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine

from localdb.store import engine, migrate
from localdb.store.folder import DataFolder
from sync.server.migrate import APP_ROLE, alembic_config
from tests.support.postgres import Databases, PostgresDatabase

HERE = Path(__file__).parent / "first_release"
KEY = bytes(32)
FIRST = "0001"


@dataclass(frozen=True, slots=True)
class FirstShop:
    """Who and what is in it."""

    org: str
    store: str
    devices: tuple[str, str]
    tokens: tuple[str, str]
    code: str
    """An enrolment code that nobody has used yet."""
    printed: dict[str, int]
    """Receipt number -> total, of both tills."""
    milk: str
    """1.39 at till 1, 1.49 at till 2, and till 1 has wanted 1.45 since: an open conflict."""
    bread: str
    apple: str
    """With a field, ``brand``, that the first release does not know."""
    cake: str
    """Only till 1 has it; the server holds an edit of it by till 2."""


def shop() -> FirstShop:
    """The shop's ids and receipts."""
    values: dict[str, Any] = json.loads((HERE / "shop.json").read_text())
    for name in ("devices", "tokens"):
        values[name] = tuple(values[name])
    return FirstShop(**values)


def restore_server(databases: Databases, now_us: int) -> PostgresDatabase:
    """The server's database at migration 0001, with its data."""
    name = f"first_release_{now_us}"
    owner_url = databases.server.ensure_database(name)
    made = PostgresDatabase(owner_url, databases.server.database(name, user=APP_ROLE))
    pg = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(made.owner_url),
        poolclass=NullPool,
    )
    with pg.begin() as connection:
        command.upgrade(alembic_config(connection), FIRST)
    pg.dispose()
    with psycopg.connect(made.owner_url) as connection:
        connection.execute("DELETE FROM server_state")
        connection.execute((HERE / "server.sql").read_bytes())
        # It was a moment ago: neither tokens nor codes nor the log are too old, whenever this runs.
        connection.execute("UPDATE device SET last_seen = %s", (now_us,))
        connection.execute("UPDATE change_log SET applied_at = %s", (now_us,))
        connection.execute("UPDATE enrolment_code SET expires_at = %s", (now_us + 10**12,))
    return made


def restore_till(folder: Path, number: int) -> None:
    """Till 1 or 2: its database at schema 0001 with its data, and its token."""
    data = DataFolder.lock(folder)
    data.key_check.write_text(migrate._key_check(KEY))
    data.release()
    writers = engine.writer_engine(data.database, KEY)
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    statements = (HERE / f"till_{number}.sql").read_text().splitlines()
    with writers.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
        for statement in statements:
            connection.exec_driver_sql(statement)
        # The index keeps no text to be dumped; what it is asked for here is the name.
        connection.exec_driver_sql(
            "INSERT INTO product_search (rowid, words) SELECT e.rowid, lower(p.name)"
            " FROM search_entry e JOIN product p ON p.id = e.product_id"
        )
        connection.exec_driver_sql("PRAGMA user_version = 1")
    writers.dispose()
