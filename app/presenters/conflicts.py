"""The conflict inbox: what syncing could not settle by itself, for a manager to settle."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.formats import Formats
from app.presenters.conflict_words import (
    KIND_WORDS,
    Wording,
    age_words,
    field_inside,
    field_words,
    inside,
    record_words,
    till_words,
    worth_showing,
)
from localdb.domain.records import Conflict
from localdb.errors import EvertillError, Refusal
from localdb.queries import conflicts as views
from localdb.queries.names import names
from localdb.services import conflicts
from localdb.services.till import Till

Showing = Literal["open", "settled"]
Which = Literal["local", "remote"]
BULK_KINDS = ("field", "delete")
"""Kinds of which a side can be taken without looking closer."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One conflict as the list shows it."""

    id: str
    title: str
    subject: str
    """What sort of record it is."""
    kind: str
    kind_words: str
    question: str
    """What is in question, with the two values where they fit."""
    tills: str
    age: str
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class InboxState:
    """What the inbox shows."""

    rows: tuple[InboxRow, ...] = ()
    showing: Showing = "open"
    kind: str = ""
    """The kind shown alone; empty for all."""
    counts: tuple[tuple[str, int], ...] = ()
    """Kind and how many of it there are, for those that occur."""
    total: int = 0
    can_bulk: bool = False
    empty: str = ""
    note: str = ""
    error: str = ""

    @property
    def selected(self) -> int:
        """How many rows are selected."""
        return sum(row.is_selected for row in self.rows)


