"""Signing in: a right PIN, a wrong one, and too many wrong ones."""

from dataclasses import replace
from pathlib import Path

import pytest

from localdb.domain import pin
from localdb.domain.permissions import Permission, Request
from localdb.domain.pin import badge_digest
from localdb.domain.records import AuditEntry, Sale, User
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.queries import carts as cart_queries
from localdb.services import carts, catalogue, people, settings, shifts, staff
from localdb.services.checkout import checkout
from tests.support.shops import CASHIER_PIN, MANAGER_PIN, MILK, Shop, small_shop

BADGE = "EVT-GRACE-1"
PAID_OUT = Request(permission=Permission.PAID_OUT, words="Pay out 5.00", amount_minor=500)


def test_the_right_pin_signs_in(tmp_path: Path) -> None:
    """From then on what is written carries that person."""
    with small_shop(tmp_path) as shop:
        assert people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN) == shop.cashier
        assert shop.till.user == shop.cashier


def given_out(shop: Shop) -> User:
    """Somebody new, with a one-time PIN as the server's operator hands it out."""
    kim = shop.till.write(people.create, "Kim", "manager", "1111")
    once = pin.hash_pin("246810", bytes(16), one_time=True)
    return shop.till.write(lambda uow: uow.edit(User, kim.id, pin_hash=once))


def test_a_one_time_pin_lets_its_owner_choose_another_and_no_more(tmp_path: Path) -> None:
    """It signs nobody in, allows nothing, and is worth nothing once another is chosen."""
    with small_shop(tmp_path) as shop:
        kim = given_out(shop)
        shop.till.sign_in(shop.cashier)
        answer = shop.till.write(people.approve, PAID_OUT, kim.id, "246810")
        assert (answer.approval, answer.message) == (None, people.CHOOSE_FIRST)
        shop.till.sign_out()
        with pytest.raises(people.NewPinNeeded):
            people.sign_in(shop.till, kim.id, "246810")
        assert shop.till.user is None
        chosen = people.choose_pin(shop.till, kim.id, "246810", "8642")
        assert shop.till.user == chosen
        with pytest.raises(Refusal, match="Wrong PIN"):
            people.sign_in(shop.till, kim.id, "246810")
        assert people.sign_in(shop.till, kim.id, "8642").name == "Kim"
        with pytest.raises(Refusal, match="has changed"):
            people.choose_pin(shop.till, kim.id, "8642", "1357")


@pytest.mark.parametrize(
    ("one_time", "chosen", "said"),
    [
        ("246810", "246810", "other than"),
        ("246810", "12", "4 to 12 digits"),
        ("000000", "8642", "Wrong PIN"),
    ],
)
def test_a_pin_that_cannot_be_chosen_changes_nothing(
    tmp_path: Path, one_time: str, chosen: str, said: str
) -> None:
    """The given one again, one too short, and any after a wrong one-time PIN."""
    with small_shop(tmp_path) as shop:
        kim = given_out(shop)
        shop.till.sign_out()
        with pytest.raises(Refusal, match=said):
            people.choose_pin(shop.till, kim.id, one_time, chosen)
        assert shop.till.user is None
        with pytest.raises(people.NewPinNeeded):
            people.sign_in(shop.till, kim.id, "246810")


def test_wrong_pins_bring_a_growing_delay_that_also_the_right_one_waits_for(tmp_path: Path) -> None:
    """After five wrong tries nobody gets in until the time is over."""
    with small_shop(tmp_path) as shop:
        for _ in range(5):
            with pytest.raises(Refusal, match="Wrong PIN"):
                people.sign_in(shop.till, shop.cashier.id, "0000")
        with pytest.raises(Refusal, match=r"Wait \d+ s"):
            people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN)
        shop.clock.advance_s(60)
        assert people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN) == shop.cashier


def test_who_left_cannot_sign_in(tmp_path: Path) -> None:
    """A person who is no longer active is told the same as for a wrong PIN."""
    with small_shop(tmp_path) as shop:
        shop.till.write(lambda uow: uow.edit(User, shop.cashier.id, active=False))
        with pytest.raises(Refusal, match="Wrong PIN"):
            people.sign_in(shop.till, shop.cashier.id, CASHIER_PIN)


def test_only_a_manager_passes(tmp_path: Path) -> None:
    """A cashier is told to ask a manager."""
    with small_shop(tmp_path) as shop:
        shop.till.write(people.require, Permission.SETTINGS)
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(people.require, Permission.SETTINGS)


def test_a_code_in_use_finds_no_second_product(tmp_path: Path) -> None:
    """The service checks what the tables leave open, for the case of two offline tills."""
    with small_shop(tmp_path) as shop, pytest.raises(Refusal, match="already belongs"):
        shop.till.write(catalogue.add_barcode, shop.bread.id, "04006381333931")


