"""The charge screen in every state: one story on a till of its own, a picture after each step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.devices.terminal_simulator import Conduct, SimulatedTerminal
from app.kit.qt.confirm import ConfirmSheet
from app.kit.qt.options import OptionsSheet
from app.paying.card_desk import CardNote
from app.setup import sample
from localdb.domain.records import Customer, PaymentMethod
from localdb.queries import lists, products
from localdb.services import customers, settings, shifts
from localdb.store.unit_of_work import UnitOfWork
from resources.styling import Scheme
from tests.app.stage import Stage, open_stage
from tests.support.terminals import QueuedTerminal

OWN = ("Meal voucher", "Local currency", "Bank transfer by phone", "Cheque", "Bitcoin")
BASKET = ("Bananas", "Milk", "Coffee", "Wine glass", "Butter")


@contextmanager
def opened(folder: Path, scheme: Scheme) -> Iterator[Stage]:
    """A till with a manager signed in, a shift open, and a customer to sell to."""
    with open_stage(folder, sample.load, scheme=scheme) as stage:
        stage.till.write(customers.create, "Ines Duarte", phone="+351 912 555 010")
        manager = next(user for user in stage.till.ask(lists.people) if user.role == "manager")
        stage.till.sign_in(manager)
        stage.till.write(shifts.open_shift, 10_000)
        stage.window.show()
        stage.program.people._signed_in(manager)
        yield stage


def _basket(stage: Stage, quantity: str = "") -> None:
    """A cart with a customer, ready to be charged."""
    stage.window.close_sheets()
    selling = stage.selling.presenter
    for words in BASKET:
        found = stage.till.ask(products.search, words, 1)
        if found and found[0].kind != "weighed":
            selling.pick(found[0].id, quantity)
    ines = stage.till.ask(lists.customers, "Ines")[0]
    stage.till.write(lambda uow: uow.edit(Customer, ines.id, credit_limit_minor=50_000))
    selling.set_customer(ines.id, ines.name, tax_exempt=False)


def _add_method(uow: UnitOfWork, position: int, name: str) -> None:
    asks = position == 0
    uow.insert(
        PaymentMethod(
            id=uow.new_id(),
            code=f"own{position}",
            name=name,
            position=position,
            asks_reference=asks,
        )
    )


def _many_methods(stage: Stage) -> None:
    """Own methods, tips, a customer: as much as there can be."""
    _unsplit(stage)
    stage.till.write(settings.change, "tip_ppm", "50000,100000,150000")
    stage.till.write(settings.change, "point_minor", "1")
    for position, name in enumerate(OWN):
        stage.till.write(_add_method, position, name)
    ines = stage.till.ask(lists.customers, "Ines")[0]
    stage.selling.presenter.set_customer(ines.id, ines.name, tax_exempt=False)
    stage.selling.charge_asked.emit()
    stage.charge.presenter.tip(stage.charge.presenter.state.tips[2].minor)


def _many_payments(stage: Stage) -> None:
    charge = stage.charge.presenter
    for code, typed, reference in (
        ("card", "2", "VISA ****1111 A-55021"),
        ("wallet", "1.50", ""),
        ("own0", "0.80", "V-10023"),
        ("cash", "1", ""),
    ):
        charge.pay(code, typed, reference)
    charge.pay("card", "9000")


def _reference(stage: Stage) -> None:
    stage.charge._letter("g")


def _split(stage: Stage) -> None:
    """The second of three even payments."""
    charge = stage.charge.presenter
    for sheet in stage.window.findChildren(OptionsSheet):
        if sheet.isVisible():
            sheet.take(2)
    charge.pay("card")


def _unsplit(stage: Stage) -> None:
    stage.charge.presenter.terminal.take_back(0)
    stage.charge.presenter.back()


def _split_question(stage: Stage) -> None:
    stage.charge.presenter.ask_split()


def _leaving(stage: Stage) -> None:
    stage.charge.presenter.select("cash")
    stage.charge.presenter.back()


def _left(stage: Stage) -> None:
    for sheet in stage.window.findChildren(ConfirmSheet):
        if sheet.isVisible():
            sheet.accept()


def _terminal(stage: Stage, *conduct: Conduct) -> QueuedTerminal:
    terminal = QueuedTerminal(SimulatedTerminal(script=conduct, sleep=lambda _: None))
    stage.program.paying.cards.use(terminal)
    return terminal


def _asked(stage: Stage) -> None:
    _left(stage)
    _terminal(stage)
    stage.selling.charge_asked.emit()
    stage.charge.presenter.pay("cash", "1")
    stage.charge.presenter.pay("card")


def _in_doubt(stage: Stage) -> None:
    """The power went, and the terminal does not answer."""
    stage.charge.presenter.suspend()
    stage.program.paying.resume()


def _declined(stage: Stage) -> None:
    stage.charge.presenter.terminal.confirm(False)
    terminal = _terminal(stage, Conduct.DECLINE)
    stage.charge.presenter.pay("card")
    terminal.deliver()
    note = CardNote("warning", "€12.50 must not stand on the card terminal.", "a payment")
    stage.program.paying.note(note)


def _refund(stage: Stage) -> None:
    stage.charge.notes.clear()
    stage.charge.presenter.back()
    _left(stage)
    stage.selling.presenter.open_cart.finish()
    stage.program.paying.cards.use(None)
    _basket(stage, "-2*")
    stage.selling.charge_asked.emit()


def _correction(stage: Stage) -> None:
    stage.charge._pay("cash")
    stage.program.paying.correct_last()


def _plain(stage: Stage) -> None:
    """As most shops see it."""
    _basket(stage)
    stage.selling.presenter.set_customer(None, "", tax_exempt=False)
    stage.selling.charge_asked.emit()


SCENES: tuple[tuple[str, Callable[[Stage], None]], ...] = (
    ("charge", _plain),
    ("charge-split-question", _split_question),
    ("charge-split", _split),
    ("charge-methods", _many_methods),
    ("charge-payments", _many_payments),
    ("charge-reference", _reference),
    ("charge-leaving", _leaving),
    ("charge-terminal", _asked),
    ("charge-doubt", _in_doubt),
    ("charge-declined", _declined),
    ("charge-refund", _refund),
    ("charge-correction", _correction),
)
