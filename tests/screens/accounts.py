"""Scenes of the till: customers and what they have, gift cards, a word of the server."""

from app.customers.qt.customer import CustomerSheet
from app.customers.qt.gift_card import GiftCardSheet
from app.kit.flow import AskServer
from app.kit.qt.waiting import WaitingSheet
from localdb.domain.claims import Wish
from localdb.domain.records import GiftCard
from localdb.queries import lists
from localdb.services import balances, customers
from localdb.services.till import Till
from tests.app.stage import Stage


class _Silent:
    """A server that lets the cashier wait."""

    def ask(self, wish: object, answer: object) -> None:
        pass


def fill(till: Till) -> None:
    """Customers and cards, and what a manager put on them."""
    till.sign_in(next(user for user in till.ask(lists.people) if user.role == "manager"))
    group = till.write(customers.new_group, "Regulars")
    till.write(customers.create, "Tom Okafor", email="tom@example.org")
    ines = till.write(
        customers.create, "Ines Duarte", phone="+351 912 555 010", email="ines@example.org",
        card="C-20017", group_id=group.id, vat_number="PT501964843", credit_limit_minor=50_000,
        address="Rua do Almada 12, 4050-037 Porto", note="Prefers paper bags",
    )  # fmt: skip
    for kind, amount in (("points", 1240), ("store_credit", 1500), ("on_account", 17_350)):
        till.write(balances.adjust, kind, ines.id, amount, "carried over")
    card = till.write(balances.new_card, "GC-0001-7734")
    till.write(balances.adjust, "gift_card", card.id, 3550, "carried over")
    lost = till.write(balances.new_card, "GC-0001-9000")
    till.write(balances.adjust, "gift_card", lost.id, 1000, "carried over")
    till.write(lambda uow: uow.edit(GiftCard, lost.id, active=False))
    till.sign_out()


def found(stage: Stage) -> None:
    """The list, with what everybody has."""
    _close(stage)
    stage.selling.presenter.set_customer(None, "", tax_exempt=False)
    stage.program.customers.choose()


def shown(stage: Stage) -> None:
    """One customer in full."""
    sheet = _customer_sheet(stage)
    sheet.search.setText("ines")
    sheet.presenter.look(0)


def form(stage: Stage) -> None:
    """The form, with two fields that are wrong."""
    sheet = _customer_sheet(stage)
    sheet.presenter.edit()
    for name, entry in (("email", "nobody"), ("credit_limit_minor", "a lot")):
        sheet.presenter.type(name, entry)
    sheet.presenter.save()


def gift_card(stage: Stage) -> None:
    """A card that is good."""
    _close(stage)
    stage.program.customers.gift_card("GC-0001-7734")
    _gift_card_sheet(stage).amount.setText("25")


def gift_card_new(stage: Stage) -> None:
    """A card that nobody knows yet."""
    _gift_card_sheet(stage).take_scan("GC-0002-0001")
    _gift_card_sheet(stage).accept()


def gift_card_blocked(stage: Stage) -> None:
    """A card that was lost."""
    _gift_card_sheet(stage).take_scan("GC-0001-9000")


def asking(stage: Stage) -> None:
    """The server is asked."""
    _close(stage)
    question = AskServer(Wish("held_cart", "x"), "Recall sale")
    WaitingSheet(stage.window, stage.place.theme, _Silent(), question, lambda word: None)


def _customer_sheet(stage: Stage) -> CustomerSheet:
    return next(s for s in stage.window.findChildren(CustomerSheet) if s.isVisible())


def _gift_card_sheet(stage: Stage) -> GiftCardSheet:
    return next(s for s in stage.window.findChildren(GiftCardSheet) if s.isVisible())


def _close(stage: Stage) -> None:
    stage.window.close_sheets()
