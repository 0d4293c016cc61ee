"""A task of the server that runs until it is stopped."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any


class Loop:
    """One task, begun and ended with its process."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin."""
        self._task = asyncio.create_task(run())

    async def stop(self) -> None:
        """End; what was under way is cut short. Does nothing when it never began."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
