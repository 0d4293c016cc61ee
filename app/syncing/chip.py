"""The words of the sync chip: calm, exact, and amber only when it has lasted."""

from dataclasses import dataclass
from typing import Literal

from app.kit.sync_figures import SyncFigures
from app.kit.translation import translate

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
        return SyncChip(translate("Sync", "Locked by the server"), "chip-error", "lock")
    if figures.attention:
        return SyncChip(
            translate("Sync", "Needs attention: {attention}", attention=figures.attention),
            "chip-error",
            "conflict",
        )
    if not figures.enrolled:
        return SyncChip(translate("Sync", "Stand-alone"), "chip-ok", "till")
    since = figures.offline_since_us
    if since is not None and now_us - since >= AMBER_AFTER_US:
        return SyncChip(_offline(figures.waiting_sales), "chip-warning", "sync-offline")
    if figures.waiting_groups:
        return SyncChip(
            translate("Sync", "Syncing {waiting_groups}", waiting_groups=figures.waiting_groups),
            "chip-busy",
            "sync-busy",
        )
    return SyncChip(translate("Sync", "Synced"), "chip-ok", "sync-ok")


def _offline(sales: int) -> str:
    if sales == 0:
        return translate("Sync", "Offline - selling normally")
    return translate(
        "Sync",
        "Offline - selling normally, {sales} sale{value} waiting",
        sales=sales,
        value="" if sales == 1 else "s",
    )
