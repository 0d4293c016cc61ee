"""Tables in memory with transactions: nothing shows before the commit, all of it goes on an error.

A committed row is never changed in place, so a copy of the dictionaries is a backup.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Key = tuple[Any, ...]
"""The primary key; the organisation comes first."""
Table = dict[Key, Any]
_GONE = object()


@dataclass(slots=True)
class View:
    """One transaction's sight of one table: the committed rows under what it wrote itself."""

    committed: Table
    own: Table = field(default_factory=dict)

    def get(self, key: Key) -> Any:
        """The row, or None."""
        row = self.own.get(key, self.committed.get(key))
        return None if row is _GONE else row

    def put(self, key: Key, row: Any) -> None:
        """Insert a row or replace it."""
        self.own[key] = row

    def drop(self, key: Key) -> None:
        """Delete a row."""
        self.own[key] = _GONE

    def every_key(self) -> list[Key]:
        """The keys of the rows of all organisations."""
        rows = {**self.committed, **self.own}
        return [key for key, row in rows.items() if row is not _GONE]

    def items(self, org_id: str) -> list[tuple[Key, Any]]:
        """The rows of an organisation, in no order that means anything."""
        rows = {**self.committed, **self.own} if self.own else self.committed
        return [(k, row) for k, row in rows.items() if k[0] == org_id and row is not _GONE]


@dataclass(slots=True)
class Work:
    """What one transaction has done so far."""

    tables: dict[str, Table]
    views: dict[str, View] = field(default_factory=dict)

    def __getitem__(self, name: str) -> View:
        if name not in self.views:
            self.views[name] = View(self.tables.setdefault(name, {}))
        return self.views[name]

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Take back what is done inside when it fails."""
        before = {name: dict(view.own) for name, view in self.views.items()}
        try:
            yield
        except BaseException:
            for name, view in self.views.items():
                view.own = before.get(name, {})
            raise

    def commit(self, tables: dict[str, Table]) -> None:
        """Show everything at once in these tables: what was read may have been a copy of them."""
        for name, view in self.views.items():
            table = tables.setdefault(name, {})
            for key, row in view.own.items():
                if row is _GONE:
                    table.pop(key, None)
                else:
                    table[key] = row


@dataclass(frozen=True, slots=True)
class Backup:
    """All tables as they were at one moment."""

    tables: dict[str, Table]


class Memory:
    """The committed tables, and what is told of each commit."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.on_commit: list[Callable[[Work], None]] = []

    def begin(self, *, frozen: bool = False) -> Work:
        """A transaction; a ``frozen`` one reads one moment throughout."""
        return Work(self.backup().tables if frozen else self.tables)

    def commit(self, work: Work) -> None:
        """Make a transaction's rows everybody's."""
        work.commit(self.tables)
        for hook in self.on_commit:
            hook(work)

    def backup(self) -> Backup:
        """A copy to go back to."""
        return Backup({name: dict(table) for name, table in self.tables.items()})

    def restore(self, backup: Backup) -> None:
        """Be as the backup says, and nothing else."""
        self.tables = {name: dict(table) for name, table in backup.tables.items()}
