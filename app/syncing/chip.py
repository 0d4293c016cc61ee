"""The words of the sync chip: calm, exact, and amber only when it has lasted."""

from dataclasses import dataclass
from typing import Literal

from app.kit.sync_figures import SyncFigures

AMBER_AFTER_US = 20_000_000

ChipRole = Literal["chip-ok", "chip-busy", "chip-warning", "chip-error"]


@dataclass(frozen=True, slots=True)
class SyncChip:
    """What the chip shows; the icon says it too, never the colour alone."""

    text: str
    role: ChipRole
    icon: str


def sync_chip(figures: SyncFigures, now_us: int) -> SyncChip:
    """The chip for these figures at `now_us`."""
    if figures.locked:
        return SyncChip("Locked by the server", "chip-error", "lock")
    if figures.attention:
        return SyncChip(f"Needs attention: {figures.attention}", "chip-error", "conflict")
    if not figures.enrolled:
        return SyncChip("Stand-alone", "chip-ok", "till")
    since = figures.offline_since_us
    if since is not None and now_us - since >= AMBER_AFTER_US:
        return SyncChip(_offline(figures.waiting_sales), "chip-warning", "sync-offline")
    if figures.waiting_groups:
        return SyncChip(f"Syncing {figures.waiting_groups}", "chip-busy", "sync-busy")
    return SyncChip("Synced", "chip-ok", "sync-ok")


def _offline(sales: int) -> str:
    if sales == 0:
        return "Offline - selling normally"
    return f"Offline - selling normally, {sales} sale{'' if sales == 1 else 's'} waiting"
