"""One conflict in full: looked at, decided, settled, reopened or taken back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.conflicts.choices import Choices, Following
from app.conflicts.state import DetailState, Pick, Stage
from app.conflicts.story import Story
from app.kit.formats import Formats
from app.kit.translation import translate
from app.kit.words import kind_words, record_words
from localdb.errors import EvertillError
from localdb.queries import conflicts as views
from localdb.queries.conflicts import ConflictView
from localdb.services import conflicts
from localdb.services.till import Till


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
        self._story: Story | None = None
        self._choices = Choices()
        self.state = DetailState()

    # ------------------------------------------------------------ what is looked at

    def open(self, conflict_id: str) -> None:
        """Show a conflict, nothing chosen yet; raises Refusal when it is not here."""
        self._story = Story(self._till, self._formats, self._till.ask(views.view, conflict_id))
        self._choices = Choices()
        conflict = self._seen.conflict
        stage: Stage = "merged" if conflict.state == "merged" else "open"
        ours, theirs = self._story.sides()
        steps = self._seen.steps
        self.state = DetailState(
            conflict_id=conflict.id,
            title=conflict.title,
            subject=record_words(conflict.record_type),
            kind=conflict.kind,
            kind_words=kind_words(conflict),
            stage="settled" if conflict.state == "settled" else stage,
            ours=ours,
            theirs=theirs,
            merged=self._story.beside(),
            evidence=self._story.evidence(),
            history=self._story.history(),
            settled=self._story.settled(),
            can_undo=conflict.state == "settled" and bool(steps and steps[-1].user_id),
        )
        self._render()

    def reload(self) -> None:
        """Look again, nothing chosen."""
        self.open(self.state.conflict_id)

    def check(self) -> None:
        """Something was written: say so when it is what is looked at here."""
        if self._story is None:
            return
        now = self._till.ask(views.view, self.state.conflict_id)
        if now == self._seen:
            return
        if now.conflict.state != "open" or self.state.stage != "open":
            self.reload()
        else:
            at = self._formats.clock(self._now_us())
            self._set(
                moved=translate("Inbox", "Changed again at {at} – reload", at=at), can_settle=False
            )

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

    def write_note(self, text: str) -> None:
        """What came of a notice."""
        if text != self._choices.note and not self._is_closed:
            self._choices.note = text
            self._render()

    # ------------------------------------------------------------ ending

    def settle(self) -> None:
        """Make the choice hold on every till; stays open, with the reason, when refused.

        What was merged without asking is reopened, and then asks.
        """
        if self.state.stage == "merged":
            self._then_look_again(conflicts.reopen)
        elif self.state.can_settle and not self._is_closed:
            try:
                self._write()
            except EvertillError as error:
                self._set(error=str(error))
                self.check()
            else:
                self._closed(True)

    def undo(self) -> None:
        """Take the settlement back: the record holds what it held, and it asks again."""
        if self.state.can_undo:
            self._then_look_again(conflicts.undo)

    def _then_look_again(self, service: Callable[..., None]) -> None:
        try:
            self._till.write(service, self.state.conflict_id)
        except EvertillError as error:
            self._set(error=str(error))
        else:
            self.reload()

    def later(self) -> None:
        """Leave it as it is."""
        self._closed(False)

    @property
    def _is_closed(self) -> bool:
        return bool(self.state.moved) or self.state.stage != "open"

    def _write(self) -> None:
        view, choices, kind = self._seen, self._choices, self.state.kind
        conflict_id = view.conflict.id
        if kind == "flag":
            self._till.write(conflicts.acknowledge, conflict_id, choices.note)
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
            self._till.write(conflicts.settle, conflict_id, self._following.chosen(), seen=view)

    def _render(self) -> None:
        self._set(**self._following.changes(), error="")

    @property
    def _following(self) -> Following:
        assert self._story is not None, "nothing is open"
        return Following(self._story, self._choices, self.state)

    @property
    def _seen(self) -> ConflictView:
        assert self._story is not None, "nothing is open"
        return self._story.view

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)
