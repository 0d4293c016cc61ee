"""Taking cards on a terminal that declines, times out, answers late or dies in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.devices.terminal import Answer, TerminalFault
from app.devices.terminal_simulator import Conduct, SimulatedTerminal
from app.kit.flow import AskYesNo
from localdb.domain.charge import Outcome
from localdb.domain.records import JournalEntry
from localdb.queries import payments, receipts
from localdb.services import shifts
from tests.app.paying.charging import Teller
from tests.support.shops import Shop, small_shop
from tests.support.terminals import QueuedTerminal


class Counter:
    """A till whose card terminal follows a script; its answers wait to be delivered."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.machine = SimulatedTerminal(sleep=lambda _: None)
        self.terminal = QueuedTerminal(self.machine)
        self.teller = Teller(shop, self.terminal)

    def script(self, *conduct: Conduct) -> None:
        self.machine._script.extend(conduct)

    def crash(self) -> Teller:
        """The power goes; whoever comes back finds what is on disk."""
        self.terminal.forget()
        self.teller.presenter._session._hold.close()
        self.teller = Teller(self.shop, self.terminal, self.teller.cart)
        return self.teller

    def journal(self, kind: str) -> int:
        found: list[JournalEntry] = self.shop.till.write(
            lambda uow: uow.find(JournalEntry, kind=kind)
        )
        return len(found)

    def abandoned(self) -> int:
        return len(self.shop.till.ask(payments.abandoned))


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with small_shop(tmp_path) as shop:
        made = Counter(shop)
        made.teller.open()
        yield made
        made.teller.presenter.suspend()


def test_the_step_is_on_disk_before_the_terminal_is_asked(counter: Counter) -> None:
    """Whatever happens to the request, the till knows that it made it."""
    seen = []

    class Watching(SimulatedTerminal):
        def purchase(self, payment_id: str, amount_minor: int) -> Answer:
            kept = counter.teller.kept()
            seen.append(kept is not None and kept.request is not None and kept.request.id)
            return super().purchase(payment_id, amount_minor)

    counter.terminal.driver = Watching(sleep=lambda _: None)
    counter.teller.presenter.pay("card")
    assert seen == [counter.terminal.asked[0][1]]


def test_approved_it_is_stored_with_its_reference(counter: Counter) -> None:
    """Nothing is sold before the answer; afterwards the payment has the request's id."""
    teller = counter.teller
    teller.presenter.pay("card")
    assert teller.state.terminal is not None
    assert (teller.state.terminal.title, teller.done) == ("Card  €4.78", [])
    counter.terminal.deliver()
    receipt = counter.shop.till.ask(receipts.last)
    assert receipt is not None
    ((what, payment_id),) = counter.terminal.asked
    assert (what, receipt.payments[0].id) == ("purchase", payment_id)
    assert receipt.payments[0].reference.startswith("SIM ****1111")
    assert counter.machine.charged_minor == 478


def test_nothing_else_is_taken_while_the_terminal_is_asked(counter: Counter) -> None:
    """Failure 26, at the terminal: further keys neither pay nor ask again."""
    presenter = counter.teller.presenter
    presenter.pay("card")
    presenter.pay("card")
    presenter.pay_cash()
    presenter.back()
    counter.terminal.deliver()
    assert counter.teller.stored() == [("card", 478)]
    assert (len(counter.terminal.asked), counter.teller.times_left) == (1, 0)


def test_declined_another_way_is_open(counter: Counter) -> None:
    """The terminal's reason is shown, and cash is taken instead."""
    counter.script(Conduct.DECLINE)
    counter.teller.presenter.pay("card", "2")
    counter.terminal.deliver()
    assert counter.teller.state.error == "The card was not charged: Declined by the bank."
    counter.teller.presenter.pay_cash()
    assert (counter.teller.stored(), counter.machine.charged_minor) == ([("cash", 478)], 0)