def audit_log(shop: Shop) -> list[AuditEntry]:
    """Everything in the log but what preparing the people left there."""
    entries = shop.till.write(lambda uow: uow.find(AuditEntry))
    return [entry for entry in entries if entry.action not in ("user_added", "user_changed")]


def test_a_manager_allows_one_action_and_the_cashier_stays(tmp_path: Path) -> None:
    """The log says who, who allowed, what and how much; who is signed in does not change."""
    with small_shop(tmp_path) as shop:
        shop.till.sign_in(shop.cashier)
        answer = shop.till.write(people.approve, PAID_OUT, shop.manager.id, MANAGER_PIN)
        assert answer.approval is not None
        assert shop.till.user == shop.cashier
        [entry] = audit_log(shop)
        assert (entry.action, entry.user_id, entry.approved_by, entry.amount_minor) == (
            "paid_out",
            shop.cashier.id,
            shop.manager.id,
            500,
        )
        assert entry.detail == "Pay out 5.00"
        shop.till.write(people.require, Permission.PAID_OUT, answer.approval)


def test_an_override_stays_in_the_log_when_what_it_allowed_fails(tmp_path: Path) -> None:
    """Rolled back is the action, not that a manager's PIN was typed for it."""
    with small_shop(tmp_path) as shop:
        shop.till.write(shifts.close_shift, 0)
        shop.till.sign_in(shop.cashier)
        approval = shop.till.write(people.approve, PAID_OUT, shop.manager.id, MANAGER_PIN).approval
        with pytest.raises(Refusal, match="No shift is open"):
            shop.till.write(shifts.paid_out, 500, "windows", approval=approval)
        assert [entry.action for entry in audit_log(shop)] == ["paid_out"]


def test_leave_is_for_what_was_asked_and_for_who_asked(tmp_path: Path) -> None:
    """An approval opens no other door, and is good for nobody else; one made up opens none."""
    with small_shop(tmp_path) as shop:
        other = shop.till.write(people.create, "Linus", "cashier", "5555")
        shop.till.sign_in(shop.cashier)
        approval = shop.till.write(people.approve, PAID_OUT, shop.manager.id, MANAGER_PIN).approval
        assert approval is not None
        made_up = replace(approval, audit_id=shop.milk.id)
        for permission, given in (
            (Permission.SETTINGS, approval),
            (Permission.SETTINGS, replace(approval, permission=Permission.SETTINGS)),
            (Permission.PAID_OUT, made_up),
            (Permission.PAID_OUT, None),
        ):
            with pytest.raises(Refusal, match="manager"):
                shop.till.write(people.require, permission, given)
        shop.till.sign_in(other)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(people.require, Permission.PAID_OUT, approval)


def test_a_wrong_pin_for_leave_counts_like_one_at_sign_in(tmp_path: Path) -> None:
    """The growing delay is the approver's, whichever door was tried; nothing goes into the log."""
    with small_shop(tmp_path) as shop:
        shop.till.sign_in(shop.cashier)
        for _ in range(5):
            answer = shop.till.write(people.approve, PAID_OUT, shop.manager.id, "0000")
            assert answer.approval is None
            assert "Wrong PIN" in answer.message
        answer = shop.till.write(people.approve, PAID_OUT, shop.manager.id, MANAGER_PIN)
        assert "Too many attempts" in answer.message
        with pytest.raises(Refusal, match="Too many attempts"):
            people.sign_in(shop.till, shop.manager.id, MANAGER_PIN)
        assert audit_log(shop) == []


def test_who_may_not_do_it_may_not_allow_it(tmp_path: Path) -> None:
    """A colleague's right PIN is no leave."""
    with small_shop(tmp_path) as shop:
        other = shop.till.write(people.create, "Linus", "cashier", "5555")
        shop.till.sign_in(shop.cashier)
        answer = shop.till.write(people.approve, PAID_OUT, other.id, "5555")
        assert answer.approval is None
        assert "can't approve" in answer.message
        assert audit_log(shop) == []


def with_badge(shop: Shop) -> None:
    shop.till.write(staff.set_badge, shop.cashier.id, BADGE)


def test_a_badge_signs_in_and_is_kept_nowhere(tmp_path: Path) -> None:
    """One scan; neither the row, nor what goes up, nor the log holds the code."""
    with small_shop(tmp_path) as shop:
        with_badge(shop)
        assert people.sign_in_by_badge(shop.till, BADGE).user == shop.till.user
        assert shop.till.user is not None
        assert shop.till.user.id == shop.cashier.id
        with shop.database.read() as connection:
            tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'")
            kept = [
                str(connection.exec_driver_sql(f'SELECT * FROM "{name}"').all())
                for (name,) in tables.all()
            ]
        assert any(badge_digest(BADGE) in text for text in kept)
        assert not any(BADGE in text for text in kept)


