"""What the conflict dialog shows."""

from dataclasses import dataclass
from typing import Literal

from app.kit.words import Shape

Stage = Literal["open", "merged", "settled"]
Pick = Literal["", "before", "ours", "theirs", "typed"]
SIDES: tuple[Pick, ...] = ("before", "ours", "theirs")
"""In the order of the keys 1, 2 and 3."""


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One disputed field."""

    name: str
    label: str
    before: str
    ours: str
    theirs: str
    entry: str = ""
    """The result as it would be typed."""
    result: str = ""
    shape: Shape = "fixed"
    unit: str = ""
    picked: Pick = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class SideWords:
    """Who stands behind a column."""

    title: str
    who: str = ""
    holds: bool = False
    """Whether its values are in force until this is settled."""


@dataclass(frozen=True, slots=True)
class Rival:
    """One of two records that share a code."""

    record_id: str
    name: str
    said: str
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class DetailState:
    """What the dialog shows."""

    conflict_id: str = ""
    title: str = ""
    subject: str = ""
    kind: str = "field"
    kind_words: str = ""
    stage: Stage = "open"
    intro: str = ""
    ours: SideWords = SideWords("")
    theirs: SideWords = SideWords("")
    lines: tuple[FieldLine, ...] = ()
    line: int = 0
    """The line that the keys act on."""
    keep: bool | None = None
    """For an edit against a deletion: restore the record, delete it, or not chosen yet."""
    rivals: tuple[Rival, ...] = ()
    code_label: str = ""
    new_code: str = ""
    answers: tuple[str, ...] = ()
    """What may be said about a notice, by the keys 1 and 2."""
    note: str = ""
    """What the manager writes about a notice."""
    merged: tuple[tuple[str, str], ...] = ()
    """Undisputed fields as they stand."""
    consequences: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    """What was decided so far, oldest first."""
    can_settle: bool = False
    can_undo: bool = False
    settle_words: str = "Resolve"
    moved: str = ""
    """Said when it changed behind the dialog; it must be reloaded."""
    settled: str = ""
    error: str = ""
