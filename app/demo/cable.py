"""The network cable of the demonstration: a gateway that can be unplugged."""

import threading
from typing import Any

from sync.protocol.gateway import Gateway, NetworkFault


class Cable:
    """Stands between an engine and the network; unplugged, every call fails as a dead line does."""

    def __init__(self) -> None:
        self._out = threading.Event()

    def unplug(self) -> None:
        """Cut the line."""
        self._out.set()

    def plug_in(self) -> None:
        """Mend the line."""
        self._out.clear()

    @property
    def is_unplugged(self) -> bool:
        return self._out.is_set()

    def through(self, gateway: Gateway) -> Gateway:
        """The gateway as it is seen through this cable."""
        return _Cut(gateway, self._out)


class _Cut:
    def __init__(self, gateway: Gateway, out: threading.Event) -> None:
        self._gateway = gateway
        self._out = out

    def __getattr__(self, name: str) -> Any:
        if self._out.is_set():
            raise NetworkFault("The server does not answer.")
        return getattr(self._gateway, name)