def test_a_broken_answer_is_asked_after_before_the_cashier_is(counter: Counter) -> None:
    """The terminal took it and died; its own word is enough, nobody is asked."""
    counter.script(Conduct.DIE)
    counter.teller.presenter.pay("card")
    counter.terminal.deliver()
    assert [what for what, _ in counter.terminal.asked] == ["purchase", "status"]
    assert counter.teller.stored() == [("card", 478)]


def test_a_time_out_in_which_nothing_was_taken(counter: Counter) -> None:
    """The terminal knows nothing of it: the charge is open again."""
    counter.script(Conduct.TIME_OUT)
    counter.teller.presenter.pay("card")
    counter.terminal.deliver()
    assert counter.teller.state.terminal is None
    assert counter.teller.state.info == "The card was not charged."
    counter.teller.desk.undo_abandoned()
    counter.terminal.deliver()
    assert (counter.abandoned(), counter.machine.charged_minor) == (0, 0)


class Mute(SimulatedTerminal):
    """Takes the money and says nothing any more."""

    def status(self, payment_id: str) -> Answer:
        raise TerminalFault("no connection")


@pytest.mark.parametrize("taken", [True, False])
def test_after_a_crash_the_terminal_and_then_the_cashier_is_asked(
    counter: Counter, taken: bool
) -> None:
    """Between asked and answered the power goes: the screen comes back, and charges no second time.

    The terminal is asked what became of the id first; where it does not answer, the cashier looks.
    """
    mute = Mute(sleep=lambda _: None, script=[Conduct.DIE if taken else Conduct.TIME_OUT])
    counter.terminal.driver = mute
    counter.teller.presenter.pay("card")
    teller = counter.crash()
    assert teller.resume()
    counter.terminal.deliver()
    assert [what for what, _ in counter.terminal.asked] == ["purchase", "status"]
    doubt = teller.state.terminal
    assert doubt is not None
    assert (doubt.title, doubt.yes, doubt.no) == (
        "Was the card charged €4.78?",
        "Yes, charged",
        "No, not charged",
    )
    teller.presenter.terminal.ask_again()
    counter.terminal.deliver()
    assert teller.state.terminal == doubt
    teller.presenter.terminal.confirm(taken)
    if taken:
        assert teller.stored() == [("card", 478)]
    else:
        assert (teller.state.remaining, teller.paid()) == ("€4.78", [])
        teller.presenter.pay_cash()
        assert teller.stored() == [("cash", 478)]
    assert mute.charged_minor == (478 if taken else 0)


def test_after_a_crash_the_terminals_word_ends_the_doubt(counter: Counter) -> None:
    """It was taken: the sale is stored at once, and the part paid before is still there."""
    counter.teller.presenter.pay_cash("1")
    counter.teller.presenter.pay("card")
    teller = counter.crash()
    assert teller.resume()
    assert teller.paid() == ["Cash €1.00"]
    counter.terminal.deliver()
    assert teller.stored() == [("cash", 100), ("card", 378)]


def test_paid_but_not_stored_when_the_power_went(counter: Counter) -> None:
    """The card was charged and the answer kept; the sale follows when the till is back."""
    counter.shop.till.write(shifts.close_shift, 10_000)
    counter.teller.presenter.pay("card")
    counter.terminal.deliver()
    assert "No shift is open" in counter.teller.state.error
    counter.shop.till.write(shifts.open_shift, 10_000)
    teller = counter.crash()
    assert teller.resume()
    assert teller.stored() == [("card", 478)]


def test_a_late_approval_is_given_back(counter: Counter) -> None:
    """Failure 29: the terminal approves after the cashier gave up and took cash.

    It is reversed without anybody's doing, shown, and in the journal; no sale of 0 comes of it.
    """
    teller = counter.teller
    counter.script(Conduct.LATE)
    teller.presenter.pay("card")
    teller.presenter.terminal.cancel()
    assert teller.state.info == "Card payment cancelled. Checking with the terminal…"
    teller.presenter.pay_cash()
    assert counter.machine.charged_minor == 478
    counter.terminal.deliver()
    assert counter.machine.charged_minor == 0
    assert teller.stored() == [("cash", 478)]
    assert [note.text for note in teller.notes] == [
        "The card was charged €4.78 after you cancelled. It has been refunded."
    ]
    assert (counter.journal("card_abandoned"), counter.journal("card_undone")) == (1, 1)
    assert counter.abandoned() == 0


