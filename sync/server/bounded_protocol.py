"""Bounds how long a client may take to send a request's head, and how long that may be."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as HttpProtocol
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle
else:
    # The one of httptools where that is installed; both have what is used here.
    from uvicorn.protocols.http.auto import AutoHTTPProtocol as HttpProtocol

HEAD_S = 10.0
HEAD_BYTES_MAX = 64 * 1024


class BoundedProtocol(HttpProtocol):
    """uvicorn's connection, which alone waits for ever for the rest of a request's head.

    A connection that nothing is served over is cut after ``HEAD_S`` and ``HEAD_BYTES_MAX``: it
    said nothing, half a head, or goes on with a body nobody asked for. The bounds of one that is
    read are those of ``BoundedBody``.
    """

    _cut_at: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """A client said something."""
        super().data_received(data)
        if self.transport.get_protocol() is not self or not self._is_idle():
            self._stop_waiting()
            return
        self._wait()
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES_MAX:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """A client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _is_idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _wait(self) -> None:
        if self._cut_at is None:
            self._cut_at = self.loop.call_later(HEAD_S, self._cut_if_idle)

    def _cut_if_idle(self) -> None:
        if self._is_idle():
            self.transport.abort()

    def _stop_waiting(self) -> None:
        self._head_bytes = 0
        if self._cut_at is not None:
            self._cut_at.cancel()
            self._cut_at = None
