"""What every screen of one till shares; made once, by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.devices.ports import CashDrawer, ReceiptPrinter
from app.devices.scanner import Scanner
from app.devices.terminal import CardTerminal
from app.kit.claims import Claims, NobodyToAsk
from app.kit.formats import Formats
from app.kit.qt.bridge import Bridge, Reader
from app.kit.qt.theme import Theme
from app.kit.sync_figures import SyncFigures
from localdb.services.till import Till


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """One till with its window's surroundings."""

    till: Till
    theme: Theme
    bridge: Bridge
    reader: Reader
    scanner: Scanner
    formats: Formats
    new_id: Callable[[], str]
    """UUIDv7 text, for cart lines."""
    now_us: Callable[[], int]
    store_name: str
    till_name: str
    figures: Callable[[], SyncFigures] = SyncFigures
    """What the sync chip shows; stand-alone by default."""
    claims: Claims = field(default_factory=NobodyToAsk)
    """Whom to ask before something is used up; a stand-alone till has nobody."""
    printer: ReceiptPrinter | None = None
    drawer: CashDrawer | None = None
    terminal: CardTerminal | None = None
    """None for a stand-alone one, whose answer the cashier types."""
    alarm: Callable[[], object] = lambda: None
    """The sound of goods that were scanned and not found."""
    pin_hint: str = ""
    """Shown on the sign-in screen of a demo."""
