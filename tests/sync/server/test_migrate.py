"""The schema is built by migrations, and only a harmless role may serve it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from sync.server.migrate import (
    GRANTS,
    RoleRefused,
    UnsafeRole,
    alembic_config,
    check_app_role,
    migrate,
)
from sync.server.schema import METADATA, ORG_TABLES
from tests.support.postgres import Databases, PostgresDatabase


def test_the_migrations_build_the_declared_tables(database: PostgresDatabase) -> None:
    """The frozen migrations and the tables built from the records are the same."""
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(database.owner_url),
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        options = {"compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_migrating_twice_changes_nothing(database: PostgresDatabase) -> None:
    """A second run finds nothing to do, and keeps the role and the epoch."""
    with psycopg.connect(database.owner_url) as connection:
        before = connection.execute("SELECT epoch FROM server_state").fetchall()
        migrate(database.owner_url)
        assert connection.execute("SELECT epoch FROM server_state").fetchall() == before


def test_every_table_is_granted_what_it_needs() -> None:
    """A table that was forgotten would be missed by the first request, and by ``/readyz``."""
    granted = [table for tables in GRANTS.values() for table in tables]
    assert sorted(granted) == sorted([*METADATA.tables, "alembic_version"])


def test_a_role_that_cannot_be_made_leaves_the_schema_as_it_was(databases: Databases) -> None:
    """The sentence says what a superuser must run; nothing of the migration stays."""
    with owned_by_a_plain_role(databases) as url:
        with pytest.raises(RoleRefused, match="CREATE ROLE someone LOGIN"):
            migrate(url, "someone")
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT to_regclass('sale')").fetchone() == (None,)


def test_row_level_security_is_forced_on_every_table_of_an_organisation(
    database: PostgresDatabase,
) -> None:
    """Not even the owner of a table sees past its policy."""
    with psycopg.connect(database.owner_url) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        ).fetchall()
    assert {name for (name,) in rows} == set(ORG_TABLES)


def test_the_application_role_may_serve(database: PostgresDatabase) -> None:
    """The role that ``migrate`` makes passes the check of ``serve``."""
    check_app_role(database.app_url)


def test_a_superuser_may_not_serve(database: PostgresDatabase) -> None:
    """A role that row-level security does not bind is refused, with every reason."""
    with pytest.raises(UnsafeRole, match=r"superuser.*bypass.*owns"):
        check_app_role(database.owner_url)


@pytest.mark.parametrize(
    ("grant", "reason"),
    [("ALTER ROLE {} BYPASSRLS", "bypass"), ("ALTER TABLE product OWNER TO {}", "owns the tables")],
)
def test_a_role_that_security_would_not_hold_may_not_serve(
    fresh_database: PostgresDatabase, grant: str, reason: str
) -> None:
    """Bypassing policies or owning a table is enough to be refused."""
    migrate(fresh_database.owner_url, "risky")
    with psycopg.connect(fresh_database.owner_url) as connection:
        connection.execute(psycopg.sql.SQL(grant).format(psycopg.sql.Identifier("risky")))
    url = psycopg.conninfo.make_conninfo(fresh_database.app_url, user="risky")
    with pytest.raises(UnsafeRole, match=reason):
        check_app_role(url)


def test_an_owner_under_row_level_security_lists_the_organisations(databases: Databases) -> None:
    """The upgrade finds those that were there before, though its owner may not see them either."""
    org_id = "01890000-0000-7000-8000-00000000000a"
    with owned_by_a_plain_role(databases) as url:
        _upgrade(url, "0001")
        with psycopg.connect(url) as connection:
            connection.execute("SELECT set_config('evertill.org', %s, true)", (org_id,))
            connection.execute(
                "INSERT INTO organisation (org_id, name, api_device_id, created_at)"
                " VALUES (%s, 'Corner Shop', %s, 1)",
                (org_id, org_id),
            )
        migrate(url)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT org_id::text FROM tenant").fetchall() == [(org_id,)]
            assert connection.execute("SELECT count(*) FROM organisation").fetchone() == (0,)


@contextmanager
def owned_by_a_plain_role(databases: Databases) -> Iterator[str]:
    """An empty database whose owner is no superuser and makes no roles; as that owner."""
    server = databases.server
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE plain_owner LOGIN NOSUPERUSER NOBYPASSRLS")
        connection.execute("CREATE DATABASE plain OWNER plain_owner")
    try:
        yield server.database("plain", user="plain_owner")
    finally:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("DROP DATABASE plain WITH (FORCE)")
            connection.execute("DROP ROLE plain_owner")


def _upgrade(url: str, revision: str) -> None:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool
    )
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), revision)
    engine.dispose()


def test_an_error_of_a_migration_shows_no_values(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is printed for the operator, and the statement may carry what a customer is called."""

    def upgrade(config: Config, revision: str) -> None:
        connection = config.attributes["connection"]
        connection.execute(text("SELECT 1 / 0 WHERE :name <> ''"), {"name": "Ada Lovelace"})

    monkeypatch.setattr(command, "upgrade", upgrade)
    with pytest.raises(DBAPIError) as refused:
        migrate(database.owner_url)
    assert "Lovelace" not in str(refused.value)
