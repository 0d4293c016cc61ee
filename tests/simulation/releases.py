"""Two releases of the program at once: this one, and one to come that knows more.

The later release declares a field of a product, a field of a sale, a record type and a fact type
that this one has never heard of. Everything else is the same code. Whoever is asked something
speaks its own release while it answers: the declarations, the tables built from them and all that
is remembered of them are exchanged. Only worlds with two releases pay for that.
"""

import dataclasses
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper, cache
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, ClassVar
from unittest.mock import patch

from sqlalchemy import MetaData, Table
from sqlalchemy.schema import CreateTable

from localdb.domain import fields
from localdb.domain.fields import FieldInfo, Id, Label, Name, Policy, Spec, Text
from localdb.domain.records import (
    FACTS,
    RECORDS,
    REFERENCES,
    Fact,
    Product,
    Record,
    Reference,
    Sale,
)
from localdb.store import after_migration, engine, images, migrate, rows, tables
from localdb.store.tables import TABLES
from sync.protocol import folded, validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier(Reference):
    """A record type of the later release."""

    TYPE: ClassVar[str] = "supplier"
    LABEL: ClassVar[str] = "Supplier"

    name: Annotated[str, Spec("text", 1, 255, policy=Policy.ASK), Label("Name")]
    phone: Annotated[Text, Label("Phone")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey(Fact):
    """A fact type of the later release: what a customer said about a sale."""

    TYPE: ClassVar[str] = "survey"
    LABEL: ClassVar[str] = "Survey"

    sale_id: Annotated[Id, Label("Sale")]
    said: Annotated[Name, Label("Said")]


ADDED: Mapping[type[Record], FieldInfo] = {
    Product: FieldInfo("brand", Spec("text", 0, 4000, policy=Policy.ASK), False, ""),
    Sale: FieldInfo("channel", Spec("text", 0, 64), False, ""),
}
"""Fields of the later release, with a default as any field that is added has."""
CHANNEL = "counter"
"""What the later release writes into every sale."""


@dataclass(frozen=True, slots=True)
class Release:
    """What one release knows."""

    name: str
    schema: int
    references: tuple[type[Reference], ...]
    facts: tuple[type[Fact], ...]
    tables: Mapping[str, Table]
    upgrade: Callable[[Path, bytes | None], None]
    remembered: dict[Any, Callable[..., Any]] = field(default_factory=dict)
    """Its own memory for each function that remembers something of the declarations."""

    @property
    def records(self) -> dict[str, type[Record]]:
        """Every record type it knows, parents before children."""
        return {record.TYPE: record for record in (*self.references, *self.facts)}


class Releases:
    """Both releases; one of them is being spoken at any moment while they are ``in_force``."""

    def __init__(self) -> None:
        self._fields_of = fields._fields_of
        self.this = Release(
            "this", migrate.SCHEMA_VERSION, REFERENCES, FACTS, dict(TABLES), migrate.upgrade
        )
        self.spoken = self.this
        later = (*REFERENCES, Supplier), (*FACTS, Survey)
        self.later = Release("later", self.this.schema + 1, *later, {}, self._upgrade)
        self._places = list(_places())
        self._lists = [
            (module, name)
            for module in _modules()
            for name, value in (("REFERENCES", REFERENCES), ("FACTS", FACTS))
            if getattr(module, name, None) is value
        ]
        with self.in_force(), self.speaking(self.later):
            made = _tables_of(self.later)
        self.later = dataclasses.replace(self.later, tables=made)

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Make everybody ask for what is spoken, and speak this release."""
        with ExitStack() as stack:
            for module, name, function in self._places:
                stack.enter_context(patch.object(module, name, self._asking(function)))
            stack.enter_context(patch.object(Record, "from_values", classmethod(_from_values)))
            for record, added in ADDED.items():
                value = CHANNEL if record is Sale else added.default
                stack.enter_context(_attribute(record, added.name, value))
            self._speak(self.this)
            try:
                yield
            finally:
                self._speak(self.this)

    @contextmanager
    def speaking(self, release: Release) -> Iterator[None]:
        """For as long as this lasts, the program is of this release."""
        former = self.spoken
        self._speak(release)
        try:
            yield
        finally:
            self._speak(former)

    def _speak(self, release: Release) -> None:
        if release is self.spoken:
            return
        self.spoken = release
        for here, there in ((RECORDS, release.records), (TABLES, release.tables)):
            here.clear()
            here.update(there)  # type: ignore[arg-type]
        for module, name in self._lists:
            setattr(module, name, release.references if name == "REFERENCES" else release.facts)
        migrate.SCHEMA_VERSION = release.schema
        migrate.upgrade = release.upgrade  # type: ignore[assignment]

    def _asking(self, function: Any) -> Callable[..., Any]:
        """Stands for a function that remembers: each release remembers for itself."""
        plain = self._later_fields if function is self._fields_of else function.__wrapped__

        def ask(*args: Any, **given: Any) -> Any:
            known = self.spoken.remembered
            if function not in known:
                known[function] = cache(plain)
            return known[function](*args, **given)

        return ask

    def _later_fields(self, record: Any) -> tuple[FieldInfo, ...]:
        declared = self._fields_of(record)
        added = ADDED.get(record) if self.spoken is not self.this else None
        return declared if added is None else (*declared, added)

    def _upgrade(self, file: Path, key: bytes | None) -> None:
        """The later release's migrations: those of this one, and one more."""
        self.this.upgrade(file, key) if not _has_tables(file, key) else None
        writers = engine.writer_engine(file, key)
        with writers.begin() as conn:
            for record, added in ADDED.items():
                conn.exec_driver_sql(
                    f"ALTER TABLE {record.TYPE} ADD COLUMN {added.name} TEXT DEFAULT '' NOT NULL"
                )
            for name in (Supplier.TYPE, Survey.TYPE):
                conn.execute(CreateTable(self.later.tables[name]))
            after_migration.take_over(conn)
            conn.exec_driver_sql(f"PRAGMA user_version = {self.later.schema}")
        writers.dispose()


def _has_tables(file: Path, key: bytes | None) -> bool:
    connection = engine.connect(file, key)
    try:
        return bool(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def _tables_of(release: Release) -> dict[str, Table]:
    with patch.object(tables, "METADATA", MetaData()):
        return {name: tables._record_table(record) for name, record in release.records.items()}


def _from_values(cls: type[Any], values: dict[str, Any]) -> Any:
    """A record without the fields that only the later release's tables have."""
    names = {one.name for one in dataclasses.fields(cls)}
    return cls(
        **{
            f.name: values[f.name]
            for f in fields.fields_of(cls)
            if f.name in values and f.name in names
        }
    )


@contextmanager
def _attribute(record: type[Record], name: str, value: Any) -> Iterator[None]:
    setattr(record, name, value)
    try:
        yield
    finally:
        delattr(record, name)


def _modules() -> list[ModuleType]:
    wanted = ("localdb.", "sync.", "tests.simulation.")
    return [module for name, module in sorted(sys.modules.items()) if name.startswith(wanted)]


def _places() -> Iterator[tuple[ModuleType, str, Any]]:
    """Where a function that remembers something of the declarations is known under a name."""
    homes = (rows, images, validation, folded, fields)
    remembering = {
        id(value)
        for home in homes
        for value in vars(home).values()
        if isinstance(value, _lru_cache_wrapper)
    }
    for module in _modules():
        for name, value in list(vars(module).items()):
            if id(value) in remembering:
                yield module, name, value
