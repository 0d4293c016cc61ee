"""Every kind of sheet, each opened over one stand: for what must hold of all of them."""

from collections.abc import Callable, Iterator

from app.catalogue.categories import category_form
from app.catalogue.price_lists import list_price_form, price_list_form
from app.catalogue.promotions import promotion_form
from app.catalogue.qt.offer_trial import TrialSheet
from app.catalogue.qt.offers import ListPriceSheet, PriceListSheet, PromotionSheet
from app.catalogue.qt.price_change import PriceChangeSheet
from app.catalogue.qt.product import ProductSheet
from app.conflicts.qt.detail import ConflictSheet
from app.conflicts.qt.parked import ParkedSheet
from app.customers.qt.customer import CustomerSheet
from app.customers.qt.gift_card import GiftCardSheet
from app.drawer.qt.count import CountSheet
from app.drawer.qt.shift_report import ShiftReportSheet
from app.drawer.shift import ShiftPresenter
from app.kit.flow import (
    AskApproval,
    AskCash,
    AskDiscount,
    AskNumber,
    AskOpenItem,
    AskOption,
    AskReason,
    AskServer,
    AskYesNo,
    Option,
)
from app.kit.qt.approval import ApprovalSheet
from app.kit.qt.confirm import ConfirmSheet
from app.kit.qt.form import FormSheet
from app.kit.qt.number import NumberSheet
from app.kit.qt.options import OptionsSheet
from app.kit.qt.pin_sheet import PinSheet
from app.kit.qt.reason import ReasonSheet
from app.kit.qt.sheet import Sheet
from app.kit.qt.text import TextSheet
from app.kit.qt.waiting import WaitingSheet
from app.kit.registry import Action, Found
from app.paying.correction import WrongPayment
from app.paying.qt.payments import PaymentsSheet
from app.people.qt.staff import StaffSheet
from app.people.qt.switch_user import SwitchSheet
from app.people.staff import staff_form
from app.receipts.qt.buyer import BuyerSheet
from app.receipts.qt.receipt import ReceiptAction, ReceiptSheet
from app.receipts.receipt import ReceiptView
from app.selling.held import HeldView
from app.selling.qt.discount import DiscountSheet
from app.selling.qt.favourites import FavouritesSheet
from app.selling.qt.held import HeldSheet
from app.selling.qt.open_item import OpenItemSheet
from app.setup.qt.recovery_sheet import RecoveryDialog
from app.setup.recovery import Recovery
from app.shell.help import HelpSheet
from app.shell.palette import PaletteSheet
from app.shell.person import PersonSheet
from app.syncing.qt.joining import JoinSheet
from app.syncing.qt.panel import SyncPanel
from localdb.domain.claims import Wish
from localdb.domain.permissions import Permission, Request
from localdb.domain.records import PriceList, Promotion
from localdb.queries import lists, products, sync_view
from localdb.services import balances, catalogue, customers, offers
from localdb.store.keys import recovery_text
from tests.screens.manager import Stand, park, port, stock_shelves
from tests.support.contradictions import deletion_conflict, price_conflict
from tests.support.shops import KEY

Opener = Callable[[Stand], Sheet]
LEAVE = Request(permission=Permission.NO_SALE, words="Open the drawer")
PARENTS = frozenset({PinSheet})
"""Never shown themselves."""


def kinds(of: type[Sheet] = Sheet) -> Iterator[type[Sheet]]:
    """Every kind of sheet there is, but for those that are only derived from."""
    for kind in of.__subclasses__():
        if kind not in PARENTS:
            yield kind
        yield from kinds(kind)


def nothing(*_answer: object) -> None:
    """What a sheet of a picture does with its answer."""


FOUND = (
    Found("X report", "Cash", nothing),
    Found("Whole milk 1 l", "Product  ·  €1.29", nothing),
)
ACTIONS = (
    Action(name="switch", title="Switch user", section="till", run=nothing, shortcut="F11"),
    Action(name="train", title="Begin training", section="till", run=nothing),
)


class _Silent:
    """A server that lets the cashier wait."""

    def ask(self, wish: object, answer: object) -> None:
        pass


