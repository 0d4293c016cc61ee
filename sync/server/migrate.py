"""The schema and the role that serves it: what only the owner of the tables may do."""

from pathlib import Path
from typing import LiteralString

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import Connection

from sync.server.schema import METADATA, ORG_TABLES

MIGRATIONS = Path(__file__).parent / "migrations"
APP_ROLE = "evertill_app"
POSTGRES_MIN = 150000
"""As ``server_version`` counts: PostgreSQL 15."""


class UnsafeRole(Exception):
    """``serve`` was given a role that row-level security would not hold."""


class OldPostgres(Exception):
    """The database is older than PostgreSQL 15."""


def migrate(owner_url: str) -> None:
    """Bring the schema up to this program's; safe to run again. Raises OldPostgres."""
    # psycopg makes the connections, so that any address it knows works, sockets included.
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url), poolclass=NullPool
    )
    with engine.begin() as connection:
        _check_version(connection)
        command.upgrade(alembic_config(connection), "head")
    engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for one connection."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _check_version(connection: Connection) -> None:
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if version < POSTGRES_MIN:
        raise OldPostgres(f"PostgreSQL 15 or newer is needed, this is {version // 10000}")


def create_app_role(owner_url: str, name: str = APP_ROLE, password: str | None = None) -> None:
    """Create or renew the ordinary role under which ``serve`` runs, and grant it the tables."""
    with psycopg.connect(owner_url) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
        verb: LiteralString = "ALTER" if known else "CREATE"
        role = sql.Identifier(name)
        connection.execute(
            sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE").format(
                role
            )
        )
        if password is not None:
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password))
            )
        # A report takes one core and leaves the others to the pushes.
        connection.execute(
            sql.SQL("ALTER ROLE {} SET max_parallel_workers_per_gather = 0").format(role)
        )
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
        connection.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(
                sql.SQL(", ").join(map(sql.Identifier, ORG_TABLES)), role
            )
        )
        connection.execute(sql.SQL("GRANT SELECT ON server_state TO {}").format(role))
        connection.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE ON job TO {}").format(role))
        connection.execute(sql.SQL("GRANT SELECT, INSERT ON tenant TO {}").format(role))
        connection.execute(sql.SQL("GRANT SELECT, INSERT, DELETE ON code_owner TO {}").format(role))


def check_app_role(url: str) -> None:
    """Raise UnsafeRole unless row-level security binds the role that ``url`` logs in as."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT current_user, rolsuper, rolbypassrls, EXISTS (SELECT 1 FROM pg_class"
            " WHERE relname = ANY(%s) AND relkind IN ('r', 'p')"
            " AND pg_has_role(current_user, relowner, 'USAGE'))"
            " FROM pg_roles WHERE rolname = current_user",
            (list(METADATA.tables),),
        ).fetchone()
    assert row is not None
    faults = ("is a superuser", "may bypass row-level security", "owns the tables")
    found = [text for bad, text in zip(row[1:], faults, strict=True) if bad]
    if found:
        raise UnsafeRole(f"the role {row[0]} {' and '.join(found)}; run `migrate --app-role`")
