"""What every synced record has, and the two ways in which records behave."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from localdb.domain.fields import FieldInfo, Id, Label, Policy, Spec, fields_of


class Kind(StrEnum):
    """How a record behaves when it syncs."""

    FACT = "fact"
    """Append-only and immutable; never refused for a business reason."""
    REFERENCE = "reference"
    """Edited anywhere, versioned, merged field by field."""


class Scope(StrEnum):
    """Which stream carries a record type."""

    ORG = "org"
    STORE = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every synced record has: a UUIDv7 id in canonical text."""

    TYPE: ClassVar[str]
    LABEL: ClassVar[str]
    """What people call such a record, in plain English."""
    KIND: ClassVar[Kind]
    SCOPE: ClassVar[Scope]

    id: Annotated[Id, Label("Id")]

    def values(self) -> dict[str, Any]:
        """The record as plain values, the id included."""
        return {field.name: getattr(self, field.name) for field in fields_of(type(self))}

    @classmethod
    def fields(cls) -> tuple[FieldInfo, ...]:
        """The declared fields, in order."""
        return fields_of(cls)

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        """Build a record from a row; columns the record does not declare are ignored."""
        return cls(**{f.name: values[f.name] for f in fields_of(cls) if f.name in values})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(Record):
    """A record that is edited; deleting sets ``deleted`` and keeps the row."""

    KIND: ClassVar[Kind] = Kind.REFERENCE
    SCOPE: ClassVar[Scope] = Scope.ORG
    NATURAL_KEY: ClassVar[str] = ""
    """The field that should name only one live record of an organisation, if there is one."""
    KEY_MAY_GO: ClassVar[bool] = False
    """Whether a record that loses its natural key to another may be deleted instead."""

    deleted: Annotated[bool, Spec("flag", 0, 1, policy=Policy.ASK), Label("Deleted")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Record):
    """A record that is written once, by one till of one store."""

    KIND: ClassVar[Kind] = Kind.FACT
    SCOPE: ClassVar[Scope] = Scope.STORE

    store_id: Annotated[Id, Label("Store")]
