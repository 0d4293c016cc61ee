"""The steps of being paid, with a card terminal that may not answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.charge import Charge, Operation, Outcome, Step, TerminalRequest
from localdb.domain.methods import BUILT_IN
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from tests.localdb.domain.build import EUR

CARD = BUILT_IN["card"]


def charge(due_minor: int = 1000) -> Charge:
    return Charge("sale", "{}", Tender(due_minor, EUR, id="sale-1"))


def test_asked_answered_complete() -> None:
    """The money counts when the terminal said so, with its reference, under the request's id."""
    asked = charge().ask_payment(CARD, None, "p1")
    assert (asked.step, asked.tender.payments) == (Step.ASKED, ())
    assert asked.request is not None
    assert (asked.request.ask, asked.request.charged_minor) == (Operation.PURCHASE, 1000)
    paid = asked.answered("p1", Outcome.TAKEN, "VISA 1234")
    assert paid.step is Step.COMPLETE
    assert [(p.id, p.reference) for p in paid.tender.payments] == [("p1", "VISA 1234")]


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNKNOWN, Outcome.REVERSED])
def test_a_refused_payment_leaves_all_to_pay(outcome: Outcome) -> None:
    """Nothing counts, and another payment can be made."""
    free = charge().ask_payment(CARD, 400, "p1").answered("p1", outcome)
    assert free == charge()


def test_without_an_answer_the_charge_is_in_doubt_until_somebody_says() -> None:
    """Doubt neither counts nor forgets the money; the tip and the amount are still known."""
    tipped = charge().with_tender(charge().tender.with_tip(100))
    doubt = tipped.ask_payment(CARD, None, "p1").answered("p1", Outcome.SILENT)
    assert (doubt.step, doubt.is_begun) == (Step.DOUBTFUL, True)
    assert doubt.request is not None
    assert doubt.request.charged_minor == 1100
    taken = doubt.answered("p1", Outcome.TAKEN)
    assert (taken.step, taken.tender.tips_minor, taken.tender.tip_minor) == (Step.COMPLETE, 100, 0)
    assert doubt.answered("p1", Outcome.REFUSED) == tipped


def test_nothing_else_is_paid_while_the_terminal_is_asked() -> None:
    """Neither cash nor a second card, nor is a payment taken back: it could be charged twice."""
    asked = charge().ask_payment(CARD, None, "p1")
    with pytest.raises(Refusal, match="being asked"):
        asked.with_tender(asked.tender.pay_cash())
    with pytest.raises(Refusal, match="being asked"):
        asked.ask_payment(CARD, None, "p2")
    with pytest.raises(Refusal, match="being asked"):
        asked.ask_reversal(0)


def test_a_payment_that_is_given_up_is_remembered_for_undoing() -> None:
    """The charge goes on without it; whoever keeps the request undoes it if it was taken."""
    free, request = charge().ask_payment(CARD, None, "p1").forsake()
    assert free == charge()
    assert (request.id, request.charged_minor) == ("p1", 1000)
    with pytest.raises(Refusal):
        free.forsake()


def test_a_reversal_takes_the_payment_off_only_when_it_is_done() -> None:
    """Refused it stands; in doubt it cannot be given up, because it decides what is owed."""
    paid = charge().ask_payment(CARD, 600, "p1").answered("p1", Outcome.TAKEN)
    asked = paid.ask_reversal(0)
    assert asked.answered("p1", Outcome.REVERSED) == charge()
    assert asked.answered("p1", Outcome.REFUSED) == paid
    assert asked.answered("p1", Outcome.TAKEN) == paid
    for outcome in (Outcome.SILENT, Outcome.UNKNOWN):
        assert asked.answered("p1", outcome).step is Step.DOUBTFUL
    with pytest.raises(Refusal, match="say what it did"):
        asked.forsake()


def test_only_what_the_terminal_took_can_be_reversed_there() -> None:
    """Cash, and a card on a stand-alone terminal, have no id there."""
    paid = charge().with_tender(charge().tender.pay_cash(100))
    with pytest.raises(Refusal, match="no card terminal payment"):
        paid.ask_reversal(0)


def test_money_paid_out_is_a_refund_on_the_terminal() -> None:
    """The amount asked has no sign; the payment has."""
    asked = charge(-700).ask_payment(CARD, None, "p1")
    assert asked.request is not None
    assert (asked.request.ask, asked.request.charged_minor) == (Operation.REFUND, 700)
    assert asked.answered("p1", Outcome.TAKEN).tender.paid_minor == -700


def test_a_request_is_refused_like_the_payment() -> None:
    """The terminal is never asked for more than is due."""
    with pytest.raises(Refusal, match="more than the amount due"):
        charge().ask_payment(CARD, 1001, "p1")


@given(
    st.integers(1, 5000),
    st.integers(0, 300),
    st.sampled_from([None, *Outcome]),
    st.booleans(),
)
def test_every_step_survives_the_disk(
    due: int, tip: int, outcome: Outcome | None, reversing: bool
) -> None:
    """Whatever the step, what is read back equals what was kept."""
    at = charge(due)
    at = at.with_tender(at.tender.with_tip(tip)).ask_payment(CARD, None, "p1", "ref")
    if reversing:
        at = at.answered("p1", Outcome.TAKEN).ask_reversal(0)
    if outcome is not None:
        at = at.answered("p1", outcome)
    assert Charge.from_json(at.to_json()) == at
    if at.request is not None:
        assert TerminalRequest.from_json(at.request.to_json()) == at.request


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind":1}', "null"])
def test_what_is_no_charge_is_not_read(text: str) -> None:
    """A damaged text is said to be one."""
    for part in (Charge, TerminalRequest):
        with pytest.raises(ValueError, match=r"\w"):
            part.from_json(text)
