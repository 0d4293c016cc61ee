"""One conflict: choices, their consequences, and what happens when it moves meanwhile."""

import re
from pathlib import Path

from app.conflicts.detail import ConflictDetailPresenter
from app.conflicts.flags import flag_words
from app.kit.formats import Formats
from localdb.domain.records import Barcode, GiftCard, Product
from localdb.services import balances, conflicts
from sync import protocol
from tests.support.contradictions import (
    barcode_conflict,
    clash,
    deletion_conflict,
    merged_note,
    number_twice,
    price_conflict,
    raised,
)
from tests.support.shops import MILK, Shop, small_shop


class Opened:
    """A presenter with one conflict open."""

    def __init__(self, shop: Shop, conflict_id: str) -> None:
        self.outcomes: list[bool] = []
        self.shop = shop
        self.presenter = ConflictDetailPresenter(
            shop.till, Formats("en", "EUR"), shop.clock, lambda _: None, self.outcomes.append
        )
        self.presenter.open(conflict_id)

    def milk(self) -> Product:
        """The milk now."""
        found = self.shop.till.write(lambda uow: uow.get(Product, self.shop.milk.id))
        assert found is not None
        return found


def test_nothing_is_settled_before_everything_is_picked(tmp_path: Path) -> None:
    """Enter alone never decides."""
    with small_shop(tmp_path) as shop:
        opened = Opened(shop, price_conflict(shop))
        opened.presenter.settle()
        assert not opened.presenter.state.can_settle
        assert opened.outcomes == []


def test_both_sides_are_shown_with_till_person_and_time(tmp_path: Path) -> None:
    """Who wanted what, when, and which value holds until it is settled."""
    with small_shop(tmp_path) as shop:
        state = Opened(shop, price_conflict(shop)).presenter.state
        (line,) = state.lines
        assert (line.before, line.ours, line.theirs) == ("€1.19", "€4.50", "€1.29")
        assert (state.ours.title, state.theirs.title) == ("Till T02", "This till")
        assert state.ours.who.startswith("Grace, ")
        assert state.theirs.holds
        assert ("SKU", "MILK") in state.merged


def test_the_consequence_is_said_before_it_happens(tmp_path: Path) -> None:
    """A picked value names the field, the value and what stays as it was."""
    with small_shop(tmp_path) as shop:
        opened = Opened(shop, price_conflict(shop))
        opened.presenter.pick("ours")
        assert opened.presenter.state.consequences == (
            "Price becomes €4.50 on every till.",
            "Completed sales stay as they were printed.",
        )
        opened.presenter.settle()
        assert opened.outcomes == [True]
        assert opened.milk().price_minor == 450


def test_a_typed_value_is_money_and_is_checked(tmp_path: Path) -> None:
    """What is no amount, or below zero, is refused in place; a good one is settled."""
    with small_shop(tmp_path) as shop:
        opened = Opened(shop, price_conflict(shop))
        opened.presenter.type(0, "4.5x")
        assert opened.presenter.state.lines[0].error == "Type an amount, such as 4.50."
        opened.presenter.type(0, "-1")
        assert opened.presenter.state.lines[0].error.startswith("Price must be between")
        assert not opened.presenter.state.can_settle
        opened.presenter.type(0, "2,75")
        opened.presenter.settle()
        assert opened.milk().price_minor == 275


def test_an_edit_against_a_deletion_asks_to_restore_or_delete(tmp_path: Path) -> None:
    """Restoring brings the record back with its edit; deleting drops the edit."""
    with small_shop(tmp_path / "a") as shop:
        opened = Opened(shop, deletion_conflict(shop))
        assert "This till deleted it while till T02" in opened.presenter.state.intro
        opened.presenter.keep(True)
        assert opened.presenter.state.consequences == (
            "“Milk 1 l” can be used again on every till.",
            "Name becomes Fresh milk on every till.",
            "Completed sales stay as they were printed.",
        )
        opened.presenter.settle()
        assert (opened.milk().deleted, opened.milk().name) == (False, "Fresh milk")
    with small_shop(tmp_path / "b") as shop:
        opened = Opened(shop, deletion_conflict(shop))
        opened.presenter.keep(False)
        opened.presenter.settle()
        assert opened.outcomes == [True]
        assert opened.milk().deleted


def test_a_shared_code_names_both_records_and_who_keeps_it(tmp_path: Path) -> None:
    """The manager reads product names, picks one, and the other loses the code."""
    with small_shop(tmp_path) as shop:
        opened = Opened(shop, barcode_conflict(shop, MILK))
        first, later = opened.presenter.state.rivals
        assert (first.name, later.name) == ("Milk 1 l", "Rye bread")
        opened.presenter.let_keep(later.record_id)
        assert "Milk 1 l loses this code." in opened.presenter.state.consequences
        opened.presenter.settle()
        left = shop.till.write(lambda uow: uow.find(Barcode, code=MILK, deleted=False))
        assert [barcode.product_id for barcode in left] == [shop.bread.id]


