"""SQLAlchemy's engines and connections without what they do around each statement.

The statements, the files and the driver are the same, and every error is wrapped as SQLAlchemy
wraps it. What is left out is what a history asks for ten thousand times and nobody looks at:
events, pools, cursors with a result that may be read later. ``test_lean_engine.py`` holds them to
the original.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection, Engine, exc
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.util import LRUCache

from localdb.store import engine
from localdb.store.engine import Engines

STATEMENTS_MAX = 4000
"""Compiled statements kept; each release has its own."""


class _Result(IteratorResult[Any]):
    """All rows of a statement, read at once."""

    def __init__(self, keys: SimpleResultMetaData, rows: list[Any], rowcount: int) -> None:
        super().__init__(keys, iter(rows))
        self.rowcount = rowcount


class _Begun:
    """What SQLAlchemy asks of a transaction before it executes."""

    is_active = True


class LeanConnection(Connection):
    """Kept open by its engine between two uses."""

    def exec_driver_sql(  # type: ignore[override]
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> _Result:
        """Text straight to the driver."""
        cursor = self._driver_connection.cursor()
        try:
            if parameters is None:
                cursor.execute(statement)
            elif isinstance(parameters, list):
                cursor.executemany(statement, parameters)
            else:
                cursor.execute(statement, parameters)
            rows = cursor.fetchall() if cursor.description else []
        except driver.Error as error:
            # Error and frame hold each other: until they are collected the file would stay open.
            cursor.close()
            wrapped = exc.DBAPIError.instance(
                statement, parameters, error, driver.Error, dialect=self.dialect
            )
            raise wrapped.with_traceback(error.__traceback__) from error
        names = tuple(column[0] for column in cursor.description or ())
        return _Result(self._lean_engine.keys(names), rows, cursor.rowcount)

    @property
    def _lean_engine(self) -> "LeanEngine":
        found = self.engine
        assert isinstance(found, LeanEngine)
        return found

    @property
    def _driver_connection(self) -> Any:
        return self._held.dbapi_connection

    def hold(self) -> None:
        """Keep the driver's connection at hand."""
        self._held = self.connection

    @contextmanager
    def begin(self) -> Iterator[None]:  # type: ignore[override]
        """A transaction that commits, or rolls back what fails."""
        self.exec_driver_sql(self._lean_engine.begins_with)
        self._transaction = _Begun()  # type: ignore[assignment]
        try:
            yield
        except BaseException:
            self._end("ROLLBACK")
            raise
        try:
            self.exec_driver_sql("COMMIT")
        except BaseException:
            self._end("ROLLBACK")
            raise
        self._transaction = None

    def _end(self, how: str) -> None:
        self._transaction = None
        # SQLite has rolled back itself after some errors.
        if self._driver_connection.in_transaction:
            self.exec_driver_sql(how)

    def __enter__(self) -> "LeanConnection":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._lean_engine.free.append(self)


class LeanEngine(Engine):
    """One of the two engines of a file, over the pool that the original made."""

    _connection_cls = LeanConnection

    def __init__(
        self, original: Engine, dialect: Dialect, statements: "LRUCache[Any, Any]", begins_with: str
    ) -> None:
        super().__init__(original.pool, dialect, original.url)
        self.begins_with = begins_with
        self.free: list[LeanConnection] = []
        self.statements = statements
        self._compiled_cache = statements
        self._keys: dict[tuple[str, ...], SimpleResultMetaData] = {}

    def connect(self) -> Connection:
        """A free connection, or a new one."""
        if self.free:
            return self.free.pop()
        connection = LeanConnection(self)
        connection.hold()
        return connection

    def dispose(self, close: bool = True) -> None:
        """Close what is free: whoever asks next opens the file anew."""
        while self.free:
            Connection.close(self.free.pop())
        super().dispose(close)

    def keys(self, names: tuple[str, ...]) -> SimpleResultMetaData:
        """The names of a result's columns, as SQLAlchemy keeps them."""
        if names not in self._keys:
            self._keys[names] = SimpleResultMetaData(names)
        return self._keys[names]


class SharedEngines:
    """Keeps the engines of a file for whoever opens that path next, and statements for all."""

    def __init__(self) -> None:
        self._known: dict[Path, Engines] = {}
        self._dialect: Dialect | None = None
        self._statements: LRUCache[Any, Any] = LRUCache(STATEMENTS_MAX)

    def __call__(self, file: Path, key: bytes | None) -> Engines:
        """The engines of a file."""
        if file not in self._known:
            self._known[file] = self._lean(engine.engines(file, key))
        return self._known[file]

    def _lean(self, original: Engines) -> Engines:
        if self._dialect is None:
            with original.readers.connect():
                # By its first connection a dialect learns what it speaks to.
                self._dialect = original.readers.dialect
        kept = self._dialect, self._statements
        return Engines(
            LeanEngine(original.readers, *kept, "BEGIN"),
            LeanEngine(original.writers, *kept, "BEGIN IMMEDIATE"),
        )
