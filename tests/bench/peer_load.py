"""Syncing at full speed with the peer, while something else is measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.bootstrap.link import token_store
from app.bootstrap.server_address import remember_server
from app.bootstrap.session import Session
from localdb.store import sync_state
from tests.bench import peer
from tests.bench.world import World


@dataclass(slots=True)
class Load:
    """How much was pulled meanwhile."""

    rows: int = 0


@contextmanager
def syncing(session: Session, world: World) -> Iterator[Load]:
    """The session pulls other tills' price changes without a pause until the block ends."""
    load = Load()
    with peer.running(world.size.products, session.till.identity.store_id) as url:
        connect(session, url)
        try:
            yield load
        finally:
            disconnect(session)
            with session.database.read() as connection:
                load.rows = sync_state.cursor(connection, "org").number


def connect(session: Session, url: str) -> None:
    """Make the session's till one of this server, and start syncing."""
    token_store(session.folder).save("bench")
    remember_server(session.database, url)
    assert session.connect() is not None


def disconnect(session: Session) -> None:
    """Stop syncing."""
    link, session.link = session.link, None
    if link is not None:
        link.stop()