def _discount(at: Stand) -> Sheet:
    return DiscountSheet(
        at.host, at.place.theme, at.place.formats, AskDiscount("Milk 1 l"), nothing
    )


def _weight(at: Stand) -> Sheet:
    question = AskNumber("Weight", "weight", "Bananas", "kg")
    return NumberSheet(at.host, at.place.theme, at.place.formats, question, nothing)


def _count(*, by_pieces: bool) -> Opener:
    def opener(at: Stand) -> Sheet:
        question = AskCash("Close shift", "Count the cash in the drawer.", by_pieces=by_pieces)
        return CountSheet(at.host, at.place.theme, at.place.formats, question, nothing)

    return opener


def _confirm(at: Stand) -> Sheet:
    question = AskYesNo("Is the customer 18 or older?", "Check a document.", "Yes", "No")
    return ConfirmSheet(at.host, at.place.theme, question, nothing)


def _open_item(at: Stand) -> Sheet:
    taxes = tuple(Option(name, name) for name in ("Reduced rate", "Standard rate"))
    question = AskOpenItem("Open item 4006381333931", taxes, "Standard rate")
    return OpenItemSheet(at.host, at.place.theme, at.place.formats, question, nothing)


def _reason(at: Stand) -> Sheet:
    usual = ShiftPresenter(at.shop.till, at.place.formats).reasons("paid_out")
    return ReasonSheet(at.host, at.place.theme, AskReason("Reason", usual), nothing)


def _variants(at: Stand) -> Sheet:
    sizes = tuple(Option(size, size, "€19.90") for size in ("S", "M", "L", "XL"))
    return OptionsSheet(at.host, at.place.theme, AskOption("T-shirt", sizes), nothing)


def _customer(page: str) -> Opener:
    def opener(at: Stand) -> Sheet:
        ines = next(iter(at.shop.till.ask(lists.customers, "Ines")), None)
        if ines is None:
            ines = at.shop.till.write(customers.create, "Ines Duarte", phone="+351 912 555 010")
        shown = ines.id if page == "shown" else None
        sheet = CustomerSheet(at.host, at.place, nothing, nothing, nothing, shown)
        if page == "form":
            sheet.presenter.start_new("Tom Okafor")
        return sheet

    return opener


def _gift_card(at: Stand) -> Sheet:
    code = f"GC-{at.place.new_id()[-12:]}"
    card = at.shop.till.write(balances.new_card, code)
    at.shop.till.write(balances.adjust, "gift_card", card.id, 3550, "carried over")
    return GiftCardSheet(at.host, at.place, nothing, code)


def _favourites(at: Stand) -> Sheet:
    at.shop.till.write(catalogue.arrange_favourites, [at.shop.milk.id, at.shop.bread.id])
    return FavouritesSheet(at.host, at.place, nothing)


def _held(at: Stand) -> Sheet:
    carts = [HeldView(str(n), f"Coat {n}", "2 items") for n in range(3)]
    return HeldSheet(at.host, at.place.theme, carts, nothing)


def _join(at: Stand) -> Sheet:
    return JoinSheet(at.host, at.place, nothing, nothing)


def _payments(at: Stand) -> Sheet:
    wrong = [WrongPayment("1", "Cash €1.29"), WrongPayment("2", "Card €3.49")]
    return PaymentsSheet(at.host, at.place.theme, wrong, nothing)


def _product(at: Stand) -> Sheet:
    if not at.shop.till.ask(products.search, "jam", 1):
        stock_shelves(at.shop)
    return ProductSheet(
        at.host, at.place, at.shop.till.ask(products.search, "jam", 1)[0].id, nothing
    )


def _category(at: Stand) -> Sheet:
    form = category_form(at.shop.till)
    return FormSheet(at.host, at.place, form, None, nothing)


def _staff(at: Stand) -> Sheet:
    return StaffSheet(at.host, at.place, staff_form(at.shop.till), at.shop.cashier.id, nothing)


def _promotion(at: Stand) -> Sheet:
    form = promotion_form(at.shop.till, at.place.formats, "percent")
    return PromotionSheet(at.host, at.place, form, None, nothing, kind="percent")


def _trial(at: Stand) -> Sheet:
    return TrialSheet(at.host, at.place, Promotion(id="", name="X", kind="percent", rate_ppm=1))


