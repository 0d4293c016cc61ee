"""When something breaks: it goes to the log, and a calm message to the cashier."""

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from localdb.errors import EvertillError

_log = logging.getLogger("evertill.crash")
_qt_log = logging.getLogger("evertill.qt")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
UNEXPECTED = (
    "Something went wrong. Your sales are saved and you can continue. Details are in the log."
)


class CrashGuard(QObject):
    """Catches what nobody else did, on any thread, and calls `tell` on the UI thread."""

    _failed = Signal(str)

    def __init__(self, tell: Callable[[str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._failed.connect(tell)

    def install(self) -> None:
        """Take over Python's two exception hooks and Qt's messages."""
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread
        qInstallMessageHandler(_qt_message)

    def remove(self) -> None:
        """Give the hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)

    def _uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        _log.critical("uncaught", exc_info=(kind, error, trace))
        self._failed.emit(message(error))

    def _uncaught_in_thread(self, details: threading.ExceptHookArgs) -> None:
        name = details.thread.name if details.thread else "a thread that is gone"
        error = details.exc_value or details.exc_type()
        _log.critical("uncaught in %s", name, exc_info=error)
        self._failed.emit(message(error))


def message(error: BaseException) -> str:
    """What a cashier is told: our own errors in their own words, a bug in calm ones."""
    return str(error) if isinstance(error, EvertillError) else UNEXPECTED


def _qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    _qt_log.log(_LEVELS[kind], "%s", text)
