"""From choosing a page, or a section of the settings, to its first paint."""

import time

from app.bootstrap.window import TillWindow
from app.kit.qt.page import Page, Scroll
from app.setup.qt.settings import SettingsScreen
from tests.bench.paint import PaintWatch, settle
from tests.bench.results import Measured
from tests.bench.samples import Samples
from tests.bench.screen import till_window
from tests.bench.world import World

AGAIN = 20


def measure(world: World) -> dict[str, Measured]:
    """Open every page for the first time, its code not loaded yet, and then again and again."""
    first: dict[str, float] = {}
    again: dict[str, Samples] = {}
    with till_window(world) as (_session, till):
        names = [page.name for page in till.shell.pages]
        for name in names:
            first[name] = open_page(till, name)
        sections = section_times(till)
        for name in names * world.size.times(AGAIN):
            again.setdefault(name, Samples()).values_ms.append(open_page(till, name))
    shown = first | sections
    slowest = max(shown, key=shown.__getitem__)
    details = {f"{name}_first_ms": round(took_ms, 1) for name, took_ms in shown.items()}
    details |= {f"{name}_again_p50_ms": round(one.median, 1) for name, one in again.items()}
    return {"page": Measured(shown[slowest], None, len(shown), f"slowest: {slowest}", details)}


def open_page(till: TillWindow, name: str) -> float:
    """Milliseconds from asking for a page to its paint, coming from the selling screen."""
    till.window.show_home()
    settle(0.05)
    began = time.perf_counter()
    page = till.window.show_page(name)
    watch = PaintWatch(page)
    took_ms = watch.wait_ms(began)
    watch.deleteLater()
    settle(0.05)
    return took_ms


def section_times(till: TillWindow) -> dict[str, float]:
    """The same for each section of the settings, shown for the first time; the first one is up."""
    page: Page = till.window.show_page("settings")
    assert isinstance(page, SettingsScreen), "the settings page is another one"
    watch = PaintWatch(page.findChildren(Scroll)[0].viewport())
    took_ms = {}
    for row in range(1, page.sections.count()):
        settle(0.05)
        began = time.perf_counter()
        page.sections.setCurrentRow(row)
        took_ms[f"settings_{page.presenter.state.section}"] = watch.wait_ms(began)
    return took_ms
