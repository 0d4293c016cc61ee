"""A small shop's workplace for the manager's pages, without the main window."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app.devices.scanner import Scanner
from app.kit.formats import Formats
from app.kit.qt.bridge import Bridge, Reader
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from localdb.domain.ids import IdSource
from tests.support.shops import Shop


@contextmanager
def workplace(shop: Shop, theme: Theme) -> Iterator[Workplace]:
    """Everything a page needs; what it started is ended afterwards."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    bridge = Bridge()
    reader = Reader(bridge)
    scanner = Scanner(application)
    place = Workplace(
        till=shop.till,
        theme=theme,
        bridge=bridge,
        reader=reader,
        scanner=scanner,
        formats=Formats("en", shop.till.currency.code),
        new_id=IdSource(shop.clock),
        now_us=shop.clock,
        store_name="Corner Shop",
        till_name="Till T01",
    )
    shop.till.on_commit.append(bridge.committed.emit)
    try:
        yield place
    finally:
        shop.till.on_commit.clear()
        reader.close()
        for owned in (scanner, theme, bridge):
            owned.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
