"""The words of the sync chip."""

import pytest

from app.kit.sync_figures import SyncFigures
from app.syncing.chip import sync_chip

NOW = 100_000_000


@pytest.mark.parametrize(
    ("figures", "text", "role"),
    [
        (SyncFigures(), "Stand-alone", "chip-ok"),
        (SyncFigures(enrolled=True), "Synced", "chip-ok"),
        (
            SyncFigures(enrolled=True, locked=True, attention=2),
            "Locked by the server",
            "chip-error",
        ),
        (SyncFigures(enrolled=True, waiting_groups=12), "Syncing 12", "chip-busy"),
        (
            SyncFigures(enrolled=True, waiting_sales=14, offline_since_us=NOW - 20_000_000),
            "Offline - selling normally, 14 sales waiting",
            "chip-warning",
        ),
        (
            SyncFigures(enrolled=True, waiting_sales=1, offline_since_us=0),
            "Offline - selling normally, 1 sale waiting",
            "chip-warning",
        ),
        (
            SyncFigures(enrolled=True, offline_since_us=0),
            "Offline - selling normally",
            "chip-warning",
        ),
        (SyncFigures(enrolled=True, attention=2), "Needs attention: 2", "chip-error"),
    ],
)
def test_what_the_chip_says(figures: SyncFigures, text: str, role: str) -> None:
    """Each state has its own words and its own icon, not only its own colour."""
    chip = sync_chip(figures, NOW)
    assert (chip.text, chip.role) == (text, role)


def test_a_short_outage_stays_calm() -> None:
    """The chip turns amber only after 20 seconds without the server."""
    figures = SyncFigures(enrolled=True, waiting_groups=1, offline_since_us=NOW - 19_999_999)
    assert sync_chip(figures, NOW).text == "Syncing 1"
