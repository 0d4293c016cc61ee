"""The words of the sync chip: calm, exact, and amber only when it has lasted."""

from dataclasses import dataclass
from typing import Literal

AMBER_AFTER_US = 20_000_000

ChipRole = Literal["chip-ok", "chip-busy", "chip-warning", "chip-error"]


@dataclass(frozen=True, slots=True)
class SyncFigures:
    """What the chip needs to know about the sync."""

    enrolled: bool = False
    waiting_groups: int = 0
    waiting_sales: int = 0
    attention: int = 0
    """What waits for a person: the inbox, and what the sync panel says."""
    inbox: int = 0
    """Of that: open conflicts, refused changes and overtaken decisions."""
    is_damaged: bool = False
    """The data file cannot be read whole; counted in `attention`, said in the sync panel."""
    locked: bool = False
    """The server has taken this till out of service, and has all that it did."""
    offline_since_us: int | None = None
    """When the server was first not reached; None while it answers."""


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
