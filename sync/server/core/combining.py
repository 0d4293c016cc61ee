"""Combines work that arrives while other work of its queue runs into the next run.

Nothing is delayed to be combined: work that finds a free run starts at once and alone. The busier a
queue, the more of its work shares a transaction, and the less each piece costs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sync.server.core.ports import Unavailable

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Waiting(Generic[Ask, Answer]):
    ask: Ask
    size: int
    answer: "asyncio.Future[Answer]"


@dataclass(slots=True)
class _Queue(Generic[Ask, Answer]):
    runs: int = 0
    size: int = 0
    """Of those that wait."""
    waiting: list[_Waiting[Ask, Answer]] = field(default_factory=list)


class Combiner(Generic[Ask, Answer]):
    """Runs what is asked in at most ``runs_max`` runs of a queue at a time.

    ``run`` answers each ask of a run in order, with an exception for one that fails alone; one
    that it raises is everybody's. ``choose`` picks from those that wait, first come first, what
    goes together: positions, at least one. ``size`` is what an ask takes of the room for those
    that wait, ``room``; ``retry_after_s`` says when to come back to one that is full.
    """

    def __init__(
        self,
        run: Callable[[str, Sequence[Ask]], Awaitable[Sequence[Answer | Exception]]],
        choose: Callable[[Sequence[Ask]], Sequence[int]],
        size: Callable[[Ask], int],
        retry_after_s: Callable[[], float],
        *,
        runs_max: int,
        room: int,
    ) -> None:
        self._run = run
        self._choose = choose
        self._size = size
        self._retry_after_s = retry_after_s
        self._runs_max = runs_max
        self._room = room
        self._queues: dict[str, _Queue[Ask, Answer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, queue: str, ask: Ask) -> Answer:
        """The answer, after a run that this was part of; raises Unavailable when too many wait."""
        found = self._queues.setdefault(queue, _Queue[Ask, Answer]())
        if found.runs < self._runs_max:
            found.runs += 1
            try:
                return _given((await self._run(queue, [ask]))[0])
            finally:
                self._go_on(queue, found)
        size = self._size(ask)
        if found.size + size > self._room:
            raise Unavailable("too many requests at once", self._retry_after_s())
        found.size += size
        # Only here an event loop is needed: over a store that never waits no call gets this far.
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        found.waiting.append(_Waiting(ask, size, answer))
        return await answer

    def _go_on(self, queue: str, found: _Queue[Ask, Answer]) -> None:
        """After a run: begin the next one, or forget the queue."""
        # Those who hung up meanwhile are no longer waiting.
        found.waiting = [one for one in found.waiting if not one.answer.done()]
        if found.waiting:
            chosen = set(self._choose([one.ask for one in found.waiting]))
            together = [one for n, one in enumerate(found.waiting) if n in chosen]
            found.waiting = [one for n, one in enumerate(found.waiting) if n not in chosen]
            found.size = sum(one.size for one in found.waiting)
            task = asyncio.get_running_loop().create_task(self._together(queue, found, together))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        found.size = 0
        found.runs -= 1
        if not found.runs:
            del self._queues[queue]

    async def _together(
        self, queue: str, found: _Queue[Ask, Answer], together: Sequence[_Waiting[Ask, Answer]]
    ) -> None:
        answers: Sequence[Answer | Exception]
        try:
            answers = await self._run(queue, [one.ask for one in together])
        except Exception as error:
            answers = [error] * len(together)
        except BaseException:
            for one in together:
                one.answer.cancel()
            raise
        finally:
            self._go_on(queue, found)
        for one, answer in zip(together, answers, strict=True):
            if one.answer.done():
                continue
            if isinstance(answer, Exception):
                one.answer.set_exception(answer)
            else:
                one.answer.set_result(answer)


def _given(answer: Answer | Exception) -> Answer:
    if isinstance(answer, Exception):
        raise answer
    return answer
