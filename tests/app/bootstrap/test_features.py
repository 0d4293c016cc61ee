"""The features put together: nothing that one needs is forgotten by another."""

from typing import get_args

from app.kit.flow import Ask
from app.kit.qt.asking import asked
from tests.app.stage import Stage


def test_every_question_has_a_sheet(stage: Stage) -> None:
    """Whatever a flow may ask, some feature has said how."""
    assert stage.program is not None
    assert asked() == frozenset(get_args(Ask))


def test_what_was_being_paid_can_be_made_again(stage: Stage) -> None:
    """Every kind of payment is registered: none is given up after a power cut."""
    payables = stage.program.paying.payables
    assert payables.kinds() == {"sale", "practice", "correction", "refund", "exchange"}
