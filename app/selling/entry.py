"""What the cashier typed into the one field that scans, searches and counts."""

from dataclasses import dataclass

from app.kit.formats import Formats

TIMES = ("*", "×")


@dataclass(frozen=True, slots=True)
class Entry:
    """A typed line: `3*400638` is three of `400638`; `3*` waits for a scan."""

    quantity_milli: int | None
    text: str

    @classmethod
    def parse(cls, typed: str, formats: Formats) -> "Entry":
        """Split a multiplier off; what is no number before the `*` stays text.

        Raises AmbiguousNumber where it may be two.
        """
        typed = typed.strip()
        for mark in TIMES:
            before, found, after = typed.partition(mark)
            quantity = formats.parse_quantity(before) if found else None
            if quantity is not None:
                return cls(quantity, after.strip())
        return cls(None, typed)
