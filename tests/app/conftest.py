"""A signed-in till with a window, for the tests of this folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QWidget

from localdb.domain.records import Product, TaxClass
from localdb.services import catalogue
from localdb.services.till import Till
from localdb.store.unit_of_work import UnitOfWork
from tests.app.stage import Stage, open_stage
from tests.support.shops import add
from tests.support.taxes import default_taxes

MILK, BREAD, COLA, WINE = "4006381333931", "4012345678901", "4000417025005", "4000521006112"


@pytest.fixture
def stage(needs_qt: None, qapp: object, tmp_path: Path) -> Iterator[Stage]:
    """A window on its sign-in screen."""
    with open_stage(tmp_path, fill) as made, no_stray_window():
        made.window.show()
        made.window.activateWindow()
        yield made


@contextmanager
def no_stray_window() -> Iterator[None]:
    """Fail if a part is shown before it has its place: a window of its own flashes up.

    It also takes the keyboard from the till's window, and the cashier's keys go nowhere.
    """
    application = QApplication.instance()
    assert application is not None
    watch = WindowWatch(application)
    application.installEventFilter(watch)
    yield
    application.removeEventFilter(watch)
    watch.deleteLater()
    assert watch.strays == []


class WindowWatch(QObject):
    """Notes every window that is shown, but for the till's own and menus."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.strays: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() != QEvent.Type.Show or not isinstance(watched, QWidget):
            return False
        if watched.isWindow() and not isinstance(watched, QMainWindow | QMenu):
            self.strays.append(type(watched).__name__)
        return False


def fill(till: Till) -> None:
    """A small catalogue with one product of each kind."""
    till.write(default_taxes)
    till.write(add, "MILK", "Milk 1 l", 129, MILK, 10_000)
    till.write(add, "BREAD", "Rye bread", 349, BREAD, 0)
    till.write(_special, "APPLE", "Apples", 299, kind="weighed", unit="kg")
    till.write(_special, "GIFT", "Gift wrap", 0, kind="open_price")
    till.write(_special, "WINE", "Red wine", 599, WINE, min_age=18)
    deposit = till.write(_special, "DEP", "Deposit", 25, kind="deposit")
    till.write(_special, "COLA", "Cola", 199, COLA, deposit_id=deposit.id)


def _special(
    uow: UnitOfWork, sku: str, name: str, price_minor: int, code: str = "", /, **more: object
) -> Product:
    tax_class = uow.find(TaxClass, code="standard")[0]
    product = Product(
        id=uow.new_id(),
        sku=sku,
        name=name,
        price_minor=price_minor,
        tax_class_id=tax_class.id,
        **more,  # type: ignore[arg-type]
    )
    catalogue.add_product(uow, product, (code,) if code else (), 5000)
    return product
