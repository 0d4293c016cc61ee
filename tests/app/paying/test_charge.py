"""Taking payment without a screen, over a real database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit.flow import AskApproval, AskNumber, AskYesNo
from app.paying.state import MethodView
from localdb.domain.balances import card_line
from localdb.domain.claims import Wish
from localdb.domain.permissions import Approval, Permission
from localdb.domain.pricing import Discount
from localdb.domain.records import Customer, GiftCard, PaymentMethod, Sale
from localdb.domain.tender import PAYMENTS_MAX, Tender
from localdb.queries import balances, receipts
from localdb.services import customers, offers, shifts
from localdb.services.checkout import checkout
from localdb.store.unit_of_work import UnitOfWork
from tests.app.paying.charging import Teller
from tests.support.shops import small_shop


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Teller]:
    """A cashier about to take payment, with a stand-alone card terminal."""
    with small_shop(tmp_path) as shop:
        made = Teller(shop)
        yield made
        made.presenter.suspend()


def test_quick_cash_offers_exact_and_the_next_notes(desk: Teller) -> None:
    """The first offer is exactly what is due; the rest are notes above it, rising."""
    desk.open()
    assert [(offer.label, offer.is_exact) for offer in desk.state.quick][:3] == [
        ("€4.78", True),
        ("€5.00", False),
        ("€10.00", False),
    ]


def test_change_comes_back_once_stored(desk: Teller) -> None:
    """What is announced is on disk already, and nothing is left under way."""
    desk.open()
    desk.presenter.pay_cash("10")
    assert [(d.change, d.receipt_number, d.opens_drawer) for d in desk.done] == [
        ("€5.22", "S01-T01-000001", True)
    ]
    receipt = desk.shop.till.ask(receipts.last)
    assert receipt is not None
    assert receipt.sale.total_minor == 478
    assert desk.kept() is None


def test_a_thousand_paid_is_a_thousand(desk: Teller) -> None:
    """A grouping mark never divides what is handed over."""
    desk.open()
    desk.presenter.pay_cash("1,000")
    assert [d.change for d in desk.done] == ["€995.22"]


def test_far_more_cash_than_is_due_is_asked_about(desk: Teller) -> None:
    """It is taken when the cashier says so, and else nothing is paid."""
    desk.answers = [False]
    desk.open()
    desk.presenter.pay_cash("50000")
    (question,) = desk.asked
    assert isinstance(question, AskYesNo)
    assert question.title == "Is €50,000.00 right?"
    assert question.text == "€4.78 is due. The change would be €49,995.22."
    assert desk.paid() == []
    desk.answers = [True]
    desk.presenter.pay_cash("50000")
    assert [d.change for d in desk.done] == ["€49,995.22"]


def test_an_amount_that_may_be_two_pays_nothing(desk: Teller) -> None:
    """Both readings are said, and the button shows none of them before."""
    desk.open()
    assert desk.presenter.written("cash", "1.250") == ""
    desk.presenter.pay_cash("1.250")
    assert desk.state.error == "Did you mean 1,250 or 1.25? Type 1250 or 1.25."
    assert desk.paid() == []


def test_a_paid_sale_takes_no_more(desk: Teller) -> None:
    """Failure 26: a second payment after the last is ignored, the sale is stored once."""
    desk.open()
    desk.presenter.pay_cash()
    desk.presenter.pay_cash()
    desk.presenter.pay("card")
    assert len(desk.done) == 1
    assert not desk.presenter.is_open
    assert desk.stored() == [("cash", 478)]


@pytest.mark.parametrize("typed", ["abc", "0", "-5", "1.234"])
def test_a_wrong_amount_is_said_and_changes_nothing(desk: Teller, typed: str) -> None:
    """What is no amount is explained; nothing counts as paid."""
    desk.open()
    desk.presenter.pay_cash(typed)
    assert desk.state.error
    assert desk.paid() == []


def test_a_card_never_gives_change(desk: Teller) -> None:
    """More than is due by card is refused."""
    desk.open()
    desk.presenter.pay("card", "10")
    assert "Only cash can be more" in desk.state.error


def test_any_mix_and_any_order(desk: Teller) -> None:
    """Cash, card, coupon and wallet share a sale, up to so many payments."""
    desk.open()
    for code, typed in (("cash", "1"), ("card", "1"), ("coupon", "0.50"), ("wallet", "1")):
        desk.presenter.pay(code, typed)
    assert desk.paid() == ["Cash €1.00", "Card €1.00", "Coupon €0.50", "Wallet €1.00"]
    assert desk.state.remaining == "€1.28"
    for _ in range(PAYMENTS_MAX):
        desk.presenter.pay_cash("0.01")
    assert "at most 20" in desk.state.error


def test_a_part_payment_is_on_disk(desk: Teller) -> None:
    """After each payment that leaves a rest, what was taken survives a power cut."""
    desk.open()
    assert desk.kept() is None
    desk.presenter.pay_cash("2")
    after_crash = Teller(desk.shop)
    assert after_crash.resume()
    assert (after_crash.paid(), after_crash.state.remaining) == (["Cash €2.00"], "€2.78")
    after_crash.presenter.pay_cash()
    assert after_crash.stored() == [("cash", 200), ("cash", 278)]


def test_an_offer_changed_before_the_power_is_back_changes_no_payment(desk: Teller) -> None:
    """The sale is stored for what the customer was asked for, not for what it costs by now."""
    desk.open()
    desk.presenter.pay_cash("2")
    desk.shop.till.write(offers.add_promotion, "Half", "percent", rate_ppm=500_000)
    after_crash = Teller(desk.shop)
    assert after_crash.resume()
    after_crash.presenter.pay_cash()
    assert after_crash.stored() == [("cash", 200), ("cash", 278)]
    assert after_crash.state.error == ""


def test_a_lock_puts_the_payment_away(desk: Teller) -> None:
    """What was paid comes back; what was only opened is forgotten."""
    desk.open()
    desk.presenter.pay("card", "2")
    desk.presenter.suspend()
    assert not desk.presenter.is_open
    assert desk.resume()
    desk.answers = [True]
    desk.presenter.terminal.take_back(0)
    desk.presenter.suspend()
    assert desk.kept() is None
    assert not desk.resume()


def test_leaving_gives_back_what_was_paid_and_never_forgets_it(desk: Teller) -> None:
    """The cashier is told what goes back, the card's cancellation by name; or stays."""
    desk.open()
    desk.presenter.pay("card", "2")
    desk.presenter.pay_cash("1")
    desk.answers = [False, True]
    desk.presenter.back()
    assert (desk.paid(), desk.times_left) == (["Card €2.00", "Cash €1.00"], 0)
    desk.presenter.back()
    assert (desk.times_left, desk.presenter.is_open, desk.kept()) == (1, False, None)
    question = desk.asked[-1]
    assert isinstance(question, AskYesNo)
    assert "Card  €2.00\nCash  €1.00" in question.text
    assert desk.stored() == []


