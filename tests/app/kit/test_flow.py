"""Flows ask one after the other."""

from collections.abc import Callable
from typing import Any

import pytest

from app.kit.flow import Ask, AskNumber, Flow, FlowRunner
from localdb.errors import EvertillError, Refusal


class Desk:
    """Keeps the questions until the test answers them."""

    def __init__(self) -> None:
        self.questions: list[tuple[Ask, Callable[[Any], None]]] = []
        self.refused: list[EvertillError] = []
        self.done: list[object] = []
        self.runner = FlowRunner(self._ask, self.refused.append)

    def _ask(self, question: Ask, answer: Callable[[Any], None]) -> None:
        self.questions.append((question, answer))

    @property
    def asked(self) -> list[str]:
        """The titles of all questions so far."""
        return [q.title for q, _answer in self.questions if isinstance(q, AskNumber)]

    def flow(self, name: str) -> Flow:
        """A flow with one question."""
        answer = yield AskNumber(name, "money")
        self.done.append((name, answer))


def test_flows_wait_for_each_other() -> None:
    """The second question is asked when the first is answered; none is dropped."""
    desk = Desk()
    desk.runner.run(desk.flow("first"))
    desk.runner.run(desk.flow("second"))
    assert desk.asked == ["first"]
    desk.questions[0][1](5)
    assert desk.asked == ["first", "second"]
    desk.questions[1][1](None)
    assert desk.done == [("first", 5), ("second", None)]
    assert not desk.runner.is_asking


def test_a_refusal_ends_its_flow_only() -> None:
    """What cannot be done is told, and the next flow runs."""
    desk = Desk()

    def refused() -> Flow:
        raise Refusal("no")
        yield

    desk.runner.run(refused())
    desk.runner.run(desk.flow("next"))
    assert [str(error) for error in desk.refused] == ["no"]
    assert len(desk.questions) == 1


def test_a_bug_is_raised_and_does_not_block() -> None:
    """A bug goes to the crash report; the till goes on."""
    desk = Desk()

    def broken() -> Flow:
        raise ZeroDivisionError
        yield

    with pytest.raises(ZeroDivisionError):
        desk.runner.run(broken())
    desk.runner.run(desk.flow("next"))
    assert len(desk.questions) == 1
