"""One till's window over an opened session."""

from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

import resources
from app.bootstrap.back_office import BackOffice
from app.bootstrap.features import TillProgram
from app.bootstrap.figures import ChipFigures
from app.bootstrap.paths import exports_dir, receipts_dir
from app.bootstrap.server_claims import Asker, ServerClaims
from app.bootstrap.session import Session
from app.conflicts.qt.feature import Conflicts
from app.devices.ports import FileDrawer, FilePrinter
from app.devices.scanner import Scanner
from app.devices.sound import Sound
from app.kit.authority import may
from app.kit.formats import Formats
from app.kit.qt.bridge import Bridge, Reader
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.setup.recovery import Recovery
from app.shell.crash import CrashGuard
from localdb.domain.permissions import Permission
from localdb.queries import here

if TYPE_CHECKING:
    from app.syncing.panel import SyncPort
    from sync.protocol.gateway import Gateway

    Through = Callable[[Gateway], Gateway]


def _as_it_is(gateway: "Gateway") -> "Gateway":
    return gateway


class TillWindow:
    """The window and what it needs around it; ``close`` takes all of it down in reverse."""

    def __init__(
        self, application: QApplication, theme: Theme, session: Session, pin_hint: str = ""
    ) -> None:
        self._stack = ExitStack()
        self.session = session
        self.place = self._workplace(application, theme, pin_hint)
        self.program = TillProgram(self.place)
        self.window = self.program.window
        self.shell = self.window.shell
        self._stack.callback(self.window.deleteLater)
        self._add_pages()
        self.program.begin()
        guard = CrashGuard(self.window.tell)
        guard.install()
        self._stack.callback(guard.remove)

    def connect(self, through: "Through" = _as_it_is) -> None:
        """Start syncing; `through` stands between the engine and the network."""
        self.session.connect(through)

    def close(self) -> None:
        """Leave the session as it was."""
        self.window.close()
        self._stack.close()

    def _workplace(self, application: QApplication, theme: Theme, pin_hint: str) -> Workplace:
        session = self.session
        store = session.till.ask(here.store)
        bridge = Bridge()
        reader = Reader(bridge)
        self._stack.callback(reader.close)
        session.till.on_commit.append(bridge.committed.emit)
        self._stack.callback(lambda: session.till.on_commit.remove(bridge.committed.emit))
        figures = ChipFigures(session, bridge.sync_changed.emit)
        self._stack.callback(figures.close)
        claims = ServerClaims(bridge, lambda: _whom_to_ask(session))
        self._stack.callback(claims.close)
        scanner = Scanner(application)
        self._stack.callback(scanner.stop)
        return Workplace(
            till=session.till,
            theme=theme,
            bridge=bridge,
            reader=reader,
            scanner=scanner,
            formats=Formats(
                currency=store.currency, timezone=store.timezone, country=store.country
            ),
            new_id=session.new_id,
            now_us=session.now_us,
            store_name=store.name,
            till_name=f"Till {session.till.identity.till_code}",
            figures=figures,
            claims=claims,
            printer=FilePrinter(receipts_dir(session.folder)),
            drawer=FileDrawer(receipts_dir(session.folder) / "drawer.log"),
            alarm=Sound(resources.path("sounds/error.wav"), QApplication.beep).play,
            pin_hint=pin_hint,
        )

    def _add_pages(self) -> None:
        exports = exports_dir(self.session.folder)
        sell, stopping = self.program.selling.sell, self._stack.callback
        office = BackOffice(self.shell, exports, sell, self._recovery, stopping)
        self.setup = office.setup
        self.conflicts = Conflicts(self.shell, exports)
        self.window.sync_asked.connect(self._show_what_waits)

    def _show_what_waits(self) -> None:
        """The chip was tapped: what needs attention, for who may settle it, or else the panel.

        Damage is said by the panel, which also opens the inbox.
        """
        figures = self.place.figures()
        is_at_work = self.window.current_screen() is not self.program.paying.screen
        opens = figures.inbox and not figures.is_damaged
        if opens and is_at_work and may(self.session.till, Permission.CONFLICTS):
            self.conflicts.show()
        else:
            self._show_sync()

    def _show_sync(self) -> None:
        from app.syncing.qt.panel import SyncPanel

        exports = exports_dir(self.session.folder)
        SyncPanel(
            self.window,
            self.place,
            self._sync_port(),
            exports,
            join=self._show_join,
            resolve=self.conflicts.show,
        )

    def _show_join(self) -> None:
        from app.syncing.qt.joining import JoinSheet

        session = self.session
        JoinSheet(self.window, self.place, session.enrol, self._joined, session.server or "")

    def _joined(self) -> None:
        self.session.connect()
        self._show_sync()
        # The till has another name now, and the sheet says which till it opens.
        self.setup.show_recovery()

    def _recovery(self) -> Recovery:
        session = self.session
        return Recovery(session.till, session.recovery_key, session.folder, session.now_us)

    def _sync_port(self) -> "SyncPort | None":
        link = self.session.link
        if link is None:
            return None
        from app.syncing.panel import SyncPort
        from sync.protocol.messages import PROTOCOL_VERSION

        return SyncPort(
            status=lambda: link.engine.status,
            sync_now=link.engine.sync_now,
            prove=link.prove,
            history=link.history,
            server=link.url,
            versions=(("Evertill", version("evertill")), ("Protocol", str(PROTOCOL_VERSION))),
        )


def _whom_to_ask(session: Session) -> Asker | None:
    """The server of an enrolled till; nobody where only practice is at stake."""
    link = session.link
    return None if link is None or session.till.is_training else link.claims.ask