def test_leaving_with_nothing_paid_asks_nothing(desk: Teller) -> None:
    """Back to the cart is one key."""
    desk.open()
    desk.presenter.back()
    assert (desk.times_left, desk.asked) == (1, [])


def test_taking_a_card_back_asks_whether_it_is_cancelled(desk: Teller) -> None:
    """A stand-alone terminal knows nothing of the till: without a yes the payment stands."""
    desk.open()
    desk.presenter.pay("card", "2", "A-77")
    assert desk.state.payments[0].detail == "A-77"
    desk.answers = [False, True]
    desk.presenter.terminal.take_back(0)
    assert desk.paid() == ["Card €2.00"]
    desk.presenter.terminal.take_back(0)
    assert (desk.paid(), desk.state.remaining) == ([], "€4.78")


def test_any_cash_payment_is_taken_back_at_once(desk: Teller) -> None:
    """Not only the last one."""
    desk.open()
    desk.presenter.pay_cash("1")
    desk.presenter.pay_cash("2")
    desk.presenter.terminal.take_back(0)
    assert (desk.paid(), desk.asked) == (["Cash €2.00"], [])


def test_a_sale_that_cannot_be_stored_can_be_tried_again(desk: Teller) -> None:
    """Without a shift nothing is stored; what was paid stays paid, also across a crash."""
    desk.shop.till.write(shifts.close_shift, 10_000)
    desk.open()
    desk.presenter.pay_cash()
    assert "No shift is open" in desk.state.error
    assert desk.state.is_paid
    desk.shop.till.write(shifts.open_shift, 0)
    after_crash = Teller(desk.shop)
    assert after_crash.resume()
    assert len(after_crash.done) == 1
    assert after_crash.stored() == [("cash", 478)]


