"""Brings the schema up and makes the role that serves it; only the owner of the tables may."""

from pathlib import Path
from typing import Any, LiteralString

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import StaticPool, create_engine
from sqlalchemy.engine import Connection

from sync.server.database import connect
from sync.server.schema import METADATA, ORG_TABLES

MIGRATIONS = Path(__file__).parent / "migrations"
APP_ROLE = "evertill_app"
POSTGRES_MIN = 150000
"""As ``server_version`` counts: PostgreSQL 15."""
Owner = psycopg.Connection[Any]
GRANTS: dict[tuple[LiteralString, ...], tuple[str, ...]] = {
    ("SELECT", "INSERT", "UPDATE", "DELETE"): tuple(ORG_TABLES),
    ("SELECT", "INSERT", "UPDATE"): ("job",),
    ("SELECT", "INSERT", "DELETE"): ("code_owner",),
    ("SELECT", "INSERT"): ("tenant",),
    ("SELECT",): ("server_state", "alembic_version"),
}
"""The rights of the application's role, by table."""
_HARMLESS: LiteralString = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"


class UnsafeRole(Exception):
    """``serve`` was given a role that row-level security would not hold."""


class OldPostgres(Exception):
    """The database is older than PostgreSQL 15."""


class RoleRefused(Exception):
    """The owner of the tables may not make the application's role; nothing was changed."""

    def __init__(self, role: str, said: str) -> None:
        super().__init__(
            f"The owner may not make or change the role {role} ({said}). Nothing was changed."
            f" As a superuser run: CREATE ROLE {role} LOGIN PASSWORD '...'"
            " NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;"
            " then run migrate again without EVERTILL_APP_PASSWORD."
        )


def migrate(owner_url: str, app_role: str = APP_ROLE, password: str | None = None) -> None:
    """Bring the schema up to this program's, and let the application's role serve it.

    One transaction: a schema without its grants would serve nobody. Safe to run again. Raises
    CannotConnect, OldPostgres, or RoleRefused when the owner may not make or change the role.
    """
    # psycopg makes the connection, so that any address it knows works, sockets included.
    with connect(owner_url, "EVERTILL_OWNER_URL") as owner:
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: owner,
            poolclass=StaticPool,
            # An error is printed, and must not show whose data it met.
            hide_parameters=True,
        )
        with engine.begin() as connection:
            _check_version(connection)
            command.upgrade(alembic_config(connection), "head")
            prepare_app_role(owner, app_role, password)
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


def prepare_app_role(owner: Owner, name: str = APP_ROLE, password: str | None = None) -> None:
    """Make the ordinary role under which ``serve`` runs, if need be, and grant it the tables.

    A harmless one that is there is left as it is, which any owner of the tables may do.
    """
    role = sql.Identifier(name)
    known = owner.execute(
        "SELECT rolcanlogin AND NOT (rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole)"
        " FROM pg_roles WHERE rolname = %s",
        (name,),
    ).fetchone()
    try:
        if known is None:
            owner.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        elif not known[0]:
            owner.execute(sql.SQL("ALTER ROLE {} " + _HARMLESS).format(role))
        if password is not None:
            set_password = sql.SQL("ALTER ROLE {} PASSWORD {}")
            owner.execute(set_password.format(role, sql.Literal(password)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise RoleRefused(name, str(error).splitlines()[0]) from error
    owner.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
    for rights, tables in GRANTS.items():
        owner.execute(
            sql.SQL("GRANT {} ON {} TO {}").format(
                sql.SQL(", ").join(map(sql.SQL, rights)),
                sql.SQL(", ").join(map(sql.Identifier, tables)),
                role,
            )
        )


def check_app_role(url: str) -> None:
    """Raise UnsafeRole unless row-level security binds the role that ``url`` logs in as.

    Raises CannotConnect.
    """
    with connect(url, "EVERTILL_DATABASE_URL") as connection:
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
