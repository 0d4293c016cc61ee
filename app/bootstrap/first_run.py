"""The first run of a till: a wizard in a window of its own, until the till is set up."""

from PySide6.QtWidgets import QApplication

from app.bootstrap.session import Session
from app.kit.qt.bridge import Bridge
from app.kit.qt.theme import Theme
from app.setup import sample
from app.setup.first_run import Count
from app.setup.qt.first_run import FirstRunScreen
from app.setup.recovery import Recovery

SIZE = (1024, 768)
TITLE_BAR_PX = 40


def set_up(application: QApplication, theme: Theme, session: Session) -> bool:
    """Run the wizard; whether the till is set up when its window closes."""
    bridge = Bridge()

    def enrol(server: str, code: str, till_name: str, count: Count) -> None:
        session.enrol(server, code, till_name or "Till", lambda done: count(done.rows, done.total))

    def load_sample(count: Count) -> None:
        sample.load(session.till, progress=lambda result: count(result.read, result.total))

    screen = FirstRunScreen(
        session.till,
        theme,
        bridge,
        enrol=enrol,
        load_sample=load_sample,
        recovery=Recovery(session.till, session.recovery_key, session.folder, session.now_us),
    )
    screen.setWindowTitle("Evertill  ·  Set up this till")
    screen.resize(*SIZE)
    screen.finished.connect(screen.close)
    # The main window follows, so closing this one must not end the program.
    application.setQuitOnLastWindowClosed(False)
    application.lastWindowClosed.connect(application.exit)
    screen.open()
    room = application.primaryScreen().availableSize()
    if room.width() > SIZE[0] and room.height() > SIZE[1] + TITLE_BAR_PX:
        screen.show()
    else:
        screen.showMaximized()
    application.exec()
    application.lastWindowClosed.disconnect(application.exit)
    application.setQuitOnLastWindowClosed(True)
    screen.stop()
    screen.deleteLater()
    return session.till.is_set_up
