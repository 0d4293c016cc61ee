"""The conflict inbox: what syncing could not settle by itself, for a manager to settle."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.conflicts.flags import flag_words
from app.kit.authority import may
from app.kit.formats import Formats
from app.kit.translation import translate
from app.kit.words import (
    KIND_WORDS,
    Wording,
    age_words,
    field_inside,
    field_words,
    inside,
    kind_words,
    record_words,
    till_words,
    worth_showing,
)
from app.syncing.words import parked_words
from localdb.domain.permissions import Permission
from localdb.domain.records import Conflict
from localdb.domain.resolution import last
from localdb.errors import EvertillError
from localdb.queries import conflicts as views
from localdb.queries import sync_view
from localdb.queries.conflicts import Overtaken
from localdb.queries.names import names
from localdb.queries.sync_view import ParkedGroup
from localdb.services import conflicts
from localdb.services.till import Till

Showing = Literal["open", "merged", "settled"]
Which = Literal["local", "remote"]
BULK_KINDS = ("field", "delete")
"""Kinds of which a side can be taken without looking closer."""
TOLD_MAX = 3
"""Of more settlements that came second the rest is counted."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One conflict as the list shows it."""

    id: str
    title: str
    subject: str
    """What sort of record it is."""
    kind: str
    """``parked`` for a group of this till that the server refused."""
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
    told: str = ""
    """Which of this till's settlements came second, until it is read."""
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
        self._parked: dict[str, ParkedGroup] = {}
        self._selected: set[str] = set()
        self.state = InboxState()

    def open(self) -> None:
        """Show what is open now."""
        self._selected.clear()
        self.state = InboxState()
        self.refresh()

    def refresh(self) -> None:
        """Show what there is now; what was selected stays so while it is there."""
        if not self._is_manager:
            self._set(rows=(), total=0, counts=(), empty=NOT_A_MANAGER, told="")
            return
        listed = self._till.ask(views.listed, state=self.state.showing)
        if self.state.showing == "settled":
            listed.sort(key=lambda conflict: conflict.settled_at_us or 0, reverse=True)
        self._conflicts = {conflict.id: conflict for conflict in listed}
        # What the server refused is this till's own; it waits for a person like a conflict.
        parked = self._till.ask(sync_view.parked) if self.state.showing == "open" else []
        self._parked = {f"parked-{group.dseq}": group for group in parked}
        self._set(told=self._told())
        self._render()

    def read(self) -> None:
        """The manager has read which settlements came second."""
        self._till.write(conflicts.told)
        self._set(told="")

    def concerns(self, touched: frozenset[str]) -> bool:
        """Whether what was written may show here: record types, or a group that was refused."""
        if touched & {"conflict", "till", "user"}:
            return True
        now = [group.dseq for group in self._till.ask(sync_view.parked)]
        return self.state.showing == "open" and now != [p.dseq for p in self._parked.values()]

    def parked(self, row_id: str) -> ParkedGroup | None:
        """The refused group that a row stands for."""
        return self._parked.get(row_id)

    def show_only(self, kind: str) -> None:
        """Show one kind alone; empty for all."""
        self._selected.clear()
        self._set(kind=kind)
        self._render()

    def showing(self, which: Showing) -> None:
        """Show what is open, what merged without asking, or what is settled."""
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
        chosen = [row for row in self.state.rows if row.is_selected]
        plain = [self._conflicts[row.id] for row in chosen if row.kind in BULK_KINDS]

        def settle(conflict_id: str) -> None:
            conflict = self._conflicts[conflict_id]
            self._till.write(conflicts.settle, conflict_id, _sides(conflict, side))

        done = self._each([conflict.id for conflict in plain], settle)
        self._selected = {row.id for row in chosen if row.kind not in BULK_KINDS}
        self._set(note=_done_words(done, len(self._selected)))
        self.refresh()

    def reopen_selected(self) -> None:
        """Ask again about the selected ones that merged without asking."""
        done = self._each(
            sorted(self._selected), lambda id_: self._till.write(conflicts.reopen, id_)
        )
        self._selected.clear()
        self._set(
            note=translate("Inbox", "{done} reopened: they are under “Open” now.", done=done)
            if done
            else ""
        )
        self.refresh()

    def undo_selected(self) -> None:
        """Take the selected settlements back."""
        done = self._each(sorted(self._selected), lambda id_: self._till.write(conflicts.undo, id_))
        self._selected.clear()
        self._set(
            note=translate("Inbox", "{done} put back as before, and open again.", done=done)
            if done
            else ""
        )
        self.refresh()

    def _each(self, ids: Iterable[str], act: Callable[[str], None]) -> int:
        """Do something about several; how many it was done for, the others are said."""
        refused, done = [], 0
        for conflict_id in ids:
            try:
                act(conflict_id)
            except EvertillError as error:
                refused.append(f"{self._conflicts[conflict_id].title}: {error}")
            else:
                done += 1
        self._set(error=" ".join(refused))
        return done

    @property
    def _is_manager(self) -> bool:
        return may(self._till, Permission.CONFLICTS)

    def _told(self) -> str:
        """What to say about settlements of ours that came second."""
        overtaken = self._till.ask(views.overtaken_settlements)
        said = [self._overtaken(one) for one in overtaken[:TOLD_MAX]]
        left = len(overtaken) - len(said)
        said += [translate("Inbox", "{left} more came second too.", left=left)] if left else []
        refused = self._till.ask(views.refused_changes)
        said += [
            translate(
                "Inbox",
                "“{title}” was not changed: {not_permitted}",
                title=title,
                not_permitted=_NOT_PERMITTED,
            )
            for title in refused[:TOLD_MAX]
        ]
        left = len(refused) - TOLD_MAX
        return " ".join(
            [*said, translate("Inbox", "{left} more were not changed.", left=left)]
            if left > 0
            else said
        )

    def _overtaken(self, one: Overtaken) -> str:
        title, wanted = one.conflict.title, self._chosen(one)
        if one.conflict.state != "settled":
            return translate(
                "Inbox",
                "“{title}” changed before your decision arrived and is open again.{wanted}",
                title=title,
                wanted=wanted,
            )
        if not one.by:
            return translate(
                "Inbox",
                "The tills agreed on “{title}” before your decision arrived.{wanted}",
                title=title,
                wanted=wanted,
            )
        return translate(
            "Inbox",
            "{by} resolved “{title}” first, and that decision stands.{wanted}",
            by=one.by,
            title=title,
            wanted=wanted,
        )

    def _chosen(self, one: Overtaken) -> str:
        shown = {name: value for name, value in one.chosen.items() if worth_showing(name)}
        wording = Wording.of(self._till, self._formats, one.conflict.record_type, shown.items())
        values = [f"{wording.inside(n)} {wording.value(n, value)}" for n, value in shown.items()]
        return (
            translate("Inbox", " Not applied: your {values}.", values=", ".join(values))
            if values
            else ""
        )

    def _render(self) -> None:
        shown = self.state.kind
        kept = [c for c in self._conflicts.values() if shown in ("", c.kind)]
        parked = list(self._parked.items()) if shown in ("", "parked") else []
        self._selected &= {*(conflict.id for conflict in kept), *(key for key, _ in parked)}
        tills = self._till.ask(names, "till", _devices(kept))
        refused = tuple(self._parked_row(key, group) for key, group in parked)
        rows = (*refused, *(self._row(conflict, tills) for conflict in kept))
        kinds = [*(c.kind for c in self._conflicts.values()), *("parked" for _ in self._parked)]
        self._set(
            rows=rows,
            counts=tuple((kind, kinds.count(kind)) for kind in KIND_WORDS if kind in kinds),
            total=len(kinds),
            can_bulk=bool(self._selected),
            empty="" if rows else _EMPTY[self.state.showing],
        )

    def _parked_row(self, key: str, parked: ParkedGroup) -> InboxRow:
        what, reason = parked_words(parked)
        return InboxRow(
            key,
            what[0].upper() + what[1:],
            translate("Inbox", "On this till only"),
            "parked",
            KIND_WORDS["parked"],
            reason,
            f"group {parked.dseq}",
            age_words(self._now_us() - parked.group.at_us),
            key in self._selected,
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
            kind_words(conflict),
            self._question(conflict),
            f"{waiting} and {inside(holding)}",
            age_words(self._now_us() - at_us),
            conflict.id in self._selected,
        )

    def _question(self, conflict: Conflict) -> str:
        disputed = json.loads(conflict.fields_json)
        if conflict.kind == "flag":
            return flag_words(conflict.record_type, disputed, self._formats).question
        fields = [name for name in disputed if worth_showing(name)]
        if conflict.reason and conflict.kind == "field" and len(disputed) != len(fields):
            asked = ", ".join(field_inside(conflict.record_type, name) for name in disputed)
            return translate("Inbox", "Approve the new {asked}?", asked=asked)
        if conflict.kind == "delete" and conflict.reason and set(disputed) == {"deleted"}:
            return (
                translate("Inbox", "Delete it?")
                if disputed["deleted"]["local"]
                else translate("Inbox", "Add it?")
            )
        if conflict.kind == "delete":
            return translate("Inbox", "Keep and restore, or delete?")
        if conflict.kind == "unique":
            code = field_inside(conflict.record_type, fields[0])
            return translate(
                "Inbox", "Who keeps {code} {value}?", code=code, value=disputed[fields[0]]["local"]
            )
        if len(fields) != 1:
            labels = (field_words(conflict.record_type, name) for name in fields)
            return ", ".join(labels) or translate("Inbox", "For information")
        name = fields[0]
        values = [disputed[name][side] for side in ("local", "remote")]
        wording = Wording.of(
            self._till, self._formats, conflict.record_type, [(name, value) for value in values]
        )
        ours, theirs = (wording.value(name, value) for value in values)
        if conflict.state == "merged":
            step = last(conflict.resolution_json)
            kept_theirs = step is not None and step.chosen.get(name) == values[1]
            holds, other = (theirs, ours) if kept_theirs else (ours, theirs)
            return translate(
                "Inbox",
                "{name}: {holds} instead of {other}",
                name=wording.label(name),
                holds=holds,
                other=other,
            )
        return f"{wording.label(name)}: {ours} or {theirs}?"

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


_NOT_PERMITTED = "this till, or the person signed in, may not do that."
NOT_A_MANAGER = "Only managers can resolve conflicts. Ask a manager to sign in."
_EMPTY: dict[Showing, str] = {
    "open": "Nothing to resolve. All tills agree.",
    "merged": "Nothing was merged without asking.",
    "settled": "Nothing resolved yet.",
}


def _sides(conflict: Conflict, side: Which) -> dict[str, Any]:
    disputed = json.loads(conflict.fields_json)
    return {name: clash[side] for name, clash in disputed.items()}


def _devices(listed: Iterable[Conflict]) -> set[str]:
    return {d for c in listed for d in (c.device_id, c.remote_device_id) if d}


def _done_words(done: int, left: int) -> str:
    said = translate("Inbox", "{done} resolved.", done=done) if done else ""
    if left:
        said += translate(
            "Inbox",
            " {left} of them {value} a decision each: open it.",
            left=left,
            value="needs" if left == 1 else "need",
        )
    return said.strip()
