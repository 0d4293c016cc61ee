"""Settling a conflict is one group: its state and the chosen values."""

import json
from pathlib import Path

import pytest

from localdb.domain.ops import decode
from localdb.domain.records import Conflict, Product
from localdb.errors import Refusal
from localdb.queries import conflicts as conflict_queries
from localdb.services import conflicts
from localdb.store import outbox
from tests.support.shops import Shop, small_shop


def disputed(shop: Shop) -> Conflict:
    """A price that this till wants at 1.39, another at 1.49, and the server holds at 1.49."""
    conflict = Conflict(
        id=shop.till.write(lambda uow: uow.new_id()),
        kind="field",
        record_type="product",
        record_id=shop.milk.id,
        title=shop.milk.name,
        fields_json=json.dumps({"price_minor": {"base": 129, "local": 139, "remote": 149}}),
        device_id=shop.till.identity.device_id,
        at_us=1,
    )
    shop.till.write(lambda uow: uow.insert(conflict))
    shop.till.write(lambda uow: uow.edit(Product, shop.milk.id, price_minor=149))
    return conflict


def test_the_choice_goes_up_as_one_group(tmp_path: Path) -> None:
    """The server takes the settlement and the value together, or neither."""
    with small_shop(tmp_path) as shop:
        conflict = disputed(shop)
        shop.till.write(conflicts.settle, conflict.id, {"price_minor": 139})
        with shop.database.read() as connection:
            body = outbox.next_batch(connection, 10_000, 10**9)[-1].body
            assert conflict_queries.open_count(connection) == 0
    ops = {op.type: op for op in decode(body).ops}
    assert ops["product"].before == {"price_minor": 149}
    assert ops["product"].after == {"price_minor": 139}
    assert (ops["conflict"].after or {})["state"] == "settled"
    assert "journal_entry" in ops


def test_a_conflict_is_settled_once(tmp_path: Path) -> None:
    """Whoever comes second is told so and changes nothing."""
    with small_shop(tmp_path) as shop:
        conflict = disputed(shop)
        shop.till.write(conflicts.settle, conflict.id, {"price_minor": 139})
        with pytest.raises(Refusal, match="settled meanwhile"):
            shop.till.write(conflicts.settle, conflict.id, {"price_minor": 149})


def test_only_disputed_fields_are_settled_and_only_by_a_manager(tmp_path: Path) -> None:
    """Neither a cashier nor a stray field gets through."""
    with small_shop(tmp_path) as shop:
        conflict = disputed(shop)
        with pytest.raises(Refusal, match="cost_minor"):
            shop.till.write(conflicts.settle, conflict.id, {"cost_minor": 1})
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(conflicts.settle, conflict.id, {"price_minor": 139})


def test_a_settlement_is_undone_by_another_edit(tmp_path: Path) -> None:
    """What the record held before comes back; the history keeps both."""
    with small_shop(tmp_path) as shop:
        conflict = disputed(shop)
        shop.till.write(conflicts.settle, conflict.id, {"price_minor": 139})
        shop.till.write(conflicts.undo, conflict.id)
        view = shop.till.ask(conflict_queries.view, conflict.id)
    assert view.fields[0].current == 149
    assert view.conflict.state == "settled"
