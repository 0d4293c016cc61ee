"""The inbox lists, filters and settles in bulk what needs no closer look."""

from pathlib import Path

from app.conflicts.detail import ConflictDetailPresenter
from app.conflicts.inbox import NOT_A_MANAGER, ConflictsPresenter, InboxState
from app.conflicts.state import DetailState
from app.kit.formats import Formats
from localdb.domain.records import Product, User
from localdb.queries import conflicts as views
from localdb.services import catalogue
from tests.support.contradictions import (
    last_group,
    many_conflicts,
    merged_fields,
    merged_note,
    overtaken_price,
    parked_group,
    price_conflict,
    waiting_pin,
)
from tests.support.shops import Shop, small_shop
from tests.support.verdicts import record_verdict


def presented(shop: Shop) -> ConflictsPresenter:
    """An opened inbox over a shop."""
    presenter = ConflictsPresenter(shop.till, Formats("en", "EUR"), shop.clock, _nothing)
    presenter.open()
    return presenter


def _nothing(_state: InboxState) -> None:
    pass


def price(shop: Shop) -> int:
    """The milk's price now."""
    milk = shop.till.write(lambda uow: uow.get(Product, shop.milk.id))
    assert milk is not None
    return milk.price_minor


def test_a_row_says_what_is_in_question_between_whom_and_since_when(tmp_path: Path) -> None:
    """A manager understands a conflict from its row."""
    with small_shop(tmp_path) as shop:
        price_conflict(shop)
        (row,) = presented(shop).state.rows
        assert row.title == "Milk 1 l"
        assert row.subject == "Product"
        assert row.question == "Price: €4.50 or €1.29?"
        assert row.tills == "Till T02 and this till"
        assert row.age == "5 min"


def test_the_list_is_filtered_by_kind_and_by_state(tmp_path: Path) -> None:
    """Each filter shows its own, with an empty state that says so."""
    with small_shop(tmp_path) as shop:
        many_conflicts(shop)
        presenter = presented(shop)
        assert dict(presenter.state.counts) == {"field": 2, "delete": 1, "unique": 1, "flag": 1}
        presenter.show_only("delete")
        assert [row.kind for row in presenter.state.rows] == ["delete"]
        presenter.showing("settled")
        assert presenter.state.rows == ()
        assert "Nothing resolved" in presenter.state.empty


def test_bulk_settling_takes_one_side_and_leaves_what_needs_a_look(tmp_path: Path) -> None:
    """Codes and notices are decided one by one; the rest is settled at once."""
    with small_shop(tmp_path) as shop:
        many_conflicts(shop)
        presenter = presented(shop)
        presenter.toggle_all()
        assert presenter.state.selected == 5
        presenter.settle_selected("local")
        assert price(shop) == 450
        assert sorted(row.kind for row in presenter.state.rows) == ["flag", "unique"]
        assert presenter.state.note == "3 resolved. 2 of them need a decision each: open it."


def test_the_other_side_can_be_taken_too_and_put_back(tmp_path: Path) -> None:
    """What holds is kept; a settled one can be undone from the settled list."""
    with small_shop(tmp_path) as shop:
        conflict_id = price_conflict(shop)
        presenter = presented(shop)
        presenter.toggle(conflict_id)
        presenter.settle_selected("local")
        presenter.showing("settled")
        presenter.toggle(conflict_id)
        presenter.undo_selected()
        assert price(shop) == 129
        assert presenter.state.note == "1 put back as before, and open again."


def test_a_cashier_is_told_that_it_is_a_managers_work(tmp_path: Path) -> None:
    """Nothing is listed for who may not settle."""
    with small_shop(tmp_path) as shop:
        price_conflict(shop)
        shop.till.sign_in(shop.cashier)
        state = presented(shop).state
        assert state.rows == ()
        assert state.empty == NOT_A_MANAGER


