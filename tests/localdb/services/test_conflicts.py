"""Settling a conflict is one group: its state and the chosen values."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from localdb.domain.ops import decode
from localdb.domain.records import Barcode, Conflict, Product
from localdb.domain.resolution import ResolutionStep, with_step
from localdb.errors import Refusal
from localdb.queries import conflicts as conflict_queries
from localdb.queries import journals
from localdb.services import conflicts
from localdb.store import outbox
from tests.support.contradictions import barcode_conflict, raised
from tests.support.shops import MILK, Shop, small_shop
from tests.support.verdicts import record_verdict


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
        with pytest.raises(Refusal, match="resolved already"):
            shop.till.write(conflicts.settle, conflict.id, {"price_minor": 149})


def test_only_disputed_fields_are_settled_and_only_by_a_manager(tmp_path: Path) -> None:
    """Neither a cashier nor a stray field gets through."""
    with small_shop(tmp_path) as shop:
        conflict = disputed(shop)
        with pytest.raises(Refusal, match="about other fields"):
            shop.till.write(conflicts.settle, conflict.id, {"cost_minor": 1})
        shop.till.sign_in(shop.cashier)
        with pytest.raises(Refusal, match="manager"):
            shop.till.write(conflicts.settle, conflict.id, {"price_minor": 139})


def merged(shop: Shop) -> Conflict:
    """A note that a policy decided, as the server lists it."""
    fields = {"note": {"base": "", "local": "two", "remote": "one"}}
    conflict = Conflict(
        id=shop.till.write(lambda uow: uow.new_id()),
        kind="field",
        record_type="product",
        record_id=shop.milk.id,
        title=shop.milk.name,
        fields_json=json.dumps(fields),
        device_id=shop.till.identity.device_id,
        at_us=1,
        state="merged",
        resolution_json=with_step("{}", ResolutionStep("merged", 1, chosen={"note": "two"})),
    )
    shop.till.write(lambda uow: uow.insert(conflict))
    shop.till.write(lambda uow: uow.edit(Product, shop.milk.id, note="two"))
    return conflict


def journal_kinds(shop: Shop) -> list[str]:
    """What the journal says was done about conflicts."""
    entries = shop.till.ask(journals.own_entries)
    return [entry.kind for entry in entries if entry.kind.startswith("conflict_")]


def test_a_settlement_is_taken_back_as_a_whole(tmp_path: Path) -> None:
    """The record holds what it held, the conflict is open again, and who did what stands."""
    with small_shop(tmp_path) as shop:
        conflict = disputed(shop)
        shop.till.write(conflicts.settle, conflict.id, {"price_minor": 139})
        shop.till.write(conflicts.undo, conflict.id)
        view = shop.till.ask(conflict_queries.view, conflict.id)
        assert view.fields[0].current == 149
        assert (view.conflict.state, view.conflict.settled_by) == ("open", None)
        assert [step.did for step in view.steps] == ["settled", "undone"]
        assert {step.user_id for step in view.steps} == {shop.manager.id}
        assert view.steps[0].replaced == {"price_minor": 149}
        assert journal_kinds(shop) == ["conflict_settled", "conflict_undone"]


def test_nothing_is_taken_back_from_under_a_later_change(tmp_path: Path) -> None:
    """A price that was changed again since the settlement is not overwritten by an undo."""
    with small_shop(tmp_path) as shop:
        conflict = disputed(shop)
        shop.till.write(conflicts.settle, conflict.id, {"price_minor": 139})
        shop.till.write(lambda uow: uow.edit(Product, shop.milk.id, price_minor=155))
        with pytest.raises(Refusal, match="changed again"):
            shop.till.write(conflicts.undo, conflict.id)


def test_a_settlement_of_the_server_is_not_taken_back(tmp_path: Path) -> None:
    """The tills agreed by themselves: there is nothing to put back."""
    with small_shop(tmp_path) as shop:
        conflict = disputed(shop)
        step = with_step("{}", ResolutionStep("settled", 1, chosen={"price_minor": 149}))
        shop.till.write(
            lambda uow: uow.edit(Conflict, conflict.id, state="settled", resolution_json=step)
        )
        with pytest.raises(Refusal, match="agree by themselves"):
            shop.till.write(conflicts.undo, conflict.id)


def test_a_code_that_was_given_away_comes_back(tmp_path: Path) -> None:
    """Undoing who keeps a shared code gives the loser its code again."""
    with small_shop(tmp_path) as shop:
        conflict_id = barcode_conflict(shop, MILK)
        view = shop.till.ask(conflict_queries.view, conflict_id)
        loser = next(row for row in view.fields if row.name == "id").local
        shop.till.write(conflicts.settle_shared_code, conflict_id, loser, "")
        shop.till.write(conflicts.undo, conflict_id)
        barcode = shop.till.write(lambda uow: uow.get(Barcode, loser))
        assert barcode is not None
        assert (barcode.code, barcode.deleted) == (MILK, False)


def test_a_merge_is_reopened_by_a_manager_and_settled(tmp_path: Path) -> None:
    """It is listed apart, never counted, and asks once somebody reopened it."""
    with small_shop(tmp_path) as shop:
        conflict = merged(shop)
        assert shop.till.ask(conflict_queries.open_count) == 0
        assert len(shop.till.ask(conflict_queries.listed, state="merged")) == 1
        with pytest.raises(Refusal, match="resolved already"):
            shop.till.write(conflicts.settle, conflict.id, {"note": "one"})
        shop.till.write(conflicts.reopen, conflict.id)
        assert shop.till.ask(conflict_queries.open_count) == 1
        with pytest.raises(Refusal, match="Someone else reopened"):
            shop.till.write(conflicts.reopen, conflict.id)
        shop.till.write(conflicts.settle, conflict.id, {"note": "one"})
        view = shop.till.ask(conflict_queries.view, conflict.id)
        assert view.fields[0].current == "one"
        assert [step.did for step in view.steps] == ["merged", "reopened", "settled"]


def test_a_notice_is_marked_as_seen_with_a_word(tmp_path: Path) -> None:
    """What came of it is kept with who said so; it can be taken back too."""
    with small_shop(tmp_path) as shop:
        flag = raised(shop, "flag", {}, title="S01-T02-000017", record_type="sale")
        shop.till.write(conflicts.acknowledge, flag, "  refund stands ")
        view = shop.till.ask(conflict_queries.view, flag)
        assert (view.conflict.state, view.steps[-1].note) == ("settled", "refund stands")
        shop.till.write(conflicts.undo, flag)
        assert shop.till.ask(conflict_queries.open_count) == 1
        assert journal_kinds(shop) == ["conflict_settled", "conflict_undone"]


def test_a_settlement_that_came_second_is_said_until_it_is_read(tmp_path: Path) -> None:
    """The server was told by another manager first: this till's rows go back, and it says so."""
    with small_shop(tmp_path) as shop:
        conflict = disputed(shop)
        with shop.database.read() as connection:
            before = outbox.next_batch(connection, 10_000, 10**9)[-1].dseq
        for dseq in range(1, before + 1):
            shop.till.write(record_verdict, dseq, "applied", "", "", {})
        first = replace(conflict, state="settled", settled_by=shop.cashier.id)
        shop.till.write(conflicts.settle, conflict.id, {"price_minor": 139})

        def superseded() -> None:
            dseq = before + 1
            shop.till.write(record_verdict, dseq, "superseded", "already_settled", "", {"s": 7})

        superseded()
        shop.till.write(lambda uow: uow.edit(Conflict, conflict.id, settled_by=first.settled_by))
        (told,) = shop.till.ask(conflict_queries.overtaken_settlements)
        assert (told.chosen, told.by) == ({"price_minor": 139}, "Grace")
        superseded()
        assert shop.till.ask(conflict_queries.overtaken_count) == 1
        shop.till.write(conflicts.told)
        assert shop.till.ask(conflict_queries.overtaken_settlements) == []


