"""Whose data the server's own jobs go through."""

from sync.server.postgres.store import PostgresStore


async def organisations(store: PostgresStore) -> list[str]:
    """The ids of all organisations; raises Unavailable."""
    async with store.transaction() as tx:
        return await tx.organisations()
