"""The same histories against a real PostgreSQL: slower, and with the statements that ship."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from sync.server.embedded import EmbeddedPostgres
from sync.server.migrate import APP_ROLE
from sync.server.postgres.store import PostgresStore
from tests.simulation.plan import Plan
from tests.simulation.server import Drive
from tests.simulation.template import Template, build_over
from tests.simulation.trace import Trace
from tests.simulation.world import World
from tests.support.postgres import Databases, PostgresDatabase
from tests.support.server import server_config

SHOP = "evertill_shop"


class PostgresShop:
    """A database that holds the shop every history begins with; each history gets a copy."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._made = databases.create()
        with _driven(self._made) as (store, drive):
            self.template: Template = build_over(store, drive)

    @contextmanager
    def world(self, plan: Plan, *, keep: bool = False) -> Iterator[World]:
        """A world over a copy of the database, dropped in the end."""
        copy = self._copied()
        try:
            with _driven(copy) as (store, drive):
                yield World(plan, self.template, store, drive, Trace(keep=keep))
        finally:
            self._databases.drop(copy)

    def _copied(self) -> PostgresDatabase:
        server = self._databases.server
        name = f"{SHOP}_copy"
        from_name = psycopg.conninfo.conninfo_to_dict(self._made.owner_url)["dbname"]
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(str(from_name))
                )
            )
        return PostgresDatabase(server.database(name), server.database(name, user=APP_ROLE))

    def close(self) -> None:
        """Drop the shop."""
        self._databases.drop(self._made)


@contextmanager
def postgres_shop() -> Iterator[PostgresShop]:
    """A shop on an embedded server of its own."""
    folder = Path(tempfile.mkdtemp(prefix="evertill-pg-"))
    server = EmbeddedPostgres(folder / "data")
    try:
        shop = PostgresShop(Databases(server))
        yield shop
    finally:
        server.stop()
        folder.rmdir()


@contextmanager
def _driven(database: PostgresDatabase) -> Iterator[tuple[PostgresStore, Drive]]:
    loop = asyncio.new_event_loop()
    store = PostgresStore(server_config(database))
    loop.run_until_complete(store.open())
    try:
        yield store, loop.run_until_complete
    finally:
        loop.run_until_complete(store.close())
        loop.close()
