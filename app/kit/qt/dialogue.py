"""How a feature talks with who is at the till: questions on sheets, and messages in their place."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol, runtime_checkable

from PySide6.QtWidgets import QWidget

from app.kit.authority import need
from app.kit.flow import Ask, Flow, FlowRunner
from app.kit.qt.asking import ask
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.permissions import Approval, Permission
from localdb.errors import EvertillError

Choices = Sequence[tuple[str, Callable[[], object]]]
"""Buttons of a message: their words and what they do. Any of them takes the message away."""


@runtime_checkable
class Messages(Protocol):
    """The place where messages appear."""

    def say(self, tone: str, text: str, choices: Choices = ()) -> None:
        """Show a message in a tone (`error`, `warning`, `info`, `success`)."""

    def clear(self) -> None: ...


class Dialogue:
    """Runs flows of questions one after the other; the one place that says an `EvertillError`."""

    def __init__(self, host: QWidget, place: Workplace, messages: Messages) -> None:
        self._host = host
        self._place = place
        self._messages = messages
        self._runner = FlowRunner(self.ask, self.refused)

    def run(self, flow: Flow) -> None:
        """Start a flow, or queue it behind the one that is asking."""
        self._runner.run(flow)

    def ask(self, question: Ask, answer: Callable[[Any], object]) -> None:
        """Ask one thing; `answer` is called once, with None for backing out."""
        ask(self._host, self._place, question, answer)

    def say(self, tone: str, text: str, choices: Choices = ()) -> None:
        """Show a message in a tone (`error`, `warning`, `info`, `success`)."""

        def chosen(action: Callable[[], object]) -> None:
            self._messages.clear()
            action()

        bound = [(words, lambda a=action: chosen(a)) for words, action in choices]
        self._messages.say(tone, text, bound)

    def clear(self) -> None:
        """Take the message away."""
        self._messages.clear()

    def refused(self, error: EvertillError) -> None:
        """Say why something was not done."""
        self.say("error", str(error))

    def tried(self, action: Callable[[], object]) -> bool:
        """Run an action; False when it was refused, which is said."""
        try:
            action()
        except EvertillError as error:
            self.refused(error)
            return False
        return True

    def approval(
        self, permission: Permission, words: str, amount_minor: int = 0
    ) -> Generator[Ask, Any, Approval | None]:
        """Permission to do what `words` say, for a flow; a refusal is said, and gives None."""
        till = self._place.till
        approval = yield from need(till, permission, words, amount_minor=amount_minor)
        if approval is None:
            self.say("info", translate("Approval", "Cancelled: {what}", what=words))
        return approval
