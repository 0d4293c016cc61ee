"""What every screen may know of the sync."""

from dataclasses import dataclass


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
