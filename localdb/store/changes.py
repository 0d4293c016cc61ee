"""Lists what a transaction changed, for views and for the search index."""

from dataclasses import dataclass, field

ROWS_MAX = 500
"""Above this many rows a view loads again instead of patching itself."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What one committed transaction changed.

    ``rows`` are (record type, id), empty when ``capped``; ``types`` are always complete.
    """

    types: frozenset[str] = frozenset()
    rows: frozenset[tuple[str, str]] = frozenset()
    capped: bool = False


@dataclass(slots=True)
class ChangeLog:
    """Collects the changes of the transaction under way."""

    rows: set[tuple[str, str]] = field(default_factory=set)
    search: set[str] = field(default_factory=set)
    """Products whose search entry must be written again."""

    def add(self, record_type: str, record_id: str) -> None:
        """Note that this row was inserted or changed."""
        self.rows.add((record_type, record_id))

    def freeze(self) -> Changes:
        """The changes, for the world."""
        capped = len(self.rows) > ROWS_MAX
        types = frozenset(record_type for record_type, _ in self.rows)
        return Changes(types, frozenset() if capped else frozenset(self.rows), capped)
