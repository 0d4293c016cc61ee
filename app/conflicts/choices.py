"""What a manager has chosen about a conflict, and what would follow from it."""

from dataclasses import dataclass, field, replace
from typing import Any

from app.conflicts.flags import ANSWERS, flag_words
from app.conflicts.state import DetailState, FieldLine, Pick
from app.conflicts.story import SALES_STAND, Story
from app.kit.translation import translate
from app.kit.words import (
    OTHER_REASON,
    REASON_WORDS,
    Wording,
    inside,
    is_known,
    key_may_go,
)
from localdb.errors import Refusal
from localdb.queries.conflicts import FieldRow


@dataclass(slots=True)
class Choices:
    """What the manager has chosen so far."""

    picked: dict[str, Pick] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    keep: bool | None = None
    keeper: str = ""
    new_code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Following:
    """The parts of the dialog that hang on the choices; ``shown`` is what it shows so far."""

    story: Story
    choices: Choices
    shown: DetailState

    def changes(self) -> dict[str, Any]:
        """What to show now."""
        conflict, stage = self.story.view.conflict, self.shown.stage
        if conflict.kind == "flag":
            return self._flag()
        if not is_known(conflict.record_type):
            return {"intro": _TOO_OLD, "can_settle": False}
        if conflict.kind == "unique":
            return self._rivals()
        return self._fields() if stage == "open" else self._decided()

    def chosen(self) -> dict[str, Any]:
        """Field -> value, as it is settled; raises Refusal for a typed value that cannot be."""
        if self._deletes and not self.choices.keep:
            return {"deleted": True}
        chosen = {row.name: self._value(row) for row in self._rows}
        return chosen | ({"deleted": False} if self._deletes else {})

    def _flag(self) -> dict[str, Any]:
        view = self.story.view
        found = {row.name: {"local": row.local, "remote": row.remote} for row in view.fields}
        words = flag_words(view.conflict.record_type, found, self.story.formats)
        where = translate("Inbox", "It was found on {title}.", title=inside(self.shown.ours.title))
        return {
            "intro": " ".join(filter(None, (words.said, where, words.advice))),
            "consequences": (_FACTS_STAND,),
            "answers": ANSWERS,
            "note": self.choices.note,
            "can_settle": not self._is_closed,
            "settle_words": translate("Inbox", "Mark as seen"),
        }

    def _decided(self) -> dict[str, Any]:
        """What merged without asking, or was settled: to be looked at, not to be chosen."""
        lines = tuple(self._standing(row) for row in self._rows)
        if self.shown.stage == "settled":
            intro = self._deletion_intro() if self._deletes else self._what_happened()
            return {"intro": intro, "lines": lines, "can_settle": False}
        return {
            "intro": _MERGED_INTRO,
            "lines": lines,
            "consequences": (_REOPENING,),
            "can_settle": True,
            "settle_words": translate("Inbox", "Reopen"),
        }

    def _fields(self) -> dict[str, Any]:
        keep = self.choices.keep
        lines = () if self._deletes and not keep else tuple(self._line(row) for row in self._rows)
        decided = all(line.picked and not line.error for line in lines)
        decided = decided and not (self._deletes and keep is None)
        return {
            "intro": self._deletion_intro() if self._deletes else self._field_intro(),
            "lines": lines,
            "keep": keep,
            "consequences": self._consequences(lines) if decided else (),
            "can_settle": decided and not self._is_closed,
        }

    def _rivals(self) -> dict[str, Any]:
        view, new = self.story.view, self.choices.new_code.strip()
        code = next(row for row in view.fields if row.name != "id")
        rivals = self.story.rivals(self.choices.keeper)
        loser = next((r for r in rivals if self.choices.keeper and not r.keeps), None)
        said: tuple[str, ...] = ()
        label = ""
        must_type = not key_may_go(view.conflict.record_type)
        if loser is not None:
            keeper = next(r for r in rivals if r.keeps)
            label = translate(
                "Inbox",
                "New {name} for {name2}",
                name=self._wording.inside(code.name),
                name2=loser.name,
            )
            said = _code_consequences(str(code.local), keeper.name, loser.name, new)
        asking = translate("Inbox", " Who keeps it?") if self.shown.stage == "open" else ""
        return {
            "intro": translate(
                "Inbox",
                "Two records share {name} {local}.{asking}",
                name=self._wording.inside(code.name),
                local=code.local,
                asking=asking,
            ),
            "rivals": rivals,
            "code_label": label + ("" if must_type else translate("Inbox", " (empty: it has none)"))
            if label
            else "",
            "new_code": self.choices.new_code,
            "consequences": said if new or not must_type else (),
            "can_settle": loser is not None and bool(new or not must_type) and not self._is_closed,
        }

    def _line(self, row: FieldRow) -> FieldLine:
        wording, picked = self._wording, self._pick(row)
        line = FieldLine(
            row.name,
            wording.label(row.name),
            wording.value(row.name, row.before),
            wording.value(row.name, row.local),
            wording.value(row.name, row.remote),
            shape=wording.shape(row.name),
            unit=wording.unit(row.name),
            picked=picked,
        )
        if not picked:
            return line
        typed = self.choices.typed.get(row.name, "")
        try:
            value = self._value(row)
        except Refusal as refusal:
            return replace(line, entry=typed, error=str(refusal))
        entry = typed if picked == "typed" else wording.entry(row.name, value)
        return replace(line, entry=entry, result=wording.value(row.name, value))

    def _standing(self, row: FieldRow) -> FieldLine:
        words = self._wording.value(row.name, row.current)
        return replace(self._line(row), result=words, entry=words, shape="fixed", unit="")

    def _pick(self, row: FieldRow) -> Pick:
        # Whoever restores a record wants the edit that spoke for it.
        usual: Pick = "ours" if self._deletes else ""
        return self.choices.picked.get(row.name, usual)

    def _value(self, row: FieldRow) -> Any:
        match self._pick(row):
            case "before":
                return row.before
            case "ours":
                return row.local
            case "theirs":
                return row.remote
            case _:
                return self._wording.typed(row.name, self.choices.typed[row.name])

    def _consequences(self, lines: tuple[FieldLine, ...]) -> tuple[str, ...]:
        title = self.story.view.conflict.title
        if self._deletes and not self.choices.keep:
            return (
                translate("Inbox", "“{title}” is deleted on every till.", title=title),
                SALES_STAND,
            )
        said = (
            [translate("Inbox", "“{title}” can be used again on every till.", title=title)]
            if self._deletes
            else []
        )
        rows = {row.name: row for row in self._rows}
        for line in lines:
            stays = self._value(rows[line.name]) == rows[line.name].current
            verb = "stays" if stays else "becomes"
            said.append(
                translate(
                    "Inbox",
                    "{label} {verb} {result} on every till.",
                    label=line.label,
                    verb=verb,
                    result=line.result,
                )
            )
        return (*said, SALES_STAND)

    def _deletion_intro(self) -> str:
        if waits := self._waits_because():
            return waits
        row = next(row for row in self.story.view.fields if row.name == "deleted")
        ours, theirs = self.shown.ours.title, self.shown.theirs.title
        deleter, editor = (ours, theirs) if row.local else (theirs, ours)
        return translate(
            "Inbox",
            "{deleter} deleted it while {editor} was changing it. The tills were apart.",
            deleter=deleter,
            editor=inside(editor),
        )

    def _field_intro(self) -> str:
        """What is asked, and what happened to the record since."""
        gone = _DELETED_MEANWHILE if self.story.view.is_deleted else ""
        moved = ", ".join(
            f"{self._wording.inside(row.name)} is {self._wording.value(row.name, row.current)}"
            for row in self._rows
            if row.current not in (row.local, row.remote)
        )
        intro = self._what_happened()
        since = (
            translate("Inbox", " It was changed again since: now {moved}.", moved=moved)
            if moved
            else ""
        )
        return f"{intro}{since}{gone}{_ASKING}"

    def _what_happened(self) -> str:
        return self._waits_because() or _FIELD_INTRO

    def _waits_because(self) -> str:
        """Why a change waits that contradicts nobody; empty for a contradiction."""
        reason = self.story.view.conflict.reason
        return REASON_WORDS.get(reason, OTHER_REASON) if reason else ""

    @property
    def _deletes(self) -> bool:
        return self.story.view.conflict.kind == "delete"

    @property
    def _is_closed(self) -> bool:
        return bool(self.shown.moved) or self.shown.stage != "open"

    @property
    def _rows(self) -> tuple[FieldRow, ...]:
        return tuple(row for row in self.story.view.fields if row.name not in ("id", "deleted"))

    @property
    def _wording(self) -> Wording:
        return self.story.wording()


_FIELD_INTRO = "Both tills changed this while apart."
_ASKING = " Which value do you want to keep?"
_DELETED_MEANWHILE = " It was deleted since and stays deleted; the value applies if it is restored."
_MERGED_INTRO = (
    "Both tills changed this while apart. It was merged without asking: this is the result."
)
_REOPENING = "If you reopen it, the current value stays until somebody resolves it."
_FACTS_STAND = "The receipts stand as they were printed; your note is kept with this notice."
_TOO_OLD = "This till cannot show this conflict. Update Evertill, or resolve it on another till."


def _code_consequences(code: str, keeper: str, loser: str, new: str) -> tuple[str, ...]:
    becomes = (
        translate("Inbox", "{loser} is found by {new} instead.", loser=loser, new=new)
        if new
        else translate("Inbox", "{loser} loses this code.", loser=loser)
    )
    return (
        translate("Inbox", "{code} finds {keeper} on every till.", code=code, keeper=keeper),
        becomes,
        SALES_STAND,
    )
