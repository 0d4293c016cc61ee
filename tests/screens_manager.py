"""Pictures of the manager's pages: `python -m tests.screens_manager OUT_DIR [WORD]`."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication, QWidget

from app.theme import Theme
from app.workplace import Workplace
from resources.styling import Scheme
from tests.app.desk import workplace
from tests.support.contradictions import many_conflicts
from tests.support.shops import Shop, small_shop

SIZES = ((1024, 768), (1920, 1080))
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one page is looked at."""

    shop: Shop
    place: Workplace
    host: QWidget
    folder: Path


def main(out: Path, only: str = "") -> None:
    """Draw every page whose name contains `only`, in both schemes and sizes."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    out.mkdir(parents=True, exist_ok=True)
    for name, scene in SCENES.items():
        if only not in name:
            continue
        for scheme in SCHEMES:
            for width, height in SIZES:
                file = out / f"{name}-{scheme}-{width}x{height}.png"
                draw(application, scheme, (width, height), scene, file)
                print(file)


def draw(
    application: QApplication,
    scheme: Scheme,
    size: tuple[int, int],
    scene: Callable[[Stand], QWidget],
    file: Path,
) -> None:
    """One picture of one scene."""
    with tempfile.TemporaryDirectory() as folder, stand(application, scheme, folder, size) as at:
        page = scene(at)
        settle()
        at.host.grab().save(str(file))
        page.close()


@contextmanager
def stand(
    application: QApplication, scheme: Scheme, folder: str, size: tuple[int, int]
) -> Iterator[Stand]:
    """A shop, a theme and a host of a size."""
    with ExitStack() as stack:
        shop = stack.enter_context(small_shop(Path(folder) / "till"))
        place = stack.enter_context(workplace(shop, Theme(application, scheme)))
        host = QWidget()
        host.setProperty("role", "page")
        host.resize(*size)
        host.show()
        stack.callback(host.deleteLater)
        yield Stand(shop, place, host, Path(folder))


def filled(at: Stand, page: QWidget) -> None:
    """Give a page the whole host."""
    page.setParent(at.host)
    page.setGeometry(at.host.rect())
    page.show()


def settle(rounds: int = 12) -> None:
    """Let threads answer and the page paint."""
    for _ in range(rounds):
        QApplication.processEvents()
        time.sleep(0.01)


def _inbox(at: Stand, bulk: bool = True) -> QWidget:
    from app.screens.conflict_inbox import ConflictInbox

    many_conflicts(at.shop)
    page = ConflictInbox(at.place)
    filled(at, page)
    page.open()
    if bulk:
        page.presenter.toggle(page.presenter.state.rows[0].id)
        page.presenter.toggle(page.presenter.state.rows[4].id)
    return page


def _inbox_empty(at: Stand) -> QWidget:
    from app.screens.conflict_inbox import ConflictInbox

    page = ConflictInbox(at.place)
    filled(at, page)
    page.open()
    return page


def _detail(row: int, act: Callable[[QWidget], object]) -> Callable[[Stand], QWidget]:
    def scene(at: Stand) -> QWidget:
        page = _inbox(at, bulk=False)
        page.open_conflict(row)  # type: ignore[attr-defined]
        settle(2)
        act(page.sheet)  # type: ignore[attr-defined]
        return page

    return scene


def _picked(sheet: QWidget) -> None:
    presenter = sheet.presenter  # type: ignore[attr-defined]
    presenter.pick("ours")


def _two(sheet: QWidget) -> None:
    presenter = sheet.presenter  # type: ignore[attr-defined]
    presenter.pick("theirs", 0)
    presenter.type(1, "3.8x")


def _kept(sheet: QWidget) -> None:
    sheet.presenter.keep(True)  # type: ignore[attr-defined]


def _rival(sheet: QWidget) -> None:
    presenter = sheet.presenter  # type: ignore[attr-defined]
    presenter.let_keep(presenter.state.rivals[1].record_id)


SCENES: dict[str, Callable[[Stand], QWidget]] = {
    "inbox": _inbox,
    "inbox-empty": _inbox_empty,
    "detail-price": _detail(0, _picked),
    "detail-two": _detail(1, _two),
    "detail-fresh": _detail(1, lambda sheet: None),
    "detail-code": _detail(2, _rival),
    "detail-flag": _detail(3, lambda sheet: None),
    "detail-delete": _detail(4, _kept),
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
