"""A reference row as the server holds it, and its names."""

from dataclasses import dataclass
from typing import Any

from localdb.domain.records import Record
from sync.server.schema import NATURAL_KEYS

Key = tuple[str, str]
"""(record type, id)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who changed a row last, and when by that till's clock."""

    device_id: str
    user_id: str | None
    at_us: int


@dataclass(frozen=True, slots=True)
class Row:
    """A reference record with its bookkeeping; ``values`` hold unknown fields too."""

    values: dict[str, Any]
    version: int
    vector: dict[str, int]
    stamp: Stamp

    def moved(self, changes: dict[str, Any], vector: dict[str, int], stamp: Stamp) -> "Row":
        """The next version of the row."""
        return Row({**self.values, **changes}, self.version + 1, vector, stamp)


def natural_key(key: Key, row: Row) -> tuple[str, str] | None:
    """(record type, natural key) that a live row claims, if its type has one."""
    field = NATURAL_KEYS.get(key[0])
    if field is None or row.values["deleted"]:
        return None
    return key[0], str(row.values[field])


def complete(record: type[Record], values: dict[str, Any]) -> dict[str, Any]:
    """The values with the declared default of each field that an older program left out."""
    return {f.name: f.default for f in record.fields() if not f.required} | values