def test_a_manager_who_came_second_is_told_kindly(tmp_path: Path) -> None:
    """When the server took another manager's settlement, the inbox names who was first."""
    with small_shop(tmp_path) as shop:
        overtaken_price(shop)
        presenter = presented(shop)
        assert presenter.state.told.startswith("Grace resolved “Milk 1 l” first")
        assert presented(shop).state.told == presenter.state.told
        presenter.read()
        assert presenter.state.told == ""
        assert presented(shop).state.told == ""


def test_what_merged_is_listed_apart_and_reopened_together(tmp_path: Path) -> None:
    """It says what holds instead of what, asks nobody, and asks once it is reopened."""
    with small_shop(tmp_path) as shop:
        merged_note(shop)
        merged_fields(shop)
        presenter = presented(shop)
        assert not presenter.state.selected
        presenter.showing("merged")
        assert [(row.kind_words, row.question) for row in presenter.state.rows] == [
            ("Merged", "Price: €3.75 instead of €3.49"),
            ("Merged", "Note: Fair trade instead of Organic"),
        ]
        presenter.toggle_all()
        presenter.reopen_selected()
        assert presenter.state.note.startswith("2 reopened")
        presenter.showing("open")
        assert len(presenter.state.rows) == 2


def test_a_refused_group_stands_in_the_same_list(tmp_path: Path) -> None:
    """With its reason, counted as a kind of its own; bulk settling leaves it alone."""
    with small_shop(tmp_path) as shop:
        price_conflict(shop)
        dseq = parked_group(shop)
        presenter = presented(shop)
        refused, _ = presenter.state.rows
        assert (refused.kind_words, refused.title) == ("Refused", "1 category added")
        assert "name: empty" in refused.question
        assert dict(presenter.state.counts) == {"field": 1, "parked": 1}
        presenter.toggle_all()
        presenter.settle_selected("local")
        assert [row.id for row in presenter.state.rows] == [f"parked-{dseq}"]
        presenter.show_only("parked")
        assert len(presenter.state.rows) == 1


def test_a_refusal_that_arrives_is_noticed(tmp_path: Path) -> None:
    """The open list learns of a group that was refused while it was shown."""
    with small_shop(tmp_path) as shop:
        presenter = presented(shop)
        assert not presenter.concerns(frozenset({"product"}))
        parked_group(shop)
        assert presenter.concerns(frozenset({"category"}))
        presenter.refresh()
        assert not presenter.concerns(frozenset({"category"}))


def test_a_change_that_needs_approval_says_so_and_shows_no_pin(tmp_path: Path) -> None:
    """It contradicts nobody: the row asks for approval, and the detail says why it waits."""
    with small_shop(tmp_path) as shop:
        conflict_id = waiting_pin(shop)
        (row,) = presented(shop).state.rows
        assert (row.kind_words, row.question) == ("Needs approval", "Approve the new PIN?")
        states: list[DetailState] = []
        formats = Formats("en", "EUR")
        detail = ConflictDetailPresenter(
            shop.till, formats, shop.clock, states.append, lambda _changed: None
        )
        detail.open(conflict_id)
        assert "till that does not manage" in states[-1].intro
        assert "scrypt" not in str(states[-1])
        detail.pick("ours")
        assert "scrypt" not in str(states[-1])
        detail.settle()
        changed = shop.till.write(lambda uow: uow.get(User, shop.manager.id))
        assert changed is not None
        assert changed.pin_hash == "scrypt$new"


def test_a_refused_change_is_told_until_it_was_read(tmp_path: Path) -> None:
    """What the server did not take at all stands in the inbox by its name."""
    with small_shop(tmp_path) as shop:
        category = shop.till.write(catalogue.add_category, "Garden")
        shop.till.write(record_verdict, last_group(shop), "superseded", "not_permitted", "", {})
        presenter = presented(shop)
        assert f"“{category.name}” was not changed" in presenter.state.told
        assert shop.till.ask(views.overtaken_count) == 1
        presenter.read()
        assert shop.till.ask(views.overtaken_count) == 0
