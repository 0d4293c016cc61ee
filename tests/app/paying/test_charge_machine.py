"""Whatever a cashier, a terminal and the power do: cards are charged for what is sold, and no more.

A terminal that fails in every known way, a cashier who pays, tips, takes back, gives up and leaves,
and crashes in between. In the end, the money taken at the terminal is the card payments stored.
"""

from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.devices.terminal import Answer, TerminalFault
from app.devices.terminal_simulator import Conduct, SimulatedTerminal
from localdb.domain.charge import Charge, Operation, Outcome, Step
from localdb.queries import payments, shifts
from tests.app.paying.charging import Teller
from tests.support.shops import Shop, small_shop
from tests.support.terminals import QueuedTerminal


class FaultyTerminal(SimulatedTerminal):
    """Goes deaf for a while, and breaks off while it reverses."""

    is_deaf = False
    breaks_reversals = False

    def status(self, payment_id: str) -> Answer:
        if self.is_deaf:
            raise TerminalFault("no connection")
        return super().status(payment_id)

    def reverse(self, payment_id: str) -> Answer:
        if self.is_deaf:
            raise TerminalFault("no connection")
        said = super().reverse(payment_id)
        if self.breaks_reversals:
            raise TerminalFault("broken")
        return said


class Counter(RuleBasedStateMachine):
    """One till, one terminal, one sale after the other."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop = shop
        self.machine = FaultyTerminal(sleep=lambda _: None)
        self.cards_before = self.stored("card")
        self.terminal = QueuedTerminal(self.machine)
        self.teller = Teller(shop, self.terminal)
        self.cart = self.teller.cart

    def stored(self, method: str) -> int:
        shift = self.shop.till.ask(shifts.current)
        assert shift is not None
        return shift.payments_minor.get(method, 0) + shift.tips_minor.get(method, 0)

    @property
    def charge(self) -> Charge | None:
        return self.teller.presenter._session.charge

    @initialize(is_lazy=st.booleans())
    def begin(self, is_lazy: bool) -> None:
        self.terminal.is_lazy = is_lazy

    # ------------------------------------------------------------ the cashier

    @rule(
        code=st.sampled_from(["card", "card", "card", "cash", "coupon"]),
        typed=st.sampled_from(["", "", "1", "2.50", "9"]),
    )
    def pay(self, code: str, typed: str) -> None:
        if not self.teller.presenter.is_open:
            self.teller.open()
        self.teller.presenter.pay(code, typed)

    @rule(minor=st.sampled_from([0, 30, 150]))
    def tip(self, minor: int) -> None:
        self.teller.presenter.tip(minor)

    @precondition(lambda self: self.charge is not None and self.charge.tender.payments)
    @rule(position=st.integers(0, 3))
    def take_back(self, position: int) -> None:
        assert self.charge is not None
        self.teller.presenter.terminal.take_back(position % len(self.charge.tender.payments))

    @precondition(lambda self: self.teller.presenter.is_open)
    @rule(gives_back=st.booleans())
    def leave(self, gives_back: bool) -> None:
        self.teller.answers = [gives_back]
        self.teller.presenter.back()
        self.teller.answers = []

    @precondition(lambda self: self.charge is not None and self.charge.step is Step.ASKED)
    @rule()
    def give_up(self) -> None:
        self.teller.presenter.terminal.cancel()

    @precondition(lambda self: self.charge is not None and self.charge.is_doubtful)
    @rule()
    def ask_again(self) -> None:
        self.teller.presenter.terminal.ask_again()

    @precondition(lambda self: self.charge is not None and self.charge.is_doubtful)
    @rule(looks_too_early=st.booleans())
    def look_at_the_terminal(self, looks_too_early: bool) -> None:
        """The cashier says what is seen; of a payment that may be just before it was taken."""
        assert self.charge is not None
        assert self.charge.request is not None
        request = self.charge.request
        outcome = SimulatedTerminal.status(self.machine, request.id).outcome
        if request.ask is Operation.REVERSE:
            self.teller.presenter.terminal.confirm(outcome is Outcome.REVERSED)
        else:
            self.teller.presenter.terminal.confirm(outcome is Outcome.TAKEN and not looks_too_early)

    # ------------------------------------------------------------ the terminal and the power

    @rule(conduct=st.sampled_from([*Conduct]))
    def next_payment(self, conduct: Conduct) -> None:
        self.machine._script.append(conduct)

    @rule(is_deaf=st.booleans(), breaks_reversals=st.booleans())
    def connection(self, is_deaf: bool, breaks_reversals: bool) -> None:
        self.machine.is_deaf, self.machine.breaks_reversals = is_deaf, breaks_reversals

    @precondition(lambda self: self.terminal.waiting > 0)
    @rule(at=st.integers(0, 3))
    def an_answer_arrives(self, at: int) -> None:
        self.terminal.deliver_one(at % self.terminal.waiting)

    @rule()
    def time_passes(self) -> None:
        self.teller.desk.undo_abandoned()

    @rule(after_asking=st.booleans())
    def the_power_goes(self, after_asking: bool) -> None:
        self.terminal.forget(after_asking=after_asking)
        self.teller.presenter._session._hold.close()
        self.teller = Teller(self.shop, self.terminal, self.cart)
        self.teller.resume()

    @rule()
    def lock_and_sign_in(self) -> None:
        self.teller.presenter.suspend()
        self.teller.resume()

    # ------------------------------------------------------------ what must hold

    @invariant()
    def the_screen_and_the_disk_agree(self) -> None:
        """What holds money is on disk; and nobody is shown what is not so."""
        charge, kept = self.charge, self.teller.kept()
        if charge is not None and charge.request is not None:
            assert kept is not None
            assert kept.request == charge.request
        held = sum(paid.amount_minor for paid in charge.tender.payments) if charge else 0
        assert held == (kept.tender.paid_minor if kept and charge else 0)

    def teardown(self) -> None:
        """The terminal works again, and every doubt is looked into: all sums agree."""
        self.machine.is_deaf = self.machine.breaks_reversals = False
        for _ in range(5):
            self.terminal.deliver()
            self.teller.presenter.terminal.ask_again()
            self.terminal.deliver()
            self.leave(True)
            self.teller.desk.undo_abandoned()
        self.terminal.deliver()
        assert not self.teller.presenter.is_open
        assert self.teller.kept() is None
        assert self.shop.till.ask(payments.abandoned) == ()
        assert self.machine.charged_minor == self.stored("card") - self.cards_before


def test_cards_are_charged_for_what_is_sold_and_no_more(tmp_path: Path) -> None:
    """Failure 29 and every other way in which a terminal and a till come apart."""
    with small_shop(tmp_path) as shop:

        class InThisShop(Counter):
            def __init__(self) -> None:
                super().__init__(shop)

        run_state_machine_as_test(
            InThisShop, settings=settings(max_examples=100, stateful_step_count=30, deadline=None)
        )
