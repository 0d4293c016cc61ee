"""The cashier's screens: one story on one till, a picture after each step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.kit.qt.approval import ApprovalSheet
from app.kit.qt.confirm import ConfirmSheet
from app.kit.sync_figures import SyncFigures
from app.setup import sample
from localdb.domain.pricing import Discount
from localdb.queries import lists, products
from localdb.services import people
from resources.styling import Scheme
from tests.app.stage import CASHIER_PIN, Stage, open_stage
from tests.screens import accounts, returns
from tests.screens.studio import settle

BASKET = ("Bananas", "Milk", "Coffee", "Bread", "Chocolate", "Butter", "Mineral water")


@contextmanager
def opened(folder: Path, scheme: Scheme) -> Iterator[Stage]:
    """The till that the story is played on."""
    with open_stage(folder, sample.load, scheme=scheme) as stage:
        stage.till.write(people.create, "Noor Haddad", "supervisor", "3579")
        accounts.fill(stage.till)
        stage.window.show()
        yield stage


def _signed_in(stage: Stage) -> None:
    presenter = stage.signin.presenter
    presenter.choose(presenter.state.people[0].id)
    for digit in CASHIER_PIN:
        presenter.digit(digit)
    presenter.enter()


def _wrong_pin(stage: Stage) -> None:
    presenter = stage.signin.presenter
    presenter.choose(presenter.state.people[0].id)
    presenter.digit("9")
    presenter.enter()
    presenter.digit("1")
    presenter.digit("2")


def _shift_opened(stage: Stage) -> None:
    _close_sheets(stage)
    stage.program.drawer.shift.open(10_000)


def _basket(stage: Stage) -> None:
    selling = stage.selling.presenter
    for words in BASKET:
        found = stage.till.ask(products.search, words, 1)
        if found:
            selling.pick(found[0].id, "0.842*" if found[0].kind == "weighed" else "")
            _close_sheets(stage)
    selling.open_cart.move(-2)
    line = selling.selected
    assert line is not None
    selling.open_cart.change(selling.cart.discount_line(line.id, Discount(rate_ppm=100_000)))
    selling.open_cart.select(line.id)
    selling.set_customer(None, "Ines Duarte", tax_exempt=False)
    stage.figures = SyncFigures(enrolled=True)


def _searched(stage: Stage) -> None:
    stage.selling.search.setText("choc")
    stage.figures = SyncFigures(enrolled=True, waiting_groups=12)


def _not_found(stage: Stage) -> None:
    stage.selling.search.clear()
    for code in ("5901234123457", "4006381333931", "4006381333931"):
        stage.selling.presenter.scan(code)
    stage.figures = SyncFigures(enrolled=True, waiting_sales=14, offline_since_us=1)
    stage.window._show_sync()


def _not_found_charged(stage: Stage) -> None:
    stage.selling.charge_asked.emit()


def _weighed(stage: Stage) -> None:
    _close_sheets(stage)
    stage.selling.presenter.open_cart.dismiss_missed()
    found = stage.till.ask(products.search, "apples", 1)
    stage.selling.presenter.pick(found[0].id)


def _discount(stage: Stage) -> None:
    _close_sheets(stage)
    stage.selling.presenter.discount()


def _age(stage: Stage) -> None:
    _close_sheets(stage)
    found = stage.till.ask(products.search, "wine", 1) or stage.till.ask(products.search, "beer", 1)
    stage.selling.presenter.pick(found[0].id)


def _keys(stage: Stage) -> None:
    _close_sheets(stage)
    stage.window.show_help()


def _charged(stage: Stage) -> None:
    _close_sheets(stage)
    stage.selling.charge_asked.emit()


def _split(stage: Stage) -> None:
    stage.charge.presenter.pay("card", "10")
    stage.charge.amount.setText("50")


def _change(stage: Stage) -> None:
    stage.charge._pay("cash")
    stage.figures = SyncFigures(enrolled=True, attention=2)
    stage.window._show_sync()


def _receipt(stage: Stage) -> None:
    stage.program.receipts.show_last()


def _offers(stage: Stage) -> None:
    """Two offers, a coupon and a price by the crate."""
    _close_sheets(stage)
    selling = stage.selling.presenter
    for sku in ("1166", "1039", "1168", "1169", "1170"):
        selling.scan(sku)
    selling.scan("1180", "24*")
    selling.scan("welcome10")


def _offers_receipt(stage: Stage) -> None:
    stage.selling.charge_asked.emit()
    stage.charge._pay("cash")
    stage.program.receipts.show_last()


def _training(stage: Stage) -> None:
    _close_sheets(stage)
    people_here = stage.till.ask(lists.people)
    stage.till.sign_in(next(user for user in people_here if user.role == "supervisor"))
    stage.program.paying.training.begin()
    next(s for s in stage.window.findChildren(ConfirmSheet) if s.isVisible()).yes.click()
    found = stage.till.ask(products.search, "milk", 1)
    stage.selling.presenter.pick(found[0].id)


def _training_charge(stage: Stage) -> None:
    stage.selling.charge_asked.emit()


def _training_locked(stage: Stage) -> None:
    stage.program.people.lock()


def _switch(stage: Stage) -> None:
    _close_sheets(stage)
    stage.program.people.switch()


def _approval(stage: Stage) -> None:
    """A cashier asks for half off, and the manager mistypes."""
    _close_sheets(stage)
    cashier = next(user for user in stage.till.ask(lists.people) if user.role == "cashier")
    stage.till.sign_in(cashier)
    stage.window.bar.show_cashier(cashier.name)
    selling = stage.selling.presenter
    found = stage.till.ask(products.search, "milk", 1)
    selling.pick(found[0].id, "-2*")
    sheet = next(s for s in stage.window.findChildren(ApprovalSheet) if s.isVisible())
    for digit in "12":
        sheet.presenter.digit(digit)


def _close_sheets(stage: Stage) -> None:
    stage.window.close_sheets()
    settle(2)


SCENES: tuple[tuple[str, Callable[[Stage], None]], ...] = (
    ("sign-in", lambda stage: None),
    ("wrong-pin", _wrong_pin),
    ("open-shift", _signed_in),
    ("empty", _shift_opened),
    ("selling", _basket),
    ("search", _searched),
    ("not-found", _not_found),
    ("not-found-charged", _not_found_charged),
    ("weight", _weighed),
    ("discount", _discount),
    ("customer", accounts.found),
    ("customer-shown", accounts.shown),
    ("customer-form", accounts.form),
    ("gift-card", accounts.gift_card),
    ("gift-card-new", accounts.gift_card_new),
    ("gift-card-blocked", accounts.gift_card_blocked),
    ("asking", accounts.asking),
    ("age", _age),
    ("keys", _keys),
    ("charge", _charged),
    ("split", _split),
    ("change", _change),
    ("receipt", _receipt),
    ("refund-found", returns.found),
    ("refund-missing", returns.missing),
    ("refund-picked", returns.picked),
    ("refund-refused", returns.refused),
    ("exchange", returns.exchange),
    ("exchange-charge", returns.exchange_charge),
    ("exchange-cancel", returns.cancel),
    ("invoice", returns.invoice),
    ("returned", returns.done),
    ("offers", _offers),
    ("offers-receipt", _offers_receipt),
    ("switch", _switch),
    ("approval", _approval),
    ("training", _training),
    ("training-charge", _training_charge),
    ("training-locked", _training_locked),
)
