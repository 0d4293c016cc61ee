"""Checks that the database has the schema and the grants that this program needs."""

from sync.server.core.ports import StoreError
from sync.server.migrate import GRANTS, MIGRATIONS
from sync.server.postgres.store import PostgresStore, PostgresTransaction

REVISION_TABLE = "alembic_version"


class NotReady(Exception):
    """The schema is older than the program, or the role was not granted all of it."""

    def __init__(self, found: str) -> None:
        super().__init__(f"{found}: run evertill-server migrate")


async def check_ready(store: PostgresStore) -> None:
    """Raise NotReady unless requests can be served.

    A schema that is newer than the program is no fault: an update begins with ``migrate``.
    """
    try:
        async with store.transaction() as tx:
            ungranted = await _ungranted(tx)
            if REVISION_TABLE not in ungranted:
                await _check_revision(tx)
    except StoreError as error:
        # Every transaction begins with the epoch: its table may be what is missing.
        raise NotReady(str(error)) from error
    if ungranted:
        raise NotReady(f"the application's role may not use {', '.join(ungranted)}")


async def _ungranted(tx: PostgresTransaction) -> list[str]:
    wanted = [(t, right) for rights, tables in GRANTS.items() for t in tables for right in rights]
    await tx.cursor.execute(
        "SELECT DISTINCT name FROM unnest(%s::text[], %s::text[]) AS wanted(name, needed)"
        " WHERE NOT coalesce(has_table_privilege(to_regclass(quote_ident(name)), needed), false)"
        " ORDER BY name",
        ([table for table, _ in wanted], [right for _, right in wanted]),
    )
    return [row["name"] async for row in tx.cursor]


async def _check_revision(tx: PostgresTransaction) -> None:
    await tx.cursor.execute("SELECT version_num FROM alembic_version")
    row = await tx.cursor.fetchone()
    found = row["version_num"] if row else "none"
    known = sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))
    if found == "none" or (found in known and found != known[-1]):
        raise NotReady(f"the schema is {found}, this program needs {known[-1]}")