def test_a_shared_sku_needs_a_new_one_typed(tmp_path: Path) -> None:
    """A product is never left without an SKU."""
    with small_shop(tmp_path) as shop:
        ids = clash(None, shop.bread.id, shop.milk.id)
        fields = {"sku": clash(None, "MILK", "MILK"), "id": ids}
        conflict_id = raised(shop, "unique", fields, title="Rye bread", record_id=shop.bread.id)
        opened = Opened(shop, conflict_id)
        opened.presenter.let_keep(shop.milk.id)
        assert not opened.presenter.state.can_settle
        opened.presenter.give_code("BREAD-2")
        opened.presenter.settle()
        assert opened.outcomes == [True]


def test_what_changed_meanwhile_must_be_looked_at_again(tmp_path: Path) -> None:
    """A record that moves behind the dialog stops the settling until it is reloaded."""
    with small_shop(tmp_path) as shop:
        opened = Opened(shop, price_conflict(shop))
        opened.presenter.pick("ours")
        shop.till.write(lambda uow: uow.edit(Product, shop.milk.id, name="Milk"))
        opened.presenter.settle()
        assert opened.presenter.state.moved.startswith("Changed again at ")
        assert opened.outcomes == []
        opened.presenter.reload()
        opened.presenter.pick("ours")
        opened.presenter.settle()
        assert opened.outcomes == [True]


def test_a_second_manager_is_told_who_was_first(tmp_path: Path) -> None:
    """No error: a sentence with a name, and nothing to press."""
    with small_shop(tmp_path) as shop:
        conflict_id = price_conflict(shop)
        opened = Opened(shop, conflict_id)
        opened.presenter.pick("theirs")
        shop.till.write(conflicts.settle, conflict_id, {"price_minor": 450})
        opened.presenter.check()
        state = opened.presenter.state
        assert state.settled.startswith("Ada resolved this at ")
        assert not state.can_settle
        assert state.can_undo


def test_the_evidence_says_who_had_not_seen_what(tmp_path: Path) -> None:
    """Version vectors become sentences."""
    with small_shop(tmp_path) as shop:
        said = Opened(shop, price_conflict(shop)).presenter.state.evidence
        assert said == (
            "Till T02 had not yet received the latest change of till T01.",
            "This till changed it 10 min before till T02 (by each till's clock).",
        )


def test_a_notice_says_what_is_odd_and_takes_a_note(tmp_path: Path) -> None:
    """Facts stand; the one thing to do is to say what came of it."""
    with small_shop(tmp_path) as shop:
        opened = Opened(shop, number_twice(shop))
        state = opened.presenter.state
        assert state.intro.startswith("Two different sales were printed as S01-T02-000017.")
        assert "It was found on till T02." in state.intro
        assert state.settle_words == "Mark as seen"
        opened.presenter.write_note("enrolled T02 anew")
        opened.presenter.settle()
        assert opened.outcomes == [True]
        opened.presenter.reload()
        assert opened.presenter.state.history[0].endswith("Ada resolved it. “enrolled T02 anew”")


def test_a_notice_says_everything_that_is_odd(tmp_path: Path) -> None:
    """A receipt whose lines and payments both differ is one notice with both sentences."""
    with small_shop(tmp_path) as shop:
        fields = {"total_minor": clash(None, 400, 500), "paid_minor": clash(None, 450, 500)}
        odd = raised(shop, "flag", fields, title="S01-T02-000018", record_type="sale")
        intro = Opened(shop, odd).presenter.state.intro
        assert "The lines of this receipt come to €4.00; its total says €5.00." in intro
        assert "The payments of this receipt come to €4.50; it asks for €5.00." in intro


def test_every_flag_of_the_server_has_words() -> None:
    """What the rules may raise is explained to a manager; no rule was forgotten here."""
    page = (Path(protocol.__file__).parent / "PROTOCOL.md").read_text(encoding="utf-8")
    table = page.split("## Flags")[1].split("## Pull")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    named = [
        (kind.strip(" `"), name) for kind, names in rows for name in re.findall("`(.*?)`", names)
    ]
    assert len(named) == 17
    for kind, name in named:
        words = flag_words(kind, {name: {"local": 1, "remote": 1}}, Formats("en", "EUR"))
        assert words.said != "This record looks inconsistent.", (kind, name)


def test_a_notice_of_a_newer_server_is_still_shown(tmp_path: Path) -> None:
    """What this program has no words for can be marked as seen all the same."""
    with small_shop(tmp_path) as shop:
        fields = {"mood": clash(None, 1, 2)}
        opened = Opened(shop, raised(shop, "flag", fields, title="X", record_type="robot"))
        assert opened.presenter.state.intro.startswith("This record looks inconsistent.")
        opened.presenter.settle()
        assert opened.outcomes == [True]


