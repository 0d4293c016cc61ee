"""Who keeps a code that two records claimed; conflicts that moved while a manager looked."""

from pathlib import Path

import pytest

from localdb.domain.records import RECORDS, Barcode, Conflict, GiftCard, Product, Reference
from localdb.errors import Refusal
from localdb.queries import balances as queries
from localdb.queries import conflicts as views
from localdb.services import balances, catalogue, conflicts
from sync.server.schema import NATURAL_KEYS
from tests.support.contradictions import barcode_conflict, clash, price_conflict, raised
from tests.support.shops import MILK, Shop, small_shop


def barcodes(shop: Shop, code: str) -> list[str]:
    """The products that a code finds."""
    found = shop.till.write(lambda uow: uow.find(Barcode, code=code, deleted=False))
    return [barcode.product_id for barcode in found]


def sides(shop: Shop, conflict_id: str) -> tuple[str, str]:
    """The later and the earlier record of a conflict about a code."""
    field = {f.name: f for f in shop.till.ask(views.view, conflict_id).fields}["id"]
    return field.local, field.remote


def test_the_newcomer_may_keep_the_code(tmp_path: Path) -> None:
    """The earlier barcode goes away and the code finds the later product alone."""
    with small_shop(tmp_path) as shop:
        conflict_id = barcode_conflict(shop, MILK)
        _, owner = sides(shop, conflict_id)
        shop.till.write(conflicts.settle_shared_code, conflict_id, owner, "")
        assert barcodes(shop, MILK) == [shop.bread.id]
        assert shop.till.ask(views.open_count) == 0


def test_the_loser_may_get_another_code(tmp_path: Path) -> None:
    """A new code is normalised and given to the record that does not keep the old one."""
    with small_shop(tmp_path) as shop:
        conflict_id = barcode_conflict(shop, MILK)
        later, _ = sides(shop, conflict_id)
        shop.till.write(conflicts.settle_shared_code, conflict_id, later, "0036000291452")
        assert barcodes(shop, MILK) == [shop.milk.id]
        assert barcodes(shop, "36000291452") == [shop.bread.id]


def test_a_new_code_must_be_free(tmp_path: Path) -> None:
    """A code that finds something already is refused and the conflict stays open."""
    with small_shop(tmp_path) as shop:
        shop.till.write(catalogue.add_barcode, shop.bread.id, "0036000291452")
        conflict_id = barcode_conflict(shop, MILK)
        later, _ = sides(shop, conflict_id)
        with pytest.raises(Refusal, match="in use"):
            shop.till.write(conflicts.settle_shared_code, conflict_id, later, "0036000291452")
        assert shop.till.ask(views.open_count) == 1


def test_a_product_that_loses_its_sku_needs_a_new_one(tmp_path: Path) -> None:
    """No product is deleted or left without an SKU to settle a conflict."""
    with small_shop(tmp_path) as shop:
        fields = {
            "sku": clash(None, "MILK", "MILK"),
            "id": clash(None, shop.bread.id, shop.milk.id),
        }
        conflict_id = raised(shop, "unique", fields, title="Rye bread", record_id=shop.bread.id)
        with pytest.raises(Refusal, match="new SKU"):
            shop.till.write(conflicts.settle_shared_code, conflict_id, shop.bread.id, "")
        shop.till.write(conflicts.settle_shared_code, conflict_id, shop.bread.id, " RYE ")
        bread = shop.till.write(lambda uow: uow.get(Product, shop.bread.id))
        assert bread is not None
        assert bread.sku == "RYE"


def test_what_moved_since_it_was_looked_at_is_not_settled(tmp_path: Path) -> None:
    """A manager decides about what is seen, never about something that changed behind it."""
    with small_shop(tmp_path) as shop:
        conflict_id = price_conflict(shop)
        seen = shop.till.ask(views.view, conflict_id)
        shop.till.write(lambda uow: uow.edit(Product, shop.milk.id, price_minor=199))
        with pytest.raises(Refusal, match="changed again"):
            shop.till.write(conflicts.settle, conflict_id, {"price_minor": 450}, seen=seen)
        assert shop.till.ask(views.open_count) == 1


def test_a_notice_about_facts_is_acknowledged_and_changes_nothing_else(tmp_path: Path) -> None:
    """Facts stand; the notice is settled in the name of the manager who saw it."""
    with small_shop(tmp_path) as shop:
        conflict_id = raised(shop, "flag", {}, title="S01-T01-000001", record_type="sale")
        shop.till.write(conflicts.acknowledge, conflict_id)
        settled = shop.till.write(lambda uow: uow.get(Conflict, conflict_id))
        assert settled is not None
        assert (settled.state, settled.settled_by) == ("settled", shop.manager.id)


def test_only_a_manager_settles(tmp_path: Path) -> None:
    """A cashier is refused, whatever kind of conflict it is."""
    with small_shop(tmp_path) as shop:
        conflict_id = barcode_conflict(shop, MILK)
        later, _ = sides(shop, conflict_id)
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(conflicts.settle_shared_code, conflict_id, later, "")


def test_two_gift_cards_with_one_code_are_told_apart(tmp_path: Path) -> None:
    """Two tills sold the code offline: one card gets another code, and keeps what is on it."""
    with small_shop(tmp_path) as shop:
        first = shop.till.write(balances.new_card, "GC-0001-7734")
        second = GiftCard(id=shop.till.write(lambda uow: uow.new_id()), code=first.code)
        shop.till.write(lambda uow: uow.insert(second))
        for card, amount in ((first, 2_500), (second, 1_000)):
            shop.till.write(balances.adjust, "gift_card", card.id, amount, "sold offline")
        conflict_id = shared_card(shop, second, first)
        settle = conflicts.settle_shared_code
        with pytest.raises(Refusal, match="new code"):
            shop.till.write(settle, conflict_id, second.id, "")
        with pytest.raises(Refusal, match="in use"):
            shop.till.write(settle, conflict_id, second.id, first.code)
        shop.till.write(settle, conflict_id, second.id, "GC-0001-7735")
        for code, card, amount in ((first.code, first, 2_500), ("GC-0001-7735", second, 1_000)):
            found = shop.till.ask(queries.card_by_code, code)
            assert found is not None
            assert found.id == card.id
            assert shop.till.ask(queries.balance, "gift_card", card.id) == amount
        assert shop.till.ask(views.open_count) == 0


def shared_card(shop: Shop, later: GiftCard, owner: GiftCard) -> str:
    """Two gift cards with one code, as the server says so."""
    fields = {"code": clash(None, owner.code, owner.code), "id": clash(None, later.id, owner.id)}
    about = {"title": owner.code, "record_type": "gift_card", "record_id": later.id}
    return raised(shop, "unique", fields, **about)


@pytest.mark.parametrize("record_type", sorted(NATURAL_KEYS))
def test_whatever_the_server_asks_about_a_manager_can_settle(record_type: str) -> None:
    """Both sides read one declaration: no type makes a conflict that no till can end."""
    record = RECORDS[record_type]
    assert issubclass(record, Reference)
    assert record.NATURAL_KEY in {field.name for field in record.fields()}
    assert NATURAL_KEYS[record_type] == record.NATURAL_KEY
