"""One conflict in full: what each side wants, what the manager chooses, what follows from it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from app.formats import Formats
from app.presenters.conflict_state import DetailState, FieldLine, Pick, Rival, SideWords
from app.presenters.conflict_words import (
    KIND_WORDS,
    Wording,
    field_inside,
    field_words,
    inside,
    record_words,
    till_words,
    worth_showing,
)
from app.presenters.evidence import evidence
from localdb.errors import EvertillError, Refusal
from localdb.queries import conflicts as views
from localdb.queries.conflicts import ConflictView, FieldRow, Side
from localdb.queries.names import bearer, names
from localdb.services import conflicts
from localdb.services.till import Till


@dataclass(slots=True)
class _Choices:
    """What the manager has chosen so far."""

    picked: dict[str, Pick] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    keep: bool | None = None
    keeper: str = ""
    new_code: str = ""


class ConflictDetailPresenter:
    """Opens one conflict; `closed` is told whether it was settled."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        now_us: Callable[[], int],
        show: Callable[[DetailState], None],
        closed: Callable[[bool], None],
    ) -> None:
        self._till = till
        self._formats = formats
        self._now_us = now_us
        self._show = show
        self._closed = closed
        self._view: ConflictView | None = None
        self._choices = _Choices()
        self.state = DetailState()

    # ------------------------------------------------------------ what is looked at

    def open(self, conflict_id: str) -> None:
        """Show a conflict, nothing chosen yet; raises Refusal when it is not here."""
        self._view = self._till.ask(views.view, conflict_id)
        self._choices = _Choices()
        conflict = self._view.conflict
        ours, theirs = self._sides()
        self.state = DetailState(
            conflict_id=conflict.id,
            title=conflict.title,
            subject=record_words(conflict.record_type),
            kind=conflict.kind,
            kind_words=KIND_WORDS[conflict.kind],
            ours=ours,
            theirs=theirs,
            merged=self._merged(),
            evidence=self._evidence(),
            settled=self._settled(self._view),
            can_undo=conflict.state == "settled" and conflict.kind in ("field", "delete"),
        )
        self._render()

    def reload(self) -> None:
        """Look again, nothing chosen."""
        self.open(self.state.conflict_id)

    def check(self) -> None:
        """Something was written: say so when it is what is looked at here."""
        if self._view is None:
            return
        now = self._till.ask(views.view, self.state.conflict_id)
        if now == self._view:
            return
        if now.conflict.state != "open":
            self.reload()
        else:
            at = self._formats.clock(self._now_us())
            self._set(moved=f"Changed again at {at} – reload", can_settle=False)

    # ------------------------------------------------------------ choosing

    def move(self, by: int) -> None:
        """Let the keys act on the line above or below."""
        last = len(self.state.lines) - 1
        self._set(line=max(0, min(self.state.line + by, last)))

    def pick(self, side: Pick, line: int | None = None) -> None:
        """Take a side's value for a line, by default for the one the keys act on."""
        at = self.state.line if line is None else line
        if self._is_closed or at >= len(self.state.lines):
            return
        self._choices.picked[self.state.lines[at].name] = side
        self._set(line=at)
        self._render()

    def type(self, line: int, text: str) -> None:
        """Take a typed value for a line."""
        name = self.state.lines[line].name
        if self._is_closed or text == self.state.lines[line].entry:
            return
        self._choices.picked[name] = "typed"
        self._choices.typed[name] = text
        self._set(line=line)
        self._render()

    def keep(self, kept: bool) -> None:
        """Restore the record that one side deleted, or delete it."""
        if not self._is_closed:
            self._choices.keep = kept
            self._render()

    def let_keep(self, record_id: str) -> None:
        """Say which of the two records keeps the code."""
        if not self._is_closed:
            self._choices.keeper = record_id
            self._render()

    def give_code(self, text: str) -> None:
        """The other record's new code."""
        if text != self._choices.new_code:
            self._choices.new_code = text
            self._render()

    # ------------------------------------------------------------ ending

    def settle(self) -> None:
        """Make the choice hold on every till; stays open, with the reason, when refused."""
        if not self.state.can_settle or self._is_closed:
            return
        try:
            self._write()
        except EvertillError as error:
            self._set(error=str(error))
            self.check()
        else:
            self._closed(True)

    def undo(self) -> None:
        """Put back what the record held before it was settled."""
        try:
            self._till.write(conflicts.undo, self.state.conflict_id)
        except EvertillError as error:
            self._set(error=str(error))
        else:
            self._closed(False)

    def later(self) -> None:
        """Leave it as it is."""
        self._closed(False)

    @property
    def _is_closed(self) -> bool:
        return bool(self.state.moved or self.state.settled)

    def _write(self) -> None:
        view, choices, kind = self._seen, self._choices, self.state.kind
        conflict_id = view.conflict.id
        if kind == "flag":
            self._till.write(conflicts.acknowledge, conflict_id)
        elif kind == "unique":
            loser = next(rival for rival in self.state.rivals if not rival.keeps)
            self._till.write(
                conflicts.settle_shared_code,
                conflict_id,
                loser.record_id,
                choices.new_code.strip(),
                seen=view,
            )
        else:
            self._till.write(conflicts.settle, conflict_id, self._chosen(), seen=view)

    def _chosen(self) -> dict[str, Any]:
        if self.state.kind == "delete" and not self._choices.keep:
            return {"deleted": True}
        chosen = {row.name: self._value(row) for row in self._rows}
        return chosen | ({"deleted": False} if self.state.kind == "delete" else {})

    # ------------------------------------------------------------ what follows from the choices

    def _render(self) -> None:
        kind = self.state.kind
        if kind == "unique":
            self._render_rivals()
        elif kind == "flag":
            self._set(
                intro="The receipts stand as they were printed. Please look into it.",
                can_settle=not self._is_closed,
                settle_words="Mark as seen",
            )
        else:
            self._render_fields()

    def _render_fields(self) -> None:
        deletion = self.state.kind == "delete"
        shown = not deletion or self._choices.keep is True
        lines = tuple(self._line(row) for row in self._rows) if shown else ()
        decided = all(line.picked and not line.error for line in lines)
        if deletion:
            decided = decided and self._choices.keep is not None
        self._set(
            intro=self._deletion_intro() if deletion else _FIELD_INTRO,
            lines=lines,
            keep=self._choices.keep,
            consequences=self._consequences(lines) if decided else (),
            can_settle=decided and not self._is_closed,
            error="",
        )

    def _render_rivals(self) -> None:
        code = next(row for row in self._seen.fields if row.name != "id")
        rivals = self._rivals()
        loser = next((r for r in rivals if self._choices.keeper and not r.keeps), None)
        said: tuple[str, ...] = ()
        label = ""
        new = self._choices.new_code.strip()
        must_type = self._seen.conflict.record_type == "product"
        if loser is not None:
            keeper = next(r for r in rivals if r.keeps)
            label = f"New {field_inside(code.name)} for {loser.name}"
            said = _code_consequences(str(code.local), keeper.name, loser.name, new)
        self._set(
            intro=f"Two records share {field_inside(code.name)} {code.local}. Who keeps it?",
            rivals=rivals,
            code_label=label + ("" if must_type else " (empty: it has none)") if label else "",
            new_code=self._choices.new_code,
            consequences=said if new or not must_type else (),
            can_settle=loser is not None and bool(new or not must_type) and not self._is_closed,
            error="",
        )

    def _line(self, row: FieldRow) -> FieldLine:
        wording, picked = self._wording, self._pick(row)
        line = FieldLine(
            row.name,
            field_words(row.name),
            wording.value(row.name, row.before),
            wording.value(row.name, row.local),
            wording.value(row.name, row.remote),
            shape=wording.shape(row.name),
            unit=wording.unit(row.name),
            picked=picked,
        )
        if not picked:
            return line
        typed = self._choices.typed.get(row.name, "")
        try:
            value = self._value(row)
        except Refusal as refusal:
            return replace(line, entry=typed, error=str(refusal))
        entry = typed if picked == "typed" else wording.entry(row.name, value)
        return replace(line, entry=entry, result=wording.value(row.name, value))

    def _pick(self, row: FieldRow) -> Pick:
        # Whoever restores a record wants the edit that spoke for it.
        usual: Pick = "ours" if self.state.kind == "delete" else ""
        return self._choices.picked.get(row.name, usual)

    def _value(self, row: FieldRow) -> Any:
        match self._pick(row):
            case "before":
                return row.before
            case "ours":
                return row.local
            case "theirs":
                return row.remote
            case _:
                return self._wording.typed(row.name, self._choices.typed[row.name])

    def _consequences(self, lines: tuple[FieldLine, ...]) -> tuple[str, ...]:
        title = self._seen.conflict.title
        if self.state.kind == "delete" and not self._choices.keep:
            return (f"“{title}” is deleted on every till.", _SALES_STAND)
        said = (
            [f"“{title}” can be used again on every till."] if self.state.kind == "delete" else []
        )
        rows = {row.name: row for row in self._rows}
        for line in lines:
            stays = self._value(rows[line.name]) == rows[line.name].current
            verb = "stays" if stays else "becomes"
            said.append(f"{line.label} {verb} {line.result} on every till.")
        return (*said, _SALES_STAND)

    def _deletion_intro(self) -> str:
        row = next(row for row in self._seen.fields if row.name == "deleted")
        ours, theirs = self.state.ours.title, self.state.theirs.title
        deleter, editor = (ours, theirs) if row.local else (theirs, ours)
        return (
            f"{deleter} deleted it while {inside(editor)} was changing it."
            " Neither knew of the other."
        )

    # ------------------------------------------------------------ words

    @property
    def _seen(self) -> ConflictView:
        assert self._view is not None, "nothing is open"
        return self._view

    @property
    def _rows(self) -> tuple[FieldRow, ...]:
        return tuple(row for row in self._seen.fields if row.name not in ("id", "deleted"))

    @property
    def _wording(self) -> Wording:
        values = [
            (row.name, value)
            for row in self._seen.fields
            for value in (row.before, row.local, row.remote)
        ]
        return Wording.of(self._till, self._formats, self._seen.conflict.record_type, values)

    def _merged(self) -> tuple[tuple[str, str], ...]:
        others = {n: v for n, v in self._seen.others.items() if worth_showing(n) and v}
        wording = Wording.of(
            self._till, self._formats, self._seen.conflict.record_type, others.items()
        )
        return tuple((field_words(name), wording.value(name, v)) for name, v in others.items())

    def _sides(self) -> tuple[SideWords, SideWords]:
        view = self._seen
        own = self._till.identity.device_id
        conflict = view.conflict
        tills = {conflict.device_id: view.local.till}
        if conflict.remote_device_id:
            tills[conflict.remote_device_id] = view.remote.till
        waiting, holding = till_words(conflict, own, tills)
        return (
            SideWords(waiting, self._who(view.local)),
            SideWords(holding, self._who(view.remote), holds=conflict.state == "open"),
        )

    def _who(self, side: Side) -> str:
        at = "" if side.at_us is None else self._formats.stamp(side.at_us)
        return ", ".join(filter(None, (side.user, at)))

    def _rivals(self) -> tuple[Rival, ...]:
        conflict = self._seen.conflict
        ids = next(row for row in self._seen.fields if row.name == "id")
        return tuple(
            Rival(
                record_id,
                self._till.ask(bearer, conflict.record_type, record_id),
                said,
                keeps=self._choices.keeper == record_id,
            )
            for record_id, said in (
                (ids.remote, "Had it first; scans find this one until you decide."),
                (ids.local, f"Got it on {inside(self.state.ours.title)}, {self.state.ours.who}."),
            )
        )

    def _evidence(self) -> tuple[str, ...]:
        view = self._seen
        devices = {*view.local.vector, *view.remote.vector}
        known = self._till.ask(names, "till", devices)
        ours, theirs = self._sides()
        return evidence(view, known, (ours.title, theirs.title))

    def _settled(self, view: ConflictView) -> str:
        conflict = view.conflict
        if conflict.state == "open":
            return ""
        user = str(conflict.settled_by or "")
        who = self._till.ask(names, "user", (user,)).get(user, "The tills")
        at = conflict.settled_at_us
        when = f" at {self._formats.stamp(at)}" if at else ""
        return f"{who} settled this{when}. Nothing is left to do."

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


_FIELD_INTRO = "Both tills changed the same thing without knowing of each other. Which value holds?"
_SALES_STAND = "Completed sales stay as they were printed."


def _code_consequences(code: str, keeper: str, loser: str, new: str) -> tuple[str, ...]:
    becomes = f"{loser} is found by {new} instead." if new else f"{loser} loses this code."
    return (f"{code} finds {keeper} on every till.", becomes, _SALES_STAND)
