"""A till's real window over a real database, for tests and for pictures."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app.bootstrap.back_office import BackOffice
from app.bootstrap.features import TillProgram
from app.devices.ports import FileDrawer, FilePrinter, ReceiptPrinter
from app.devices.scanner import Scanner
from app.kit.formats import Formats
from app.kit.qt.bridge import Bridge, Reader
from app.kit.qt.page import Page
from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.kit.registry import PageEntry
from app.kit.sync_figures import SyncFigures
from app.paying.qt.charge import ChargeScreen
from app.people.qt.signin import SignInScreen
from app.selling.qt.selling import SellingScreen
from app.setup.recovery import Recovery
from app.shell.window import MainWindow
from localdb.domain.ids import IdSource
from localdb.domain.permissions import Permission
from localdb.services import people, setup
from localdb.services.setup import NewShop
from localdb.services.till import Till
from localdb.store.database import Database
from tests.support.clock import Clock

MANAGER_PIN, CASHIER_PIN = "1234", "2468"
SHOP = NewShop(
    store_name="Corner Market",
    manager_name="Mara Lindqvist",
    manager_pin=MANAGER_PIN,
    address="12 Harbour Street\nPort Ellery",
)


@dataclass(slots=True)
class Stage:
    """A window and everything under it."""

    program: TillProgram
    place: Workplace
    till: Till
    clock: Clock
    printed: Path
    drawer: FileDrawer
    figures: SyncFigures = field(default_factory=SyncFigures)
    alarms: list[str] = field(default_factory=list)
    """A mark for each time that the sound of goods not found was played."""
    key_at_ms: int = 1_000_000
    """When the last key was pressed, on the keyboard's clock."""

    @property
    def window(self) -> MainWindow:
        """The window of the program."""
        return self.program.window

    def add_page(
        self,
        title: str,
        make: Callable[[], Page],
        permission: Permission | None = None,
        section: str = "products",
    ) -> None:
        """Register a page under its title, as the composition does before the start."""
        shell = self.window.shell
        page = PageEntry(name=title, title=title, section=section, make=make, permission=permission)
        shell.pages.add(page)
        self.window.offer(page)

    @property
    def signin(self) -> SignInScreen:
        return self.program.people.screen

    @property
    def selling(self) -> SellingScreen:
        return self.program.selling.screen

    @property
    def charge(self) -> ChargeScreen:
        return self.program.paying.screen


@contextmanager
def open_stage(
    folder: Path,
    fill: Callable[[Till], object],
    *,
    printer: ReceiptPrinter | None = None,
    scheme: str = "light",
    shop: NewShop = SHOP,
    back_office: bool = False,
) -> Iterator[Stage]:
    """Set a stand-alone till up in `folder`, fill its catalogue, and build its window.

    With `back_office` it has the manager's pages too.
    """
    with ExitStack() as stack:
        clock = Clock()
        database = Database.open(folder, key=None, now_us=clock)
        stack.callback(database.close)
        till = Till(database)
        till.write(setup.stand_alone, shop)
        till.write(people.create, "Jonas Weber", "cashier", CASHIER_PIN)
        fill(till)
        stage = _build(stack, till, clock, folder / "printed", printer, scheme, shop)
        if back_office:
            sell = stage.program.selling.sell
            exports = folder / "exports"
            recovery = partial(_recovery, stage, folder)
            BackOffice(stage.window.shell, exports, sell, recovery, stack.callback)
        stage.program.begin()
        yield stage


def _recovery(stage: Stage, folder: Path) -> Recovery:
    return Recovery(stage.till, lambda: "", folder, stage.clock)


def _build(
    stack: ExitStack,
    till: Till,
    clock: Clock,
    printed: Path,
    printer: ReceiptPrinter | None,
    scheme: str,
    shop: NewShop,
) -> Stage:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    bridge = Bridge()
    reader = Reader(bridge)
    stack.callback(reader.close)
    theme = Theme(application, "dark" if scheme == "dark" else "light")
    stage_figures: list[Stage] = []
    drawer = FileDrawer(printed / "drawer.txt")
    alarms: list[str] = []
    place = Workplace(
        till=till,
        theme=theme,
        bridge=bridge,
        reader=reader,
        scanner=Scanner(application),
        formats=Formats("en", till.currency.code, shop.timezone, shop.country),
        new_id=IdSource(clock),
        now_us=clock,
        store_name=shop.store_name,
        till_name="Till T01",
        figures=lambda: stage_figures[0].figures if stage_figures else SyncFigures(),
        printer=printer or FilePrinter(printed),
        drawer=drawer,
        alarm=lambda: alarms.append("not found"),
        pin_hint=f"Demo: PIN {MANAGER_PIN}",
    )
    till.on_commit.append(bridge.committed.emit)
    program = TillProgram(place)
    stage = Stage(program, place, till, clock, printed, drawer, alarms=alarms)
    stage_figures.append(stage)
    stack.callback(_strike, stage, bridge)
    return stage


def _strike(stage: Stage, bridge: Bridge) -> None:
    """Take everything down in reverse, so that no timer of one test fires in the next."""
    stage.till.on_commit.clear()
    stage.window.close()
    stage.window.deleteLater()
    stage.place.scanner.stop()
    stage.place.scanner.deleteLater()
    stage.place.theme.deleteLater()
    bridge.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
