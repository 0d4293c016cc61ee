"""What a person changes is in the audit log, whichever service did it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.domain.permissions import Permission
from localdb.domain.records import AuditEntry, Product, TaxClass, TaxRate
from localdb.services import catalogue, conflicts, settings, staff, sync_queue
from localdb.store import outbox
from localdb.store.audit_trail import DETAIL_MAX
from localdb.store.unit_of_work import UnitOfWork
from tests.support.contradictions import price_conflict
from tests.support.shops import Shop, small_shop
from tests.support.verdicts import record_verdict

TILL = " (till T01)"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A stand-alone till whose manager is signed in."""
    with small_shop(tmp_path) as made:
        yield made


def log(shop: Shop) -> list[tuple[str, str]]:
    """Action and detail, oldest first."""
    found = shop.till.write(lambda uow: uow.find(AuditEntry))
    assert {entry.user_id for entry in found} <= {shop.manager.id}
    return [(entry.action, entry.detail) for entry in found]


def test_a_price_is_in_the_log_with_before_and_after(shop: Shop) -> None:
    """By the catalogue's page and by any other road: one entry, with the till."""
    shop.till.write(catalogue.edit_product, shop.milk, price_minor=149)
    shop.till.write(catalogue.change_product, shop.bread.id, price_minor=399, name="Bread")
    assert log(shop) == [
        ("price_changed", f"Milk 1 l: price 1.29 EUR -> 1.49 EUR{TILL}"),
        ("price_changed", f"Bread: name Rye bread -> Bread, price 3.49 EUR -> 3.99 EUR{TILL}"),
    ]


def test_what_nobody_asks_about_is_no_entry(shop: Shop) -> None:
    """A place among the favourites, a note, a new product, and what holds its value already."""
    shop.till.write(catalogue.arrange_favourites, [shop.milk.id])
    shop.till.write(catalogue.change_product, shop.milk.id, note="x", price_minor=129)
    shop.till.write(catalogue.add_category, "Dairy")
    assert log(shop) == []


def test_an_archived_product_and_stock_by_hand(shop: Shop) -> None:
    """Removed from sale, and what was on hand before and after; a delivery is no entry."""
    shop.till.write(catalogue.correct_stock, shop.milk.id, -2500)
    shop.till.write(catalogue.edit_product, shop.milk, deleted=True)
    assert log(shop) == [
        ("stock_adjusted", f"Milk 1 l: 10 -> 7.5{TILL}"),
        ("product_removed", f"Milk 1 l: deleted no -> yes{TILL}"),
    ]


def test_a_setting_says_for_whom_it_holds(shop: Shop) -> None:
    """All stores or this one, in money where it is money."""
    shop.till.write(settings.change, "cash_step_minor", "5")
    shop.till.write(settings.change, "cash_step_minor", "10")
    shop.till.write(settings.change, "offers", "stack", for_store=True)
    assert log(shop) == [
        ("setting_added", f"cash step, all stores: 0.05 EUR{TILL}"),
        ("setting_changed", f"cash step, all stores: 0.05 EUR -> 0.10 EUR{TILL}"),
        ("setting_added", f"offers, Corner Shop: stack{TILL}"),
    ]


def test_a_tax_is_in_the_log(shop: Shop) -> None:
    """Classes and rates, new and changed."""
    (reduced,) = shop.till.write(lambda uow: uow.find(TaxClass, code="reduced"))
    (rate,) = shop.till.write(lambda uow: uow.find(TaxRate, tax_class_id=reduced.id))
    shop.till.write(lambda uow: uow.edit(TaxRate, rate.id, rate_ppm=80_000))
    shop.till.write(catalogue.add_tax_class, "books", "Books", {"VAT 5 %": 50_000})
    assert log(shop) == [
        ("tax_rate_changed", f"VAT 7 %: rate 7 % -> 8 %{TILL}"),
        ("tax_class_added", f"Books: included yes{TILL}"),
        ("tax_rate_added", f"VAT 5 %: rate 5 %, tax class Books{TILL}"),
    ]


def test_a_pin_is_named_and_never_shown(shop: Shop) -> None:
    """Nothing in the log tells a PIN, a badge, or a digest of one."""
    kim = shop.till.write(staff.hire, "Kim", "cashier", "7531")
    shop.till.write(staff.set_pin, kim.id, "8642")
    shop.till.write(staff.set_badge, kim.id, "EVT-KIM-1")
    assert log(shop) == [
        ("user_added", f"Kim: active yes, PIN set, role cashier{TILL}"),
        ("user_changed", f"Kim: PIN changed{TILL}"),
        ("user_changed", f"Kim: badge changed{TILL}"),
    ]


def test_a_role_says_what_came_and_went(shop: Shop) -> None:
    """Of dozens of permissions only those that differ."""
    shop.till.write(staff.save_role, "temp", "Help", [Permission.NO_SALE], 0)
    shop.till.write(staff.save_role, "temp", "Help", [Permission.DROP], 50_000)
    assert log(shop)[-1] == (
        "role_changed",
        f"Help: discount limit 0 % -> 5 %, permissions +drop -no_sale{TILL}",
    )


def test_a_settled_conflict_is_in_the_log(shop: Shop) -> None:
    """What was decided about which record, before and after; undoing it too."""
    conflict_id = price_conflict(shop)
    shop.till.write(conflicts.settle, conflict_id, {"price_minor": 155})
    settled = [detail for action, detail in log(shop) if action == "conflict_settled"]
    assert len(settled) == 1
    assert "-> 1.55 EUR" in settled[0]
    shop.till.write(conflicts.undo, conflict_id)
    assert [action for action, _ in log(shop) if action == "conflict_open"] == ["conflict_open"]


def test_many_changes_share_entries_and_lose_nothing(shop: Shop) -> None:
    """A bulk change of prices: every product with both prices, in as few entries as hold them."""
    made = [
        Product(
            id=shop.till.write(UnitOfWork.new_id),
            sku=f"S{n}",
            name=f"Something with a name {n}",
            price_minor=100,
            tax_class_id=shop.milk.tax_class_id,
        )
        for n in range(100)
    ]
    shop.till.write(lambda uow: uow.insert(*made))

    def dearer(uow: UnitOfWork) -> None:
        for one in made:
            uow.edit(Product, one.id, price_minor=110)

    shop.till.write(dearer)
    found = log(shop)
    assert len(found) < 10
    assert all(len(detail) <= DETAIL_MAX for _, detail in found)
    text = "; ".join(detail for _, detail in found)
    assert all(f"{one.name}: price 1.00 EUR -> 1.10 EUR" in text for one in made)


def test_what_nobody_signed_in_did_is_no_entry(shop: Shop) -> None:
    """A set-up, the sync and the upkeep are not people."""
    shop.till.sign_out()
    shop.till.write(catalogue.change_product, shop.milk.id, price_minor=149)
    assert log(shop) == []


def test_a_refused_change_can_still_be_discarded(shop: Shop) -> None:
    """The entry of the log does not tie the group down; that it was tried is sent all the same."""
    shop.till.write(catalogue.change_product, shop.milk.id, price_minor=149)
    with shop.database.read() as conn:
        group = outbox.next_batch(conn, 1000, 10**9)[-1]
    shop.till.write(record_verdict, group.dseq, "rejected", "invalid", "", {})
    shop.till.write(sync_queue.discard, group.dseq)
    with shop.database.read() as conn:
        after = outbox.next_batch(conn, 1000, 10**9)[-1]
    assert "price_changed" in after.body
    assert log(shop)[0][0] == "price_changed"