def test_a_conflict_about_a_record_of_a_newer_program_is_shown(tmp_path: Path) -> None:
    """An older till lists it and says where to settle it, instead of failing."""
    with small_shop(tmp_path) as shop:
        fields = {"depth": {"base": 1, "local": 2, "remote": 3}}
        strange = raised(shop, "field", fields, title="Shelf 4", record_type="planogram")
        assert shop.till.ask(conflict_queries.view, strange).fields[0].local == 2
        with pytest.raises(Refusal, match="cannot resolve"):
            shop.till.write(conflicts.settle, strange, {"depth": 2})


def test_a_field_of_a_newer_program_is_settled_elsewhere(tmp_path: Path) -> None:
    """What this release has no field for is refused in plain words, and nothing is changed."""
    with small_shop(tmp_path) as shop:
        conflict = replace(
            disputed(shop),
            id=shop.till.write(lambda uow: uow.new_id()),
            fields_json=json.dumps({"brand": {"base": "", "local": "Acme", "remote": "Bolt"}}),
        )
        shop.till.write(lambda uow: uow.insert(conflict))
        with pytest.raises(Refusal, match="cannot resolve"):
            shop.till.write(conflicts.settle, conflict.id, {"brand": "Acme"})
        with shop.database.read() as connection:
            assert conflict_queries.open_count(connection) == 2
