"""What a bench run says: one row a goal, as a table and as JSON."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

Met = Literal["yes", "no", "pending"]
_HEAD = ("name", "value", "unit", "floor", "ratio", "goal", "met", "samples")


@dataclass(frozen=True, slots=True)
class Measured:
    """A value and its floor, in the goal's unit, taken in the same run."""

    value: float
    floor: float | None
    samples: int
    note: str = ""
    details: Mapping[str, float] = field(default_factory=dict)
    """Other figures of the same run, by a name that ends in their unit."""

    @property
    def ratio(self) -> float | None:
        """The value in terms of its floor."""
        return self.value / self.floor if self.floor else None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``met`` is never ``yes`` without a measured value."""

    name: str
    value: float | None
    unit: str
    floor: float | None
    ratio: float | None
    goal: str
    met: Met
    samples: int
    note: str = ""
    details: Mapping[str, float] = field(default_factory=dict)


def table(rows: Iterable[Row]) -> str:
    """The rows in columns, with their notes and details below."""
    rows = list(rows)
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    text = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([line.rstrip() for line in text] + _remarks(rows))


def write(rows: Iterable[Row], file: Path) -> None:
    """Write the rows as a JSON list."""
    text = json.dumps([asdict(row) for row in rows], indent=1)
    file.write_text(text + "\n", encoding="utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "-" if row.ratio is None else f"{row.ratio:.2f}x"
    value, floor = _number(row.value), _number(row.floor)
    return (row.name, value, row.unit, floor, ratio, row.goal, row.met, str(row.samples))


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _remarks(rows: list[Row]) -> list[str]:
    remarks = []
    for row in rows:
        said = [f"{name} {_number(value)}" for name, value in row.details.items()]
        text = "; ".join(filter(None, (row.note, ", ".join(said))))
        if text:
            remarks.append(f"{row.name}: {text}")
    return ["", *remarks] if remarks else []