class ConflictsPresenter:
    """Lists, filters and settles in bulk; one at a time is the detail's work."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        now_us: Callable[[], int],
        show: Callable[[InboxState], None],
    ) -> None:
        self._till = till
        self._formats = formats
        self._now_us = now_us
        self._show = show
        self._conflicts: dict[str, Conflict] = {}
        self._selected: set[str] = set()
        self._settled_here: dict[str, str] = {}
        self.state = InboxState()

    def open(self) -> None:
        """Show what is open now."""
        self._selected.clear()
        self.state = InboxState()
        self.refresh()

    def refresh(self) -> None:
        """Show what there is now; what was selected stays so while it is there."""
        if not self._is_manager:
            self._set(rows=(), total=0, counts=(), empty=NOT_A_MANAGER)
            return
        listed = self._till.ask(views.listed, state=self.state.showing)
        if self.state.showing == "settled":
            listed.sort(key=lambda conflict: conflict.settled_at_us or 0, reverse=True)
        self._conflicts = {conflict.id: conflict for conflict in listed}
        if overtaken := self._overtaken():
            self._set(note=overtaken)
        self._render()

    def show_only(self, kind: str) -> None:
        """Show one kind alone; empty for all."""
        self._selected.clear()
        self._set(kind=kind)
        self._render()

    def showing(self, which: Showing) -> None:
        """Show the open or the settled ones."""
        self._selected.clear()
        self._set(showing=which, kind="", note="", error="")
        self.refresh()

    def toggle(self, conflict_id: str) -> None:
        """Select a row, or no longer."""
        self._selected ^= {conflict_id}
        self._render()

    def toggle_all(self) -> None:
        """Select all that are shown, or none."""
        shown = {row.id for row in self.state.rows}
        self._selected = set() if shown <= self._selected else shown
        self._render()

    def settle_selected(self, side: Which) -> None:
        """Take one side's values for all that are selected; what needs a closer look is left."""
        picked = [self._conflicts[row.id] for row in self.state.rows if row.is_selected]
        plain = [conflict for conflict in picked if conflict.kind in BULK_KINDS]
        refused: list[str] = []
        for conflict in plain:
            try:
                self._till.write(conflicts.settle, conflict.id, _sides(conflict, side))
                self.settled_here(conflict.id)
            except EvertillError as error:
                refused.append(f"{conflict.title}: {error}")
        done = len(plain) - len(refused)
        self._selected = {conflict.id for conflict in picked if conflict not in plain}
        self._set(note=_done_words(done, len(self._selected)), error=" ".join(refused))
        self.refresh()

    def undo_selected(self) -> None:
        """Put back what the selected, settled ones held before."""
        refused: list[str] = []
        for conflict_id in sorted(self._selected):
            try:
                self._till.write(conflicts.undo, conflict_id)
            except Refusal as refusal:
                refused.append(f"{self._conflicts[conflict_id].title}: {refusal}")
        undone = len(self._selected) - len(refused)
        self._selected.clear()
        self._set(note=f"{undone} put back as before." if undone else "", error=" ".join(refused))
        self.refresh()

    def settled_here(self, conflict_id: str) -> None:
        """Remember what was settled here, to say so when another manager turns out first."""
        assert self._till.user is not None, "settled by nobody"
        self._settled_here[conflict_id] = self._till.user.id

    @property
    def _is_manager(self) -> bool:
        return self._till.user is not None and self._till.user.role == "manager"

    def _overtaken(self) -> str:
        """What to say when a settlement of ours came second."""
        for conflict_id, user_id in tuple(self._settled_here.items()):
            try:
                now = self._till.ask(views.view, conflict_id).conflict
            except Refusal:
                continue
            if now.state == "settled" and now.settled_by not in (user_id, None):
                del self._settled_here[conflict_id]
                first = self._till.ask(names, "user", (str(now.settled_by),))
                who = first.get(str(now.settled_by), "Another manager")
                return f"{who} settled “{now.title}” first. That decision stands."
        return ""

    def _render(self) -> None:
        kept = [c for c in self._conflicts.values() if self.state.kind in ("", c.kind)]
        self._selected &= {conflict.id for conflict in kept}
        tills = self._till.ask(names, "till", _devices(kept))
        self._set(
            rows=tuple(self._row(conflict, tills) for conflict in kept),
            counts=_counts(self._conflicts.values()),
            total=len(self._conflicts),
            can_bulk=bool(self._selected),
            empty="" if kept else _EMPTY[self.state.showing],
        )

    def _row(self, conflict: Conflict, tills: dict[str, str]) -> InboxRow:
        own = self._till.identity.device_id
        waiting, holding = till_words(conflict, own, tills)
        at_us = conflict.settled_at_us or conflict.at_us
        return InboxRow(
            conflict.id,
            conflict.title,
            record_words(conflict.record_type),
            conflict.kind,
            KIND_WORDS[conflict.kind],
            self._question(conflict),
            f"{waiting} and {inside(holding)}",
            age_words(self._now_us() - at_us),
            conflict.id in self._selected,
        )

    def _question(self, conflict: Conflict) -> str:
        disputed = json.loads(conflict.fields_json)
        fields = [name for name in disputed if worth_showing(name)]
        if conflict.kind == "delete":
            return "Keep and restore, or delete?"
        if conflict.kind == "unique":
            return f"Who keeps {field_inside(fields[0])} {disputed[fields[0]]['local']}?"
        if len(fields) != 1:
            return ", ".join(map(field_words, fields)) or "Nothing to decide, only to know"
        name = fields[0]
        values = [disputed[name][side] for side in ("local", "remote")]
        wording = Wording.of(
            self._till, self._formats, conflict.record_type, [(name, value) for value in values]
        )
        ours, theirs = (wording.value(name, value) for value in values)
        return f"{field_words(name)}: {ours} or {theirs}?"

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


NOT_A_MANAGER = "Conflicts are a manager's to settle. Ask a manager to sign in."
_EMPTY: dict[Showing, str] = {
    "open": "Nothing to settle. All tills agree.",
    "settled": "Nothing was settled yet.",
}


def _sides(conflict: Conflict, side: Which) -> dict[str, Any]:
    disputed = json.loads(conflict.fields_json)
    return {name: clash[side] for name, clash in disputed.items()}


def _devices(listed: Iterable[Conflict]) -> set[str]:
    return {d for c in listed for d in (c.device_id, c.remote_device_id) if d}


def _counts(listed: Iterable[Conflict]) -> tuple[tuple[str, int], ...]:
    kinds = [conflict.kind for conflict in listed]
    return tuple((kind, kinds.count(kind)) for kind in KIND_WORDS if kind in kinds)


def _done_words(done: int, left: int) -> str:
    said = f"{done} settled." if done else ""
    if left:
        said += f" {left} of them {'needs' if left == 1 else 'need'} a decision each: open it."
    return said.strip()