def _price_change(at: Stand) -> Sheet:
    return PriceChangeSheet(at.host, at.place, (at.shop.milk, at.shop.bread), nothing)


def _price_list(at: Stand) -> Sheet:
    form = price_list_form(at.shop.till)
    friends = _friends(at).id
    return PriceListSheet(at.host, at.place, form, friends, nothing, show_prices=nothing)


def _list_price(at: Stand) -> Sheet:
    form = list_price_form(at.shop.till, _friends(at))
    return ListPriceSheet(at.host, at.place, form, None, nothing)


def _friends(at: Stand) -> PriceList:
    return at.shop.till.write(offers.add_price_list, "Friends")


def _receipt(at: Stand) -> Sheet:
    actions = [ReceiptAction("Refund", "undo", nothing), ReceiptAction("Print", "print", nothing)]
    view = ReceiptView("S01-T01-000001", ("Corner Shop", "Milk 1 l   1.29"))
    return ReceiptSheet(at.host, at.place.theme, view, actions)


def recovery(at: Stand) -> Recovery:
    """The recovery sheet of the stand's till."""
    return Recovery(at.shop.till, lambda: recovery_text(KEY), at.folder, at.place.now_us)


def _recovery(at: Stand) -> Sheet:
    return RecoveryDialog(at.host, at.place.theme, recovery(at))


def _x_report(at: Stand) -> Sheet:
    view = ShiftPresenter(at.shop.till, at.place.formats).x_report()
    assert view is not None, "no shift is open"
    return ShiftReportSheet(at.host, at.place.theme, view, nothing)


def _conflict(raised: Callable[..., str]) -> Opener:
    def opener(at: Stand) -> Sheet:
        return ConflictSheet(at.host, at.place, raised(at.shop), nothing)

    return opener


def _parked(at: Stand) -> Sheet:
    park(at.shop)
    parked = at.shop.till.ask(sync_view.parked)[0]
    return ParkedSheet(at.host, at.place, parked, at.folder, nothing)


def _sync(at: Stand) -> Sheet:
    park(at.shop)
    return SyncPanel(at.host, at.place, port(), at.folder)


def _waiting(at: Stand) -> Sheet:
    question = AskServer(Wish("held_cart", "x"), "Recall sale")
    return WaitingSheet(at.host, at.place.theme, _Silent(), question, nothing)


OPENERS: dict[str, Opener] = {
    "approval": lambda at: ApprovalSheet(
        at.host, at.place.theme, at.shop.till, AskApproval(LEAVE), nothing
    ),
    "buyer": lambda at: BuyerSheet(at.host, at.place.theme, ("", "", ""), nothing),
    "confirm": _confirm,
    "conflict-fields": _conflict(price_conflict),
    "conflict-deleted": _conflict(deletion_conflict),
    "count-pieces": _count(by_pieces=True),
    "count-total": _count(by_pieces=False),
    "customer-find": _customer("find"),
    "customer-shown": _customer("shown"),
    "customer-form": _customer("form"),
    "discount": _discount,
    "favourites": _favourites,
    "gift-card": _gift_card,
    "held": _held,
    "palette": lambda at: PaletteSheet(at.host, at.place.theme, lambda _text: FOUND),
    "person": lambda at: PersonSheet(at.host, at.place.theme, "Mara Lindqvist", ACTIONS),
    "help": lambda at: HelpSheet(at.host, at.place.theme),
    "join": _join,
    "number": _weight,
    "parked": _parked,
    "payments": _payments,
    "category": _category,
    "promotion": _promotion,
    "trial": _trial,
    "price_change": _price_change,
    "price_list": _price_list,
    "list_price": _list_price,
    "staff": _staff,
    "product": _product,
    "open-item": _open_item,
    "reason": _reason,
    "receipt": _receipt,
    "recovery": _recovery,
    "shift-report": _x_report,
    "switch": lambda at: SwitchSheet(at.host, at.place.theme, at.shop.till, nothing),
    "sync": _sync,
    "text": lambda at: TextSheet(at.host, at.place.theme, "Name this sale", "Coat", nothing),
    "variants": _variants,
    "waiting": _waiting,
}
