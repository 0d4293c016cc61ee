"""A PostgreSQL for the tests: one embedded server a test run, one database a test module.

Tests share a database as shops share a server: each makes an organisation of its own.
"""

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from sync.server.embedded import EmbeddedPostgres, EmbeddedUnavailable
from sync.server.migrate import APP_ROLE, migrate

__all__ = ["Databases", "PostgresDatabase", "database", "databases", "fresh_database"]
TEMPLATE = "evertill_template"


@dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """One migrated database: for the superuser who owns it, and as ``serve`` wants it."""

    owner_url: str
    app_url: str


class Databases:
    """Copies of one migrated database, each used by one test and dropped after it."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server
        self._numbers = itertools.count(1)
        with psycopg.connect(server.url, autocommit=True) as connection:
            # The tests kill processes, never the machine.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(sql.SQL(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute("SELECT pg_reload_conf()")
        owner_url = server.ensure_database(TEMPLATE)
        migrate(owner_url)

    def create(self) -> PostgresDatabase:
        """A fresh migrated database."""
        name = f"evertill_{next(self._numbers)}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
        return PostgresDatabase(
            self.server.database(name), self.server.database(name, user=APP_ROLE)
        )

    def drop(self, made: PostgresDatabase) -> None:
        """Forget a database, whoever is still connected to it."""
        name = psycopg.conninfo.conninfo_to_dict(made.owner_url)["dbname"]
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(str(name))))

    def _run(self, query: sql.Composed) -> None:
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute(query)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The embedded server of this test run."""
    # Below /tmp and not in the private tmp_path: as root the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="evertill-pg-"))
    try:
        server = EmbeddedPostgres(folder / "data")
    except EmbeddedUnavailable as error:
        pytest.skip(str(error))
    try:
        yield Databases(server)
    finally:
        server.stop()
        folder.rmdir()


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[PostgresDatabase]:
    """A migrated database of this test module."""
    made = databases.create()
    yield made
    databases.drop(made)


@pytest.fixture
def fresh_database(databases: Databases) -> Iterator[PostgresDatabase]:
    """A migrated database of this test alone, to be changed in ways that others would feel."""
    made = databases.create()
    yield made
    databases.drop(made)