def test_nothing_to_pay_is_stored_by_one_key(desk: Teller) -> None:
    """A cart that comes to nothing needs no payment, only the confirmation."""
    desk.cart = desk.cart.discount_cart(Discount(rate_ppm=1_000_000))
    desk.open()
    desk.presenter.pay_cash()
    assert [(d.total, d.opens_drawer) for d in desk.done] == [("€0.00", False)]


def test_money_is_paid_out_for_what_comes_back(desk: Teller) -> None:
    """A cart below zero is given back, typed without a sign."""
    milk = desk.cart.lines[0]
    desk.cart = desk.cart.void_line(desk.cart.lines[1].id).set_quantity(milk.id, -2000)
    desk.open()
    assert (desk.state.is_refund, desk.state.remaining) == (True, "€2.58")
    desk.presenter.pay_cash("1")
    desk.presenter.pay("card")
    assert desk.stored() == [("cash", -100), ("card", -158)]


# ---------------------------------------------------------------- cash and tips


def test_cash_is_rounded_to_the_coins_in_use(desk: Teller) -> None:
    """The setting counts for cash alone, and quick cash offers coins that exist."""
    desk.set("cash_step_minor", 5)
    desk.open()
    assert desk.state.quick[0].label == "€4.80"
    assert (desk.presenter.written("cash", ""), desk.presenter.written("card", "")) == (
        "€4.80",
        "€4.78",
    )
    desk.presenter.pay_cash()
    (sale,) = desk.shop.till.write(lambda uow: uow.find(Sale))
    assert (sale.total_minor, sale.rounding_minor) == (478, 2)


def test_tips_are_offered_and_chosen(desk: Teller) -> None:
    """Rates of the settings and any amount; on the card's slip, beside the sale's total."""
    desk.set("tip_ppm", "50000,100000")
    desk.open()
    assert [tip.label for tip in desk.state.tips] == ["No tip", "5%\n€0.24", "10%\n€0.48"]
    desk.presenter.tip(48)
    assert [tip.is_chosen for tip in desk.state.tips] == [False, False, True]
    assert (desk.state.tip, desk.state.remaining) == ("€0.48", "€5.26")
    desk.answers = [100]
    desk.presenter.press("t")
    assert isinstance(desk.asked[-1], AskNumber)
    assert desk.state.tips[-1].is_chosen
    desk.presenter.pay("card")
    (sale,) = desk.shop.till.write(lambda uow: uow.find(Sale))
    assert (sale.total_minor, sale.tip_minor) == (478, 100)
    assert desk.stored() == [("card", 478)]


def test_a_shop_without_tips_offers_none_but_takes_one(desk: Teller) -> None:
    """An amount and T: a customer's wish needs no setting."""
    desk.open()
    assert desk.state.tips == ()
    desk.presenter.tip_typed("0.22")
    desk.presenter.pay_cash("10")
    assert desk.done[0].change == "€5.00"


# ---------------------------------------------------------------- methods


def method(desk: Teller, code: str) -> MethodView:
    return next(one for one in desk.state.methods if one.code == code)


def test_a_letter_chooses_and_enter_takes(desk: Teller) -> None:
    """Three keys: F12, the letter, Enter; after a payment Enter takes cash again."""
    desk.open()
    assert desk.presenter.press("w")
    assert desk.state.selected == "wallet"
    assert not desk.presenter.press("z")
    desk.presenter.pay(desk.state.selected, "1")
    assert (desk.paid(), desk.state.selected) == (["Wallet €1.00"], "cash")


def test_the_shops_own_method_asks_for_its_reference(desk: Teller) -> None:
    """Without one it is chosen and waits; with one it is taken, and the receipt names it."""
    own = PaymentMethod(
        id=desk.new_id(), code="meal", name="Meal voucher", asks_reference=True, opens_drawer=True
    )
    desk.shop.till.write(UnitOfWork.insert, own)
    desk.open()
    desk.presenter.pay("meal")
    assert (desk.state.selected, desk.paid()) == ("meal", [])
    assert desk.state.info.startswith("Reference of the meal voucher")
    desk.presenter.pay("meal", "", "V-1")
    assert desk.done[0].opens_drawer
    receipt = desk.shop.till.ask(receipts.last)
    assert receipt is not None
    assert [(receipt.method_name(p.method), p.reference) for p in receipt.payments] == [
        ("Meal voucher", "V-1")
    ]


