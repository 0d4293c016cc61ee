"""Where an enrolled till finds its server, kept with its data."""

from sqlalchemy import Connection

from localdb.store import local
from localdb.store.database import Database

_KEY = "server_url"


def remember_server(database: Database, url: str) -> None:
    """Where the till finds its server from the next start on."""
    database.write(lambda uow: put_server(uow.connection, url))


def put_server(connection: Connection, url: str) -> None:
    """The same, within a transaction."""
    local.put_setting(connection, _KEY, url)


def server_url(database: Database) -> str | None:
    """The server this till is enrolled at; None for a stand-alone till."""
    with database.read() as connection:
        return local.setting(connection, _KEY)
