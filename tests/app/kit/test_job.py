"""Work off the UI thread: what it says arrives on it, once, in order."""

from collections.abc import Callable
from typing import Any

import pytest

from app.kit.job import Job, Run
from localdb.errors import DiskFull, EvertillError, Refusal
from tests.app.kit.at_once import AtOnce


class ByHand:
    """A worker whose thread works, and whose UI thread runs, when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[Callable[[], Any], Callable[[Any], None]]] = []
        self.posted: list[Callable[[], None]] = []

    def ask(self, question: Callable[[], Any], answer: Callable[[Any], None], /) -> None:
        self.asked.append((question, answer))

    def post(self, action: Callable[[], None], /) -> None:
        self.posted.append(action)

    def work(self) -> Callable[[], None]:
        """Work on the oldest question; gives what is left to do on the UI thread."""
        question, answer = self.asked.pop(0)
        found = question()
        return lambda: answer(found)

    def show(self) -> None:
        """Run what was posted."""
        while self.posted:
            self.posted.pop(0)()


def counting(run: Run[int]) -> str:
    """Count to three, or stop where it is asked to."""
    for number in range(1, 4):
        if run.is_cancelled():
            return "stopped"
        run.report(number)
    return "counted"


def test_progress_and_the_result_arrive_in_order() -> None:
    """Each report is told, then the result, and the job is over."""
    said: list[object] = []
    job = Job(AtOnce())
    job.start(counting, said.append, said.append, said.append)
    assert said == [1, 2, 3, "counted"]
    assert not job.is_running


@pytest.mark.parametrize("error", [Refusal("No such file."), DiskFull("The disk is full.")])
def test_an_error_is_told_in_its_words(error: EvertillError) -> None:
    """A refusal or a fault of the machine ends the job with its sentence."""
    done: list[object] = []
    refused: list[str] = []

    def work(_: Run[int]) -> str:
        raise error

    job = Job(AtOnce())
    job.start(work, done.append, refused.append)
    assert (done, refused, job.is_running) == ([], [str(error)], False)


def test_a_bug_is_no_refusal() -> None:
    """What nobody meant to raise is raised on the UI thread."""

    def work(_: Run[int]) -> int:
        return 1 // 0

    with pytest.raises(ZeroDivisionError):
        Job(AtOnce()).start(work, lambda _: None, lambda _: None)


def test_cancelled_work_stops_and_still_answers() -> None:
    """The work is asked to stop; what it then gives is its result."""
    worker, said = ByHand(), list[str]()
    job = Job(worker)
    job.start(counting, said.append, said.append)
    job.cancel()
    worker.work()()
    assert said == ["stopped"]
    assert not job.is_running


def test_progress_that_comes_late_is_not_told() -> None:
    """After the end nothing is shown as under way."""
    worker, shown = ByHand(), list[int]()
    job = Job(worker)
    job.start(counting, lambda _: None, lambda _: None, shown.append)
    worker.work()()
    worker.show()
    assert shown == []


def test_a_newer_job_stops_the_one_before() -> None:
    """The older work is asked to stop, and its progress is not told any more."""
    worker, shown, said = ByHand(), list[object](), list[str]()
    job = Job(worker)
    job.start(counting, said.append, said.append, shown.append)
    job.start(lambda _: "new", said.append, said.append)
    worker.work()
    worker.show()
    assert shown == []
    worker.work()()
    assert said == ["new"]


def test_a_bug_in_the_work_is_raised_on_the_ui_thread_and_ends_the_job() -> None:
    """It must not look as if it ran for ever."""

    def broken(run: Run[int]) -> None:
        raise ZeroDivisionError

    worker, said = ByHand(), list[object]()
    job = Job(worker)
    job.start(broken, said.append, said.append)
    show = worker.work()
    with pytest.raises(ZeroDivisionError):
        show()
    assert (job.is_running, said) == (False, [])
