"""A cashier at the charge screen, without a screen, over a real database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.devices.terminal import CardTerminal
from app.kit.claims import OnWord
from app.kit.flow import Ask
from app.kit.formats import Formats
from app.paying.card_desk import CardDesk, CardNote
from app.paying.charge import ChargePresenter
from app.paying.funds import ClaimedFunds
from app.paying.payable import CartSale, Payable
from app.paying.state import ChargeState
from app.selling.done import Done
from localdb.domain.cart import Cart
from localdb.domain.charge import Charge
from localdb.domain.claims import NO_WORD, Wish
from localdb.domain.records import Payment
from localdb.domain.terms_json import terms_of
from localdb.domain.totals import totals
from localdb.queries import offers, payments
from localdb.services import settings
from localdb.store.unit_of_work import UnitOfWork
from tests.support.shops import Shop


@dataclass
class SilentServer:
    """Hears every wish and has no word to say."""

    wishes: list[Wish] = field(default_factory=list)

    def ask(self, wish: Wish, answer: OnWord) -> None:
        self.wishes.append(wish)
        answer(NO_WORD)


@dataclass
class Teller:
    """A presenter in front of a cart of milk and bread, 4.78 in all; answers what is asked."""

    shop: Shop
    terminal: CardTerminal | None = None
    cart: Cart = field(default_factory=Cart)
    answers: list[Any] = field(default_factory=list)
    """What is answered to the next questions; with none left a question stays open."""
    states: list[ChargeState] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    notes: list[CardNote] = field(default_factory=list)
    times_left: int = 0
    server: SilentServer = field(default_factory=SilentServer)

    def __post_init__(self) -> None:
        till = self.shop.till
        self.desk = CardDesk(till, Formats(), self.notes.append)
        self.desk.use(self.terminal)
        funds = ClaimedFunds(till, self.shop.clock, self.server)
        new_id = self.new_id
        self.presenter = ChargePresenter(till, Formats(), self, self.desk, funds, new_id)
        if self.cart.is_empty:
            self.cart = self.shop.cart(self.shop.milk, self.shop.bread)

    def new_id(self) -> str:
        return self.shop.till.write(UnitOfWork.new_id)

    # ------------------------------------------------------------ the screen's part

    def show_state(self, state: ChargeState) -> None:
        self.states.append(state)

    def ask(self, question: Ask, answer: Callable[[Any], None]) -> None:
        self.asked.append(question)
        if self.answers:
            answer(self.answers.pop(0))

    def finish(self, done: Done) -> None:
        self.done.append(done)

    def leave(self) -> None:
        self.times_left += 1

    # ------------------------------------------------------------ the cashier's part

    def open(self, payable: Payable | None = None) -> None:
        """Begin to take payment for the cart, or for something else."""
        self.presenter.open(payable or self.sale())

    def resume(self) -> bool:
        """Come back after a crash; whether anything was under way."""
        self.desk.undo_abandoned()
        charge = self.kept()
        if charge is None or not charge.is_begun:
            return False
        terms, due_minor = terms_of(charge.subject), charge.tender.due_minor
        sale = CartSale(self.shop.till, self.cart, terms, due_minor)
        self.presenter.resume(sale, charge)
        return True

    def sale(self) -> CartSale:
        terms = self.shop.till.ask(offers.terms, self.shop.clock())
        due = totals(self.cart, terms).total_minor
        return CartSale(self.shop.till, self.cart, terms, due)

    def set(self, name: str, value: object) -> None:
        """Change one of the shop's settings."""
        self.shop.till.write(settings.change, name, str(value))

    # ------------------------------------------------------------ what came of it

    @property
    def state(self) -> ChargeState:
        return self.presenter.state

    def paid(self) -> list[str]:
        """The payments on the screen: `Card €2.00`."""
        return [f"{one.name} {one.amount}" for one in self.state.payments]

    def kept(self) -> Charge | None:
        return self.shop.till.ask(payments.open_charge)

    def stored(self) -> list[tuple[str, int]]:
        """Every payment of every sale, in the order taken."""
        found = self.shop.till.write(lambda uow: uow.find(Payment))
        ordered = sorted(found, key=lambda one: (one.sale_id, one.position))
        return [(one.method, one.amount_minor) for one in ordered]
