"""A till's file inside one transaction that never ends: any state can be gone back to.

Each transaction of the till is a savepoint in it, and so is each branch of the exploration. The
SQLite, the tables and the statements are the till's own; nothing is ever written to disk.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from localdb.store.engine import Engines
from tests.simulation.lean_engine import LeanConnection, LeanEngine, SharedEngines


class _Settings:
    """Takes the one setting that a database makes at each write and that means nothing here."""

    def cursor(self) -> "_Settings":
        return self

    def execute(self, sql: str) -> None:
        assert sql.startswith("PRAGMA synchronous"), sql

    def close(self) -> None:
        pass


class _Driver:
    dbapi_connection = _Settings()


class NestedConnection(LeanConnection):
    """The one connection of a file, for readers and the writer."""

    def hold(self) -> None:
        """Keep the driver's connection at hand, and begin what never ends."""
        self._held = super().connection
        self._driver_connection.execute("BEGIN IMMEDIATE")

    @property
    def connection(self) -> Any:
        """What a database takes for the driver's connection."""
        return _Driver

    @property
    def driver(self) -> Any:
        """The driver's connection itself."""
        return self._driver_connection

    @contextmanager
    def begin(self) -> Iterator[None]:  # type: ignore[override]
        """A savepoint that stays, or takes back what fails."""
        self.mark()
        try:
            yield
        except BaseException:
            self.go_back()
            raise
        self._driver_connection.execute("RELEASE mark")

    def mark(self) -> None:
        """A state to go back to; the innermost is the first."""
        self._driver_connection.execute("SAVEPOINT mark")

    def go_back(self) -> None:
        """Be as at the last mark, and forget the mark."""
        self._driver_connection.execute("ROLLBACK TO mark")
        self._driver_connection.execute("RELEASE mark")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        pass


class NestedEngine(LeanEngine):
    """Hands out its one connection, again and again."""

    def __init__(self, lean: LeanEngine) -> None:
        super().__init__(lean, lean.dialect, lean.statements, "")
        self.only = NestedConnection(self)
        self.only.hold()

    def connect(self) -> NestedConnection:
        """The connection."""
        return self.only


def nested(file: Path, source: SharedEngines) -> tuple[Engines, NestedConnection]:
    """Engines over one connection to a file, and that connection."""
    lean = source(file, None).writers
    assert isinstance(lean, LeanEngine)
    engine = NestedEngine(lean)
    return Engines(engine, engine), engine.only
