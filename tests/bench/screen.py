"""A till's window at work."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.bootstrap.pace import favour_screen
from app.bootstrap.session import Session, open_session
from app.bootstrap.window import TillWindow
from app.kit.qt.theme import Theme
from tests.bench.paint import SIZE, application, until
from tests.bench.world import PIN, World


@contextmanager
def till_window(world: World) -> Iterator[tuple[Session, TillWindow]]:
    """A till's window on a copy of the template, with the manager signed in and a shift open."""
    app = application()
    with open_session(world.copy(), use_keyring=False) as session:
        till = TillWindow(app, Theme(app), session)
        try:
            till.window.resize(*SIZE)
            till.window.show()
            till.window.activateWindow()
            favour_screen()
            sign_in(till)
            yield session, till
        finally:
            till.close()


def sign_in(till: TillWindow) -> None:
    """Sign the only person in by PIN."""
    for digit in PIN:
        till.program.people.screen.presenter.digit(digit)
    till.program.people.screen.presenter.enter()
    until(lambda: bool(till.program.selling.screen.tiles.tiles))
