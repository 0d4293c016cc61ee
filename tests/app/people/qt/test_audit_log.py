"""The audit log page, over a real shop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.kit.qt.theme import Theme
from app.people.qt.audit_log import AuditLogScreen
from localdb.domain.permissions import Permission, Request
from localdb.services import people
from tests.app.desk import workplace
from tests.support.shops import MANAGER_PIN, Shop, small_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Ada allowed Grace a pay-out a week ago, and a discount today; Ada is at the till."""
    with small_shop(tmp_path) as made:
        made.till.sign_in(made.cashier)
        for permission, words in ((Permission.PAID_OUT, "windows"), (Permission.VOID_SALE, "S01")):
            request = Request(permission=permission, words=words, amount_minor=500)
            made.till.write(people.approve, request, made.manager.id, MANAGER_PIN)
            made.clock.advance_s(8 * 86_400 if permission is Permission.PAID_OUT else 0)
        made.till.write(people.audit, "note")
        made.till.sign_in(made.manager)
        yield made


@pytest.fixture
def page(needs_qt: None, qapp: QApplication, shop: Shop) -> Iterator[AuditLogScreen]:
    with workplace(shop, Theme(qapp, "light")) as place:
        screen = AuditLogScreen(place)
        screen.open()
        yield screen
        screen.deleteLater()


def what(page: AuditLogScreen) -> list[str]:
    return [row[1] for row in page.table.words()]


def test_the_page_shows_today_and_further_back_on_demand(page: AuditLogScreen) -> None:
    """Period, approvals only, and words."""
    assert what(page) == ["Note", "Void sale"]
    page.period.choose(2)
    assert what(page) == ["Note", "Void sale", "Paid out"]
    page.kind.choose(1)
    assert what(page) == ["Void sale", "Paid out"]
    page.search.setText("wind")
    assert what(page) == ["Paid out"]
    assert page.table.cells.rows[0][2].below == "Approved by Ada"
    page.search.setText("nothing at all")
    assert page.empty.words.text() == "No activity found."


def test_a_cashier_sees_nothing_of_it(page: AuditLogScreen, shop: Shop) -> None:
    """Also when the page was open while the till changed hands."""
    shop.till.sign_in(shop.cashier)
    page.open()
    assert what(page) == []
    assert "Only a manager" in page.empty.words.text()