def test_a_late_approval_across_a_restart_is_given_back(counter: Counter) -> None:
    """Failure 29, and the power goes before the terminal answers: the next start asks after it."""
    counter.script(Conduct.LATE)
    counter.teller.presenter.pay("card")
    counter.teller.presenter.terminal.cancel()
    teller = counter.crash()
    assert not teller.resume()
    counter.terminal.deliver()
    assert (counter.machine.charged_minor, counter.abandoned()) == (0, 0)
    assert len(teller.notes) == 1


def test_what_the_terminal_does_not_give_back_is_shown_until_it_is_done(counter: Counter) -> None:
    """Failure 29 with a terminal that will not reverse: tried again, or done by hand."""

    class Stubborn(SimulatedTerminal):
        def reverse(self, payment_id: str) -> Answer:
            return Answer(payment_id, Outcome.REFUSED, message="Batch closed")

    teller = counter.teller
    counter.terminal.driver = Stubborn(sleep=lambda _: None, script=[Conduct.LATE])
    teller.presenter.pay("card")
    teller.presenter.terminal.cancel()
    counter.terminal.deliver()
    teller.desk.undo_abandoned()
    counter.terminal.deliver()
    assert [note.text for note in teller.notes] == [
        "€4.78 must not stand on the card terminal."
    ] * 2
    teller.desk.undone_by_hand(teller.notes[0].stuck_id)
    assert counter.abandoned() == 0
    teller.desk.undo_abandoned()
    counter.terminal.deliver()
    assert len(teller.notes) == 2


def test_a_late_approval_without_a_terminal_any_more(counter: Counter) -> None:
    """The till was changed to a stand-alone terminal: the cashier is told, again and again."""
    counter.teller.presenter.pay("card")
    counter.teller.presenter.terminal.cancel()
    counter.teller.desk.use(None)
    counter.teller.desk.undo_abandoned()
    assert counter.teller.notes[-1].stuck_id


def test_cancelled_in_time_the_terminal_stops(counter: Counter) -> None:
    """What it never took is struck off the list, and that is said, for it was being looked up."""

    class Slow(SimulatedTerminal):
        def purchase(self, payment_id: str, amount_minor: int) -> Answer:
            self.cancel(payment_id)
            return super().purchase(payment_id, amount_minor)

    counter.terminal.driver = Slow(sleep=lambda _: None)
    counter.teller.presenter.pay("card")
    counter.teller.presenter.terminal.cancel()
    counter.terminal.deliver()
    assert counter.abandoned() == 0
    assert [note.text for note in counter.teller.notes] == [
        "Card payment cancelled. The card was not charged."
    ]


def test_the_cashier_said_taken_and_the_terminal_denies_it(counter: Counter) -> None:
    """The sale stands, and the contradiction is told."""
    counter.script(Conduct.TIME_OUT)
    counter.terminal.driver = Mute(sleep=lambda _: None, script=[Conduct.TIME_OUT])
    teller = counter.teller
    teller.presenter.pay("card")
    counter.terminal.deliver()
    late = counter.terminal.asked[0][1]
    teller.presenter.terminal.confirm(True)
    assert teller.stored() == [("card", 478)]
    teller.desk._said(late, Answer(late, Outcome.REFUSED))
    assert [note.text for note in teller.notes] == [
        "The terminal says it did not take €4.78. Correct the sale."
    ]


# ---------------------------------------------------------------- giving back


