"""Work off the UI thread: progress and an answer come back onto it, and it can be cancelled."""

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any, Generic, Protocol, TypeVar

from localdb.errors import EvertillError

T = TypeVar("T")
P = TypeVar("P")


class Worker(Protocol):
    """A thread beside the UI thread, and the way back."""

    def ask(self, question: Callable[[], T], answer: Callable[[T], None], /) -> None:
        """Run `question` on the thread, then `answer` on the UI thread; only for the newest."""

    def post(self, action: Callable[[], None], /) -> None:
        """Run `action` on the UI thread soon; callable from any thread."""


class Run(Generic[P]):
    """One run of a job, as its work sees it; both methods may be called on any thread."""

    def __init__(self, report: Callable[[P], None]) -> None:
        self.report = report
        """Say how far it is."""
        self._cancelled = Event()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        """Whether the work is to stop as soon as it can."""
        return self._cancelled.is_set()


class Job:
    """One piece of work at a time; a newer one takes the place of the one before."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._run: Run[Any] | None = None

    @property
    def is_running(self) -> bool:
        return self._run is not None

    def start(
        self,
        work: Callable[[Run[P]], T],
        done: Callable[[T], object],
        refused: Callable[[str], object],
        progressed: Callable[[P], object] = lambda progress: None,
    ) -> None:
        """Run `work`, then `done` with its result or `refused` with the words of an error.

        All but `work` run on the UI thread; `progressed` is told what is reported until the end.
        An error that is a bug is raised there too.
        """

        def tell(progress: P) -> None:
            if self._run is run:
                progressed(progress)

        def report(progress: P) -> None:
            self._worker.post(lambda: tell(progress))

        def worked() -> Callable[[], object]:
            try:
                result = work(run)
            except EvertillError as error:
                words = str(error)
                return lambda: refused(words)
            except Exception as error:
                return partial(_raise, error)
            return lambda: done(result)

        self.cancel()
        self._run = run = Run(report)
        self._worker.ask(worked, self._ended)

    def cancel(self) -> None:
        """Ask the work in hand to stop; its answer still comes."""
        if self._run is not None:
            self._run.cancel()

    def _ended(self, say: Callable[[], object]) -> None:
        self._run = None
        say()


def _raise(bug: Exception) -> None:
    raise bug