def gift_card(desk: Teller, minor: int) -> GiftCard:
    """A card that was sold with so much on it."""
    card = GiftCard(id=desk.new_id(), code="GC100200")
    desk.shop.till.write(UnitOfWork.insert, card)
    cart = desk.shop.cart().add(card_line(desk.new_id(), card, minor, is_new=True))
    desk.shop.till.write(checkout, cart, Tender(minor, desk.shop.till.currency).pay_cash())
    return card


def test_a_gift_card_pays_what_is_on_it(desk: Teller) -> None:
    """Scanned, it pays up to its balance and no more, twice neither; the rest otherwise."""
    card = gift_card(desk, 300)
    desk.open()
    assert desk.presenter.pay_scanned(card.code)
    assert (desk.paid(), desk.state.remaining) == (["Gift card €3.00"], "€1.78")
    desk.presenter.pay("gift_card", "", card.code)
    assert "Nothing is left" in desk.state.error
    desk.presenter.pay_cash()
    assert len(desk.done) == 1
    assert desk.shop.till.ask(lambda c: balances.balance(c, "gift_card", card.id)) == 0
    assert desk.done[0].left == ("Left on the gift card: €0.00",)


def test_a_card_that_need_not_pay_is_free_for_other_tills(desk: Teller) -> None:
    """The server is asked before it pays, and told when its payment is taken back."""
    card = gift_card(desk, 300)
    desk.open()
    desk.presenter.pay("gift_card", "1", card.code)
    desk.presenter.pay("gift_card", "2", card.code)
    assert [wish.amount for wish in desk.server.wishes] == [100, 300]
    desk.presenter.terminal.take_back(1)
    assert desk.server.wishes[2:] == [Wish("gift_card", card.id, 100)]
    desk.presenter.pay_cash()
    assert len(desk.done) == 1
    assert desk.server.wishes[3:] == []


def test_leaving_the_payment_gives_every_card_up(desk: Teller) -> None:
    """Whoever goes back to the cart keeps nothing from the other tills."""
    card = gift_card(desk, 300)
    desk.open()
    desk.presenter.pay("gift_card", "", card.code)
    desk.answers = [True]
    desk.presenter.back()
    assert desk.times_left == 1
    assert [wish.amount for wish in desk.server.wishes] == [478, 0]


def test_a_card_this_till_does_not_know(desk: Teller) -> None:
    """It is said; a scan of anything else is left to the cart."""
    desk.open()
    desk.presenter.pay("gift_card", "", "GC999")
    assert "does not know the gift card GC999" in desk.state.error
    assert not desk.presenter.pay_scanned("4006381333931")


def customer(desk: Teller, limit_minor: int = 0) -> Customer:
    made = desk.shop.till.write(customers.create, "Ines")
    desk.shop.till.write(lambda uow: uow.edit(Customer, made.id, credit_limit_minor=limit_minor))
    desk.cart = desk.cart.set_customer(made.id, "Ines")
    return made


def test_a_customers_methods_need_a_customer(desk: Teller) -> None:
    """Credit and account are offered once the cart has a customer."""
    desk.open()
    assert not {"store_credit", "on_account"} & {one.code for one in desk.state.methods}
    desk.presenter.back()
    customer(desk)
    desk.open()
    assert {"store_credit", "on_account"} <= {one.code for one in desk.state.methods}
    desk.presenter.pay("store_credit")
    assert "no store credit left" in desk.state.error


def test_on_account_up_to_the_limit_and_with_leave(desk: Teller) -> None:
    """A cashier needs somebody's leave; no more is owed than the customer's limit."""
    buyer = customer(desk, 300)
    desk.open()
    desk.presenter.pay("on_account")
    assert desk.paid() == ["On account €3.00"]
    desk.presenter.terminal.take_back(0)
    desk.presenter.back()
    desk.shop.till.sign_in(desk.shop.cashier)
    desk.open()
    desk.answers = [None]
    desk.presenter.pay("on_account")
    assert isinstance(desk.asked[-1], AskApproval)
    assert desk.paid() == []
    leave = Approval(permission=Permission.ON_ACCOUNT, user_id=buyer.id)
    desk.answers = [leave]
    desk.presenter.pay("on_account", "2")
    assert desk.paid() == ["On account €2.00"]
