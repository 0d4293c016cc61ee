"""One till's window over an opened session."""

from contextlib import ExitStack

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import resources
from app.bootstrap.figures import ChipFigures
from app.bootstrap.session import Session
from app.bridge import Bridge, Reader
from app.crash import CrashGuard
from app.devices.scanner import Scanner
from app.formats import Formats
from app.theme import Theme
from app.window import MainWindow
from app.workplace import Workplace
from localdb.queries import here


class TillWindow:
    """The window and what it needs around it; ``close`` takes all of it down in reverse."""

    def __init__(self, application: QApplication, session: Session, pin_hint: str = "") -> None:
        self._stack = ExitStack()
        application.setWindowIcon(QIcon(str(resources.path("app-icon/evertill-256.png"))))
        store = session.till.ask(here.store)
        bridge = Bridge()
        reader = Reader(bridge)
        self._stack.callback(reader.close)
        session.till.on_commit.append(bridge.committed.emit)
        self._stack.callback(lambda: session.till.on_commit.remove(bridge.committed.emit))
        self.figures = ChipFigures(session, bridge.sync_changed.emit)
        self._stack.callback(self.figures.close)
        self.place = Workplace(
            till=session.till,
            theme=Theme(application),
            bridge=bridge,
            reader=reader,
            scanner=Scanner(application),
            formats=Formats(currency=store.currency, timezone=store.timezone),
            new_id=session.new_id,
            now_us=session.now_us,
            store_name=store.name,
            till_name=f"Till {session.till.identity.till_code}",
            figures=self.figures,
            pin_hint=pin_hint,
        )
        self.window = MainWindow(self.place)
        guard = CrashGuard(self.window.tell)
        guard.install()
        self._stack.callback(guard.remove)

    def close(self) -> None:
        """Leave the session as it was; the window is gone by now."""
        self._stack.close()
