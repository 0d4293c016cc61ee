"""A group that the server refused: what it holds, why, and what a manager may do about it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.kit.flow import Ask, Flow, FlowRunner
from app.kit.formats import Formats
from app.kit.translation import translate
from app.kit.words import Wording, is_known, record_words
from app.syncing.parked_actions import ParkedActions
from app.syncing.words import holds_facts, parked_words
from localdb.domain.ops import Op
from localdb.errors import EvertillError
from localdb.queries import sync_view
from localdb.queries.names import name_of
from localdb.queries.sync_view import ParkedGroup
from localdb.services import sync_queue
from localdb.services.till import Till

LINES_MAX = 12
"""Of a larger group the first rows are shown; the export has them all."""


@dataclass(frozen=True, slots=True)
class ParkedState:
    """What the sheet shows."""

    dseq: int = 0
    title: str = ""
    reason: str = ""
    when: str = ""
    lines: tuple[str, ...] = ()
    """What the group would do, a row a line."""
    can_discard: bool = False
    advice: str = ""
    note: str = ""
    error: str = ""


class ParkedPresenter:
    """Opens one refused group; `closed` is told when there is nothing left to do here."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        now_us: Callable[[], int],
        show: Callable[[ParkedState], None],
        closed: Callable[[], None],
        *,
        ask: Callable[[Ask, Callable[[Any], None]], None],
        exports: Path,
    ) -> None:
        self._till = till
        self._formats = formats
        self._show = show
        self._closed = closed
        self._actions = ParkedActions(till, now_us, exports)
        self._flows = FlowRunner(ask, self._refuse)
        self.state = ParkedState()

    def open(self, parked: ParkedGroup) -> None:
        """Show a group."""
        what, reason = parked_words(parked)
        can_discard = not holds_facts(parked.group)
        user = self._till.ask(name_of, "user", parked.group.user_id)
        at = self._formats.stamp(parked.group.at_us)
        self._set(
            dseq=parked.dseq,
            title=what[0].upper() + what[1:],
            reason=reason,
            when=", ".join(filter(None, (user, at, f"group {parked.dseq}"))),
            lines=self._lines(parked.group.ops),
            can_discard=can_discard,
            advice=_CHANGE if can_discard else _FACTS,
        )

    def retry(self) -> None:
        """Send it once more, as a new group."""
        self._try(lambda: self._till.write(sync_queue.retry, self.state.dseq))

    def discard(self) -> None:
        """Give it up, after asking."""
        if self.state.can_discard:
            self._flows.run(self._discard())

    def export(self) -> None:
        """Write everything undelivered to a file for support."""
        try:
            self._set(note=self._actions.export(), error="")
        except EvertillError as error:
            self._refuse(error)

    def check(self) -> None:
        """Something was written: leave when the group is not parked any more."""
        parked = self._till.ask(sync_view.queue).parked
        if self.state.dseq not in {group.dseq for group in parked}:
            self._closed()

    def _discard(self) -> Flow:
        if (yield from self._actions.discard(self.state.dseq, self.state.title)):
            self._closed()

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except EvertillError as error:
            self._refuse(error)
        else:
            self._closed()

    def _refuse(self, error: EvertillError) -> None:
        self._set(error=str(error), note="")

    def _lines(self, ops: tuple[Op, ...]) -> tuple[str, ...]:
        said = [self._line(op) for op in ops[:LINES_MAX]]
        left = len(ops) - len(said)
        return (*said, f"… and {left} more") if left else tuple(said)

    def _line(self, op: Op) -> str:
        what = record_words(op.type)
        if not is_known(op.type):
            return what
        held = {**(op.values or {}), **(op.before or {}), **(op.after or {})}
        wording = Wording.of(self._till, self._formats, op.type, held.items())
        if op.kind == "insert":
            title = next((str(held[name]) for name in _TITLES if held.get(name)), "")
            return translate(
                "Inbox",
                "New {value}{value2} {title}",
                value=what[0].lower(),
                value2=what[1:],
                title=title,
            ).strip()
        name = self._till.ask(name_of, op.type, op.id)
        before = op.before or {}
        changes = ", ".join(
            f"{wording.inside(field)} {wording.value(field, before.get(field))}"
            f" → {wording.value(field, value)}"
            for field, value in (op.after or {}).items()
        )
        return f"{what} {name}: {changes}" if name else f"{what}: {changes}"

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


_TITLES = ("receipt_number", "name", "label", "code", "key")
_CHANGE = (
    "Retry sends it again as it would be today. Discard keeps the server's values."
    " Nothing else is held up."
)
_FACTS = (
    "It holds sales or cash events, which are never discarded: save a support file, then retry."
    " Nothing else is held up."
)