def test_a_card_is_taken_back_on_the_terminal_first(counter: Counter) -> None:
    """The payment counts until the terminal says that it is reversed."""
    teller = counter.teller
    teller.presenter.pay("card", "2")
    counter.terminal.deliver()
    teller.presenter.terminal.take_back(0)
    assert (teller.paid(), counter.machine.charged_minor) == (["Card €2.00"], 0)
    counter.terminal.deliver()
    assert (teller.paid(), teller.asked) == ([], [])


def test_leaving_reverses_every_card_and_then_leaves(counter: Counter) -> None:
    """Back to the cart with two card payments and cash: one after the other goes back."""
    teller = counter.teller
    for typed in ("1", "2"):
        teller.presenter.pay("card", typed)
        counter.terminal.deliver()
    teller.presenter.pay_cash("1")
    teller.answers = [True]
    teller.presenter.back()
    assert teller.times_left == 0
    counter.terminal.deliver()
    assert (teller.times_left, counter.machine.charged_minor, teller.kept()) == (1, 0, None)
    assert isinstance(teller.asked[-1], AskYesNo)


def test_a_reversal_in_doubt_keeps_the_cashier_at_the_screen(counter: Counter) -> None:
    """Neither left nor forgotten: given back or not is what the cashier has to say."""

    class Breaking(Mute):
        def reverse(self, payment_id: str) -> Answer:
            super().reverse(payment_id)
            raise TerminalFault("broken")

    counter.terminal.driver = Breaking(sleep=lambda _: None)
    teller = counter.teller
    teller.presenter.pay("card", "2")
    counter.terminal.deliver()
    teller.answers = [True]
    teller.presenter.back()
    counter.terminal.deliver()
    assert teller.state.terminal is not None
    assert teller.state.terminal.title == "Was €2.00 refunded to the card?"
    teller.presenter.terminal.confirm(False)
    assert (teller.paid(), teller.times_left) == (["Card €2.00"], 0)
    assert "The payment was not cancelled" in teller.state.error


def test_a_crash_while_leaving_finds_the_reversal_done(counter: Counter) -> None:
    """The terminal gave it back and the power went: nothing counts as paid afterwards."""
    counter.teller.presenter.pay("card", "2")
    counter.terminal.deliver()
    counter.teller.presenter.terminal.take_back(0)
    teller = counter.crash()
    assert teller.resume()
    counter.terminal.deliver()
    assert (teller.paid(), teller.state.remaining) == ([], "€4.78")


def test_money_is_paid_out_to_a_card(counter: Counter) -> None:
    """A refund is asked of the terminal as one, once."""
    teller = counter.teller
    teller.presenter.back()
    milk = teller.cart.lines[0]
    teller.cart = teller.cart.set_quantity(milk.id, -4000)
    teller.open()
    teller.presenter.pay("card")
    counter.terminal.deliver()
    assert counter.machine.charged_minor == -167
    assert teller.stored() == [("card", -167)]


def test_locked_while_asked_the_answer_is_asked_after(counter: Counter) -> None:
    """The till is locked before the terminal answers: after the PIN the sale is stored."""
    teller = counter.teller
    teller.presenter.pay("card")
    teller.presenter.suspend()
    counter.terminal.deliver()
    assert teller.stored() == []
    assert teller.resume()
    counter.terminal.deliver()
    assert teller.stored() == [("card", 478)]


def test_a_lock_while_the_terminal_reverses_waits_for_its_answer(counter: Counter) -> None:
    """Asked meanwhile, it would say that the payment stands, and then give the money back."""
    counter.teller.presenter.pay("card", "1")
    counter.terminal.deliver()
    counter.terminal.is_lazy = True
    counter.teller.answers = [True]
    counter.teller.presenter.back()
    counter.teller.presenter.suspend()
    assert counter.teller.resume()
    assert [what for what, _ in counter.terminal.asked] == ["purchase", "reverse"]
    assert counter.teller.paid() == ["Card €1.00"]
    counter.terminal.deliver()
    assert (counter.teller.paid(), counter.machine.charged_minor) == ([], 0)
