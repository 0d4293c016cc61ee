"""Work that meets goes together, and what fails for one stays with that one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from sync.protocol.messages import SentGroup
from sync.server.core.admission import Device
from sync.server.core.combining import Combiner
from sync.server.core.ports import Unavailable
from sync.server.core.push import GROUPS_MAX, Push, going_together

Runs = list[list[str]]


class Machine:
    """Runs what it is given when it is told to, and remembers in which company."""

    def __init__(self, runs_max: int = 1, room: int = 1000) -> None:
        self.runs: Runs = []
        self.go = asyncio.Event()
        self.combiner: Combiner[str, str] = Combiner(
            self._run,
            lambda asks: range(len(asks)),
            len,
            lambda: 2.5,
            runs_max=runs_max,
            room=room,
        )

    def ask(self, text: str, queue: str = "one") -> "asyncio.Task[str]":
        """What comes of asking."""
        return asyncio.create_task(self.combiner.ask(queue, text))

    async def _run(self, queue: str, asks: Sequence[str]) -> list[str | Exception]:
        self.runs.append(list(asks))
        await self.go.wait()
        if "all fail" in asks:
            raise LookupError("all fail")
        return [ValueError(ask) if ask == "fail" else ask.upper() for ask in asks]


def run(scene: Callable[[], Awaitable[None]]) -> None:
    """Play a scene on a loop of its own."""

    async def main() -> None:
        await scene()

    asyncio.run(main())


async def settled() -> None:
    """Let every task come as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_who_finds_the_queue_free_needs_no_event_loop() -> None:
    """Over a store that never waits, one that asks runs to the end at once."""

    async def run_now(queue: str, asks: Sequence[str]) -> list[str | Exception]:
        return [ask.upper() for ask in asks]

    combiner: Combiner[str, str] = Combiner(
        run_now, lambda asks: [0], len, lambda: 1.0, runs_max=1, room=1
    )
    for _ in range(2):
        with pytest.raises(StopIteration) as ended:
            combiner.ask("one", "a").send(None)
        assert ended.value.value == "A"


def test_those_that_wait_go_together_and_each_gets_its_own_answer() -> None:
    """The first runs alone; what came meanwhile shares the next run."""

    async def scene() -> None:
        machine = Machine()
        asked = [machine.ask(text) for text in "abcd"]
        await settled()
        assert machine.runs == [["a"]]
        machine.go.set()
        assert await asyncio.gather(*asked) == list("ABCD")
        assert machine.runs == [["a"], ["b", "c", "d"]]

    run(scene)


def test_two_runs_of_a_queue_overlap_and_other_lanes_have_their_own() -> None:
    """While one run waits, the next begins, up to the bound."""

    async def scene() -> None:
        machine = Machine(runs_max=2)
        asked = [machine.ask(text) for text in "abc"] + [machine.ask("x", queue="two")]
        await settled()
        assert machine.runs == [["a"], ["b"], ["x"]]
        machine.go.set()
        await asyncio.gather(*asked)
        assert machine.runs[3:] == [["c"]]

    run(scene)


def test_what_fails_for_one_is_not_the_others_business() -> None:
    """An exception among the answers goes to whom it belongs; one that is raised, to all."""

    async def scene() -> None:
        machine = Machine()
        asked = [machine.ask(text) for text in ("first", "fail", "b")]
        await settled()
        machine.go.set()
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert [str(one) for one in results] == ["FIRST", "fail", "B"]
        machine.go.clear()
        asked = [machine.ask(text) for text in ("first", "all fail", "b")]
        await settled()
        machine.go.set()
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in results] == [str, LookupError, LookupError]
        assert await machine.ask("later") == "LATER"

    run(scene)


def test_who_hangs_up_is_left_out_and_blocks_nobody() -> None:
    """One that stops waiting is not run; one whose run is cancelled makes room for the next."""

    async def scene() -> None:
        machine = Machine()
        first, second, third = (machine.ask(text) for text in "abc")
        await settled()
        second.cancel()
        first.cancel()
        await settled()
        assert machine.runs == [["a"], ["c"]]
        machine.go.set()
        assert await third == "C"

    run(scene)


def test_too_much_that_waits_is_told_to_come_back() -> None:
    """The waiting room is bounded, and empty again when those in it have gone."""

    async def scene() -> None:
        machine = Machine(room=3)
        asked = [machine.ask(text) for text in ("a", "bb", "c", "dd")]
        await settled()
        with pytest.raises(Unavailable) as told:
            await asked[3]
        assert told.value.retry_after_s == 2.5
        machine.go.set()
        assert await asyncio.gather(*asked[:3]) == ["A", "BB", "C"]
        machine.go.clear()
        again = [machine.ask(text) for text in ("a", "bbb")]
        await settled()
        machine.go.set()
        assert await asyncio.gather(*again) == ["A", "BBB"]

    run(scene)


def push(store: str, device: str, groups: int = 1, size: int = 10) -> Push:
    """What a till of a store hands over."""
    sent = [SentGroup(dseq=n + 1, hash="0" * 64, body="x" * size) for n in range(groups)]
    return Push(Device("org", device, store), sent)


def test_the_stores_take_turns() -> None:
    """A quiet store's push is in the next transaction, however many of a busy one came before."""
    pushes = [push("busy", f"b{n}", groups=40) for n in range(9)] + [push("quiet", "q")]
    assert going_together(pushes) == [0, 9, 1]


def test_a_transaction_is_bounded_but_takes_at_least_one_push() -> None:
    """By groups and by bytes."""
    assert going_together([push("s", f"d{n}") for n in range(300)]) == list(range(GROUPS_MAX))
    assert going_together([push("s", "a", size=1_500_000), push("s", "b")]) == [0]


def test_a_device_is_in_a_transaction_once() -> None:
    """What it sends again meanwhile is judged after the first is recorded."""
    assert going_together([push("s", "a"), push("s", "b"), push("s", "a")]) == [0, 1]
