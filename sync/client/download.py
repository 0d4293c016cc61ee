"""The downward lane: the streams in turn, and a bootstrap where a stream cannot go on."""

from collections.abc import Callable
from dataclasses import dataclass

from localdb.store.replica import ORG_STREAM
from sync.client.background import Background
from sync.client.bootstrap import Bootstrap
from sync.client.pull import Puller
from sync.client.restored import send_lost_again
from sync.protocol.gateway import CursorExpired, Gateway


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What one unit of downloading came to."""

    entries: int = 0
    more: bool = False
    """Whether there is more to fetch at once."""
    server_time_us: int | None = None


class Downloader:
    """Fetches one page per step. ``store_id`` names the till's own store."""

    def __init__(
        self,
        background: Background,
        gateway: Gateway,
        store_id: str,
        cart_is_empty: Callable[[], bool],
    ) -> None:
        self._background = background
        self._gateway = gateway
        self._streams = (ORG_STREAM, store_id)
        self._turn = 0
        self._puller = Puller(background, gateway)
        self._cart_is_empty = cart_is_empty
        self.behind = False
        """Whether the server was last seen to hold more than this till."""
        self.bootstrap: Bootstrap | None = None
        """The load under way, if any."""
