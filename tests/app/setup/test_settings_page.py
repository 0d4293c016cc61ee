"""The settings page in a real window: by keys, by mouse alone, and what survives leaving it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.kit.qt.confirm import ConfirmSheet
from app.kit.qt.theme import Theme
from app.setup.qt.settings import SettingsScreen
from localdb.domain.settings import ShopSettings
from localdb.queries import here
from localdb.queries import settings as setting_queries
from localdb.services import settings
from tests.app.desk import workplace
from tests.support.shops import Shop, small_shop

pytestmark = pytest.mark.usefixtures("needs_qt")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose manager is there."""
    with small_shop(tmp_path / "till") as found:
        yield found


@pytest.fixture
def page(shop: Shop, qapp: QApplication, qtbot: QtBot) -> Iterator[SettingsScreen]:
    """The page, shown in a window of the smallest size."""
    with workplace(shop, Theme(qapp)) as place:
        host = QWidget()
        host.resize(1024, 768)
        qtbot.addWidget(host)
        made = SettingsScreen(place)
        made.setParent(host)
        made.setGeometry(host.rect())
        host.show()
        made.show()
        made.open()
        QApplication.processEvents()
        yield made
        host.close()


def shown(page: SettingsScreen) -> list[str]:
    return [name for name, card in page.cards.items() if card.isVisible()]


def now(shop: Shop) -> ShopSettings:
    return shop.till.ask(setting_queries.in_force)


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def click_section(page: SettingsScreen, title: str) -> None:
    row = [page.sections.item(n).text() for n in range(page.sections.count())].index(title)
    place = page.sections.visualItemRect(page.sections.item(row)).center()
    QTest.mouseClick(page.sections.viewport(), Qt.MouseButton.LeftButton, pos=place)


def control(page: SettingsScreen, name: str) -> QWidget:
    return page.cards[name].control


def test_a_search_filters_at_each_keystroke_and_keys_do_the_rest(
    page: SettingsScreen, shop: Shop
) -> None:
    """Type, Down to the setting, a value, Enter to Save, Enter to save: no mouse."""
    QTest.keyClicks(page.search, "tip")
    assert shown(page) == ["tip_ppm"]
    assert page.sections.currentRow() == -1
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    field = control(page, "tip_ppm")
    assert field.hasFocus()
    QTest.keyClicks(field, "5; 10")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert page.save.words == "Save 1 change"
    assert page.save.hasFocus()
    QTest.keyClick(page.save, Qt.Key.Key_Return)
    assert now(shop).tip_ppm == "50000,100000"
    QTest.keyClick(page.search, Qt.Key.Key_Escape)
    assert page.search.text() == ""
    assert len(shown(page)) > 1


def test_sections_are_chosen_by_arrows(page: SettingsScreen) -> None:
    """Down from the search goes to them; each shows its own settings."""
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    assert page.sections.hasFocus()
    QTest.keyClick(page.sections, Qt.Key.Key_Down)
    assert "tax_rounding" in shown(page)
    assert "store.name" not in shown(page)


def test_by_mouse_alone_a_tax_rule_is_changed_asked_about_and_undone(
    page: SettingsScreen, shop: Shop, qtbot: QtBot
) -> None:
    """A section ends a search; the message offers to take the change back."""
    page.search.setText("address")
    click_section(page, "Checkout and tax")
    assert page.search.text() == ""
    box = control(page, "tax_ties")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(1)
    box.activated.emit(1)
    click(page.save)
    (question,) = page.window().findChildren(ConfirmSheet)
    click(question.yes)
    assert now(shop).tax_ties == "half_even"
    qtbot.waitUntil(lambda: page.strip.text == "1 setting saved.")
    click(page.strip.button("Undo"))
    assert now(shop).tax_ties == "half_up"
    assert page.strip.text == "Put back as it was."


def test_lines_are_typed_one_under_the_other(page: SettingsScreen, shop: Shop) -> None:
    """An address has lines; Tab leaves the field."""
    field = control(page, "store.address")
    assert isinstance(field, QPlainTextEdit)
    field.setFocus()
    QTest.keyClicks(field, "12 Harbour Street")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "Port Ellery")
    assert field.toPlainText() == "12 Harbour Street\nPort Ellery"
    page.save.click()
    assert shop.till.ask(here.store).address == "12 Harbour Street\nPort Ellery"


def test_leaving_asks_about_what_is_not_saved(page: SettingsScreen, shop: Shop) -> None:
    """Esc in the question keeps editing; discarding leaves."""
    page.presenter.show_setting("scanner_prefix")
    field = control(page, "scanner_prefix")
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "<STX>")
    left: list[bool] = []
    page.left.connect(lambda: left.append(True))
    QTest.keyClick(field, Qt.Key.Key_Escape)
    question = page.window().findChildren(ConfirmSheet)[-1]
    question.cancel()
    assert (left, field.text()) == ([], "<STX>")
    page.leave()
    page.window().findChildren(ConfirmSheet)[-1].yes.click()
    assert left == [True]
    assert now(shop) == ShopSettings()


def test_turning_the_wheel_over_a_list_changes_nothing(page: SettingsScreen) -> None:
    """Whoever scrolls the page changes no tax rule on the way."""
    page.presenter.show_setting("tax_rounding")
    box = control(page, "tax_rounding")
    assert isinstance(box, QComboBox)
    turn = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, turn)
    assert box.currentIndex() == 0
    assert not page.save.isEnabled()


def test_a_change_from_elsewhere_is_shown_and_the_message_stays(
    page: SettingsScreen, shop: Shop, qtbot: QtBot
) -> None:
    """Another till's change arrives while the page is up."""
    page.presenter.show_setting("badge_needs_pin")
    page.presenter.choose("badge_needs_pin", "1")
    page.save.click()
    field = control(page, "lock_after_s")
    assert isinstance(field, QComboBox)
    shop.till.write(settings.change, "lock_after_s", "60")
    qtbot.waitUntil(lambda: field.currentText() == "1 minute")
    assert page.strip.text == "1 setting saved."
