"""The till's database: one file, one writer thread, many readers."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from localdb.domain.ids import IdSource
from localdb.domain.records import RECORDS
from localdb.store import engine, faults, identity
from localdb.store.bulk import BulkLoad
from localdb.store.changes import Changes
from localdb.store.engine import Engines
from localdb.store.folder import DataFolder
from localdb.store.gate import Gate
from localdb.store.identity import TillIdentity
from localdb.store.migrate import prepare_file, upgrade
from localdb.store.unit_of_work import UnitOfWork
from localdb.store.writer import Priority, Writer, WriterThread

READERS_WAIT_S = 2.0

T = TypeVar("T")
Job = Callable[[UnitOfWork], T]


@dataclass(frozen=True, slots=True)
class Machinery:
    """The parts a database runs on; a simulation brings parts that are cheap to start."""

    writer: Callable[[], Writer] = WriterThread
    engines: Callable[[Path, bytes | None], Engines] = engine.engines
    create: Callable[[Path, bytes | None], None] = upgrade
    """Gives the empty file of a load its tables."""


REAL = Machinery()


class Database:
    """The facade the composition root opens; every write is a job on the writer thread."""

    def __init__(
        self,
        folder: DataFolder,
        key: bytes | None,
        now_us: Callable[[], int],
        new_id: IdSource,
        machinery: Machinery,
    ) -> None:
        self._folder = folder
        self._key = key
        self.now_us = now_us
        self._new_id = new_id
        self._readers, self._writers = machinery.engines(folder.database, key)
        self._writer = machinery.writer()
        self._create = machinery.create
        self._gate = Gate()
        self.commits = 0
        """How many transactions were committed since it was opened; for any thread."""
        self.on_commit: list[Callable[[Changes], None]] = []
        """Called on the writer thread after each commit with what it changed."""

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        key: bytes | None,
        now_us: Callable[[], int],
        random_bytes: Callable[[int], bytes] = os.urandom,
        machinery: Machinery = REAL,
    ) -> "Database":
        """Lock the folder, create or migrate the file in it and start the writer.

        ``key`` is 32 raw bytes; None leaves the file unencrypted. Raises AlreadyRunning,
        SQLiteTooOld, NewerSchema, DatabaseKeyWrong, DatabaseCorrupt, DiskFull, or another
        EnvironmentFault for a folder that cannot be used.
        """
        engine.refuse_old_sqlite()
        with faults.usable(folder):
            data = DataFolder.lock(folder)
            try:
                prepare_file(data, key, now_us())
                return cls(data, key, now_us, IdSource(now_us, random_bytes), machinery)
            except BaseException:
                data.release()
                raise

    @property
    def file(self) -> Path:
        """Where the database is."""
        return self._folder.database

    @property
    def identity(self) -> TillIdentity | None:
        """This till's identity; None before the first-run set-up."""
        with self.read() as conn:
            return identity.load_identity(conn)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only snapshot, for any thread; raises environment faults as such."""
        with (
            self._translated(reading=True),
            self._gate.shared(),
            self._readers.connect() as conn,
            conn.begin(),
        ):
            yield conn

    @contextmanager
    def read_afresh(self) -> Iterator[Any]:
        """A driver connection of its own that cannot write, with no page in its cache.

        For any thread, and for moments only: opening it reads the whole schema.
        """
        with self._translated(reading=True), self._gate.shared():
            connection = engine.connect(self.file, self._key)
            try:
                connection.execute("PRAGMA query_only = ON")
                yield connection
            finally:
                connection.close()

    def submit(
        self,
        job: Job[T],
        *,
        user_id: str | None = None,
        priority: Priority = Priority.CASHIER,
        durable: bool = True,
    ) -> "Future[T]":
        """Run a job as one transaction on the writer thread; the future holds what it returns.

        Any exception rolls back and is carried by the future. A job that is not ``durable`` is
        never half-written either, but power failing within moments may take it back.
        """
        return self._writer.submit(lambda: self._transact(job, user_id, durable), priority)

    def write(
        self,
        job: Job[T],
        *,
        user_id: str | None = None,
        priority: Priority = Priority.CASHIER,
        durable: bool = True,
    ) -> T:
        """Submit and wait."""
        if self._writer.is_current:
            raise RuntimeError("a job waits for another job on the same thread")
        return self.submit(job, user_id=user_id, priority=priority, durable=durable).result()

    def hold_sync(self) -> AbstractContextManager[None]:
        """Keep jobs of sync priority waiting while inside: the payment screen is open."""
        return self._writer.hold_sync()

    def begin_load(self, label: str) -> BulkLoad:
        """A draft beside this file, for ``replace_with``; continues one of the same label."""
        with self._translated():
            return BulkLoad.begin(self._folder.path, self._key, label, self._create)

    def replace_with(self, load: BulkLoad) -> None:
        """Swap a built draft in: what only this till has moves over, the old file is kept.

        Waits for running reads, for two seconds at most; raises DatabaseBusy when they go on,
        and nothing was changed. After any other failure the draft is of no more use.
        """
        self._writer.submit(lambda: self._replace(load), Priority.SYNC).result()

    def close(self) -> None:
        """Finish what was submitted, close the file and release the folder."""
        self._writer.close()
        self._readers.dispose()
        self._writers.dispose()
        self._folder.release()

    def _transact(self, job: Job[T], user_id: str | None, durable: bool) -> T:
        with self._translated(), self._writers.connect() as conn:
            _set_durable(conn, durable)
            with conn.begin():
                uow = self._unit_of_work(conn, user_id)
                result = job(uow)
                changes = uow.complete()
        self.commits += 1
        self._announce(changes)
        return result

    def _unit_of_work(self, conn: Connection, user_id: str | None = None) -> UnitOfWork:
        return UnitOfWork(conn, now_us=self.now_us(), new_id=self._new_id, user_id=user_id)

    def _replace(self, load: BulkLoad) -> None:
        with self._translated(), self._gate.exclusive(READERS_WAIT_S):
            load.adopt(self.file, self._unit_of_work)
            load.close()
            self._readers.dispose()
            self._writers.dispose()
            # The last connection to close empties the write-ahead logs into both files; the
            # next one opens the new file.
            self._folder.swap_in(load.file, str(self.now_us()))
        self.commits += 1
        self._announce(Changes(frozenset(RECORDS), capped=True))

    def _announce(self, changes: Changes) -> None:
        if not changes.types:
            return
        for hook in tuple(self.on_commit):
            try:
                hook(changes)
            except Exception as error:
                # The commit is done whatever a listener does; its bug goes to the crash report.
                threading.excepthook(
                    threading.ExceptHookArgs(
                        (type(error), error, error.__traceback__, threading.current_thread())
                    )
                )

    @contextmanager
    def _translated(self, *, reading: bool = False) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            backup = self._folder.newest_backup()
            fault = faults.translate(error, self.file, backup, reading=reading)
            if fault is error:
                raise
            raise fault from error


def _set_durable(conn: Connection, durable: bool) -> None:
    # Outside SQLAlchemy: it would begin a transaction, and inside one the pragma does nothing.
    driver_connection = conn.connection.dbapi_connection
    assert driver_connection is not None
    cursor = driver_connection.cursor()
    cursor.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    cursor.close()