def test_a_record_deleted_meanwhile_is_said_and_stays_deleted(tmp_path: Path) -> None:
    """Settling a price resurrects nothing."""
    with small_shop(tmp_path) as shop:
        conflict_id = price_conflict(shop)
        shop.till.write(lambda uow: uow.edit(Product, shop.milk.id, deleted=True))
        opened = Opened(shop, conflict_id)
        assert "It was deleted since and stays deleted" in opened.presenter.state.intro
        opened.presenter.pick("ours")
        opened.presenter.settle()
        assert (opened.milk().deleted, opened.milk().price_minor) == (True, 450)


def test_a_record_that_moved_since_says_where_to(tmp_path: Path) -> None:
    """Neither side's value holds any more: the manager reads what does before choosing."""
    with small_shop(tmp_path) as shop:
        conflict_id = price_conflict(shop)
        shop.till.write(lambda uow: uow.edit(Product, shop.milk.id, price_minor=135))
        state = Opened(shop, conflict_id).presenter.state
        assert "It was changed again since: now price is €1.35." in state.intro
        assert not state.ours.holds
        assert not state.theirs.holds


def test_what_merged_shows_what_holds_and_asks_once_reopened(tmp_path: Path) -> None:
    """Nothing can be picked before; afterwards it is a conflict like any other."""
    with small_shop(tmp_path) as shop:
        opened = Opened(shop, merged_note(shop))
        state = opened.presenter.state
        assert (state.stage, state.kind_words, state.settle_words) == ("merged", "Merged", "Reopen")
        assert (state.ours.holds, state.theirs.holds) == (True, False)
        opened.presenter.pick("theirs")
        assert opened.presenter.state.lines[0].result == "Fair trade"
        opened.presenter.settle()
        assert opened.presenter.state.stage == "open"
        opened.presenter.pick("theirs")
        opened.presenter.settle()
        assert opened.milk().note == "Organic"
        assert opened.outcomes == [True]


def test_undo_puts_back_and_asks_again(tmp_path: Path) -> None:
    """The history says who did what; nothing of it is lost."""
    with small_shop(tmp_path) as shop:
        opened = Opened(shop, price_conflict(shop))
        opened.presenter.pick("ours")
        opened.presenter.settle()
        opened.presenter.reload()
        assert opened.presenter.state.can_undo
        opened.presenter.undo()
        assert opened.milk().price_minor == 129
        assert opened.presenter.state.stage == "open"
        assert [line.split(": ")[1] for line in opened.presenter.state.history] == [
            "Ada resolved it, Price €4.50 instead of €1.29.",
            "Ada undid that, Price €1.29 instead of €4.50.",
        ]


def test_a_till_that_is_too_old_says_so(tmp_path: Path) -> None:
    """A record type of a newer program is named; it is settled elsewhere."""
    with small_shop(tmp_path) as shop:
        fields = {"depth": clash(1, 2, 3)}
        opened = Opened(shop, raised(shop, "field", fields, title="4", record_type="planogram"))
        assert opened.presenter.state.intro.startswith("This till cannot show")
        opened.presenter.settle()
        assert opened.outcomes == []


def test_two_gift_cards_with_one_code_are_told_apart_by_what_is_on_them(tmp_path: Path) -> None:
    """The one that does not keep the code needs another: its money is not thrown away."""
    with small_shop(tmp_path) as shop:
        first = shop.till.write(balances.new_card, "GC-0001-7734")
        second = GiftCard(id=shop.till.write(lambda uow: uow.new_id()), code=first.code)
        shop.till.write(lambda uow: uow.insert(second))
        for card, amount in ((first, 2_500), (second, 1_000)):
            shop.till.write(balances.adjust, "gift_card", card.id, amount, "sold offline")
        fields = {
            "code": clash(None, first.code, first.code),
            "id": clash(None, second.id, first.id),
        }
        conflict_id = raised(
            shop,
            "unique",
            fields,
            title=first.code,
            record_type="gift_card",
            record_id=second.id,
        )
        presenter = Opened(shop, conflict_id).presenter
        assert [rival.name for rival in presenter.state.rivals] == [
            "the card with €25.00 on it",
            "the card with €10.00 on it",
        ]
        presenter.let_keep(first.id)
        assert not presenter.state.can_settle
        assert presenter.state.code_label == "New code for the card with €10.00 on it"
        presenter.give_code("GC-0001-7735")
        assert presenter.state.can_settle
        presenter.settle()
        moved = shop.till.write(lambda uow: uow.get(GiftCard, second.id))
        assert moved is not None
        assert moved.code == "GC-0001-7735"