def test_a_shop_may_want_the_pin_beside_the_badge(tmp_path: Path) -> None:
    """Then the scan says who it is, and signs nobody in."""
    with small_shop(tmp_path) as shop:
        with_badge(shop)
        shop.till.write(settings.change, "badge_needs_pin", "1")
        shop.till.sign_out()
        answer = people.sign_in_by_badge(shop.till, BADGE)
        assert (answer.user and answer.user.id, answer.needs_pin) == (shop.cashier.id, True)
        assert shop.till.user is None


def test_unknown_badges_bring_the_growing_delay(tmp_path: Path) -> None:
    """Codes cannot be tried by the hundred; after the delay a right one is taken."""
    with small_shop(tmp_path) as shop:
        with_badge(shop)
        for _ in range(5):
            with pytest.raises(Refusal, match="Unknown badge"):
                people.sign_in_by_badge(shop.till, "EVT-NOBODY")
        with pytest.raises(Refusal, match="Too many attempts"):
            people.sign_in_by_badge(shop.till, BADGE)
        shop.clock.advance_s(60)
        people.sign_in_by_badge(shop.till, BADGE)


def test_goods_scanned_on_the_locked_screen_are_no_attempt(tmp_path: Path) -> None:
    """However many are scanned, a badge is looked at."""
    with small_shop(tmp_path) as shop:
        with_badge(shop)
        for _ in range(6):
            with pytest.raises(Refusal, match="Sign in first"):
                people.sign_in_by_badge(shop.till, MILK)
        people.sign_in_by_badge(shop.till, BADGE)


def test_a_badge_that_two_offline_tills_gave_away_is_nobodys(tmp_path: Path) -> None:
    """It signs neither of them in: nobody is taken for another."""
    with small_shop(tmp_path) as shop:
        with_badge(shop)
        shop.till.write(people.create, "Linus", "cashier", "5555", badge=BADGE)
        with pytest.raises(Refusal, match="two people"):
            people.sign_in_by_badge(shop.till, BADGE)


def test_a_managers_badge_allows_one_action(tmp_path: Path) -> None:
    """A cashier's does not; where the PIN is wanted too, the badge alone allows nothing."""
    with small_shop(tmp_path) as shop:
        with_badge(shop)
        shop.till.write(staff.set_badge, shop.manager.id, "EVT-ADA-1")
        shop.till.write(settings.change, "badge_needs_pin", "0")
        shop.till.sign_in(shop.cashier)
        refused = shop.till.write(people.approve_by_badge, PAID_OUT, BADGE)
        assert refused.approval is None
        assert "can't approve" in refused.message
        given = shop.till.write(people.approve_by_badge, PAID_OUT, "EVT-ADA-1")
        assert given.approval is not None
        shop.till.write(people.require, Permission.PAID_OUT, given.approval)
        shop.till.sign_in(shop.manager)
        shop.till.write(settings.change, "badge_needs_pin", "1")
        shop.till.sign_in(shop.cashier)
        asked = shop.till.write(people.approve_by_badge, PAID_OUT, "EVT-ADA-1")
        assert (asked.approval, asked.needs_pin_of) == (None, shop.manager.id)


def test_who_takes_over_an_open_cart_charges_it_under_their_own_name(tmp_path: Path) -> None:
    """The sale is theirs; the log says whose lines they took over, once."""
    with small_shop(tmp_path) as shop:
        till = shop.till
        people.sign_in(till, shop.cashier.id, CASHIER_PIN)
        till.jot(carts.save_open, shop.cart(shop.milk, shop.bread))
        till.sign_out()
        people.sign_in(till, shop.cashier.id, CASHIER_PIN)
        assert audit_log(shop) == []
        till.sign_out()
        people.sign_in(till, shop.manager.id, MANAGER_PIN)
        [entry] = audit_log(shop)
        assert (entry.action, entry.user_id, entry.detail) == (
            "cart_taken_over",
            shop.manager.id,
            "2 lines from Grace",
        )
        cart = till.ask(cart_queries.open_cart)
        done = till.write(checkout, cart, Tender(478, till.currency).pay("cash", None))
        sale = till.write(lambda uow: uow.get(Sale, done.sale_id))
        assert sale is not None
        assert sale.cashier_id == shop.manager.id
        people.sign_in(till, shop.cashier.id, CASHIER_PIN)
        assert len(audit_log(shop)) == 1
