"""The recovery sheet: shown, put on paper, and shown again to who may."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.kit.flow import Ask, AskApproval, FlowRunner
from app.setup.recovery import Recovery
from localdb.domain.permissions import Permission
from localdb.errors import EvertillError, Refusal
from localdb.queries import audit
from localdb.queries.audit import AuditFilter
from localdb.services import people, recovery, training
from localdb.store.keys import from_recovery_text, recovery_text
from tests.support.shops import KEY, MANAGER_PIN, Shop, small_shop


class Printer:
    """Keeps what it was given."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self.printed: list[list[str]] = []

    @property
    def columns(self) -> int:
        return self._columns

    def print_receipt(self, name: str, lines: list[str]) -> None:
        self.printed.append(lines)


class Desk:
    """Runs the flow and remembers what it asked and showed."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.asked: list[AskApproval] = []
        self.shown: list[bool] = []
        self.refused: list[str] = []
        self._answers: list[Callable[[Any], None]] = []

    def ask(self, question: Ask, answer: Callable[[Any], None]) -> None:
        assert isinstance(question, AskApproval)
        self.asked.append(question)
        self._answers.append(answer)

    def refuse(self, error: EvertillError) -> None:
        self.refused.append(str(error))

    def open(self, sheet: Recovery) -> None:
        runner = FlowRunner(self.ask, self.refuse)
        runner.run(sheet.show_again(lambda: self.shown.append(True)))

    def type(self, pin: str) -> None:
        answer = self.shop.till.write(
            people.approve, self.asked[-1].request, self.shop.manager.id, pin
        )
        self._answers[-1](answer.approval)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A stand-alone till whose manager is signed in."""
    with small_shop(tmp_path) as made:
        yield made


def sheet(shop: Shop, printer: Printer | None = None) -> Recovery:
    folder = shop.database.file.parent
    return Recovery(shop.till, lambda: recovery_text(KEY), folder, shop.clock, printer)


@pytest.mark.parametrize("columns", [48, 32])
def test_the_key_is_read_from_the_paper_as_it_stands(shop: Shop, columns: int) -> None:
    """Whoever types the rows between the rules gets the key, on either width of paper."""
    printer = Printer(columns)
    sheet(shop, printer).print()
    (lines,) = printer.printed
    assert max(map(len, lines)) <= columns
    first, last = (at for at, line in enumerate(lines) if line == "-" * columns)
    assert from_recovery_text("\n".join(lines[first + 1 : last])) == KEY


def test_the_sheet_says_which_till_it_opens(shop: Shop) -> None:
    """Twenty sheets in one drawer are told apart."""
    text = "\n".join(sheet(shop).lines())
    assert "Corner Shop" in text
    assert "Till S01-T01" in text
    assert "evertill restore --recovery-key" in " ".join(text.split())


def test_it_is_not_saved_beside_the_data(shop: Shop, tmp_path: Path) -> None:
    """A key in the folder that it opens protects nothing; anywhere else is the owner's choice."""
    found = sheet(shop)
    with pytest.raises(Refusal, match="somewhere else"):
        found.check_place(tmp_path / "exports" / "sheet.pdf")
    found.check_place(tmp_path.parent / "sheet.pdf")


def test_it_is_shown_again_for_a_managers_pin_and_logged(shop: Shop) -> None:
    """Also a manager who is signed in types the PIN; who allowed it is in the log before."""
    desk = Desk(shop)
    desk.open(sheet(shop))
    assert desk.shown == []
    assert desk.asked[0].request.permission is Permission.RECOVERY_KEY
    desk.type("0000")
    assert desk.shown == []
    desk.open(sheet(shop))
    desk.type(MANAGER_PIN)
    assert desk.shown == [True]
    (entry,) = shop.till.ask(audit.entries, AuditFilter(action=Permission.RECOVERY_KEY))
    assert (entry.entry.detail, entry.approver_name) == ("Show the recovery sheet", "Ada")


def test_practice_does_not_show_it(shop: Shop) -> None:
    """In training nothing is logged, so nothing secret is shown."""
    training.begin(shop.till)
    desk = Desk(shop)
    desk.open(sheet(shop))
    assert desk.asked == []
    assert "training" in desk.refused[0]


def test_the_till_knows_whether_anybody_has_it(shop: Shop) -> None:
    """Until somebody said so, it may remind; a sheet that was kept is remembered."""
    assert not shop.till.ask(recovery.is_kept)
    sheet(shop).note_kept()
    assert shop.till.ask(recovery.is_kept)
