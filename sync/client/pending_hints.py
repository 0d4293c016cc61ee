"""Keeps the hints that were not followed yet, and leaves out those about this till's own groups."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from localdb.store.sync_state import Cursor
from sync.protocol.messages import Hint, Verdict


@dataclass(frozen=True, slots=True)
class Heard:
    """What may be pulled: a number for each stream, or anything in any of them."""

    numbers: Mapping[str, int]
    anything: bool


@dataclass(frozen=True, slots=True)
class _Own:
    """The numbers above ``after`` up to ``to`` of a stream are groups of this till."""

    epoch: str
    after: int
    to: int


class PendingHints:
    """The hints about ``streams`` that were not followed yet; for any thread.

    Several hints about a stream come to one. ``delivered`` is told what the server made of this
    till's own groups: the hints about those that it took as they are bring nothing.
    """

    def __init__(self, streams: Iterable[str]) -> None:
        self._streams = frozenset(streams)
        self._numbers: dict[str, int] = {}
        self._anything = False
        self._own: dict[str, _Own] = {}
        self._lock = threading.Lock()

    def hear(self, hint: Hint | None) -> bool:
        """Note a hint (None: anything may have moved); returns whether to follow it."""
        with self._lock:
            if hint is None:
                self._anything = True
            elif hint.stream in self._streams:
                self._numbers[hint.stream] = max(hint.number, self._numbers.get(hint.stream, 0))
            else:
                return False
            return True

    @property
    def waits(self) -> bool:
        """Whether there are hints that were not taken."""
        return self._anything or bool(self._numbers)

    def take(self) -> Heard:
        """Take the hints since the last call."""
        with self._lock:
            heard = Heard(self._numbers, self._anything)
            self._numbers, self._anything = {}, False
            return heard

    def delivered(self, epoch: str, verdicts: Sequence[Verdict]) -> None:
        """The server's verdicts on this till's groups, in order."""
        with self._lock:
            for verdict in verdicts:
                # A merged or disputed group looks different there: it is pulled like others' work.
                numbers = verdict.numbers if verdict.kind == "applied" else {}
                for stream, number in numbers.items():
                    run = self._own.get(stream)
                    follows = run is not None and (run.epoch, run.to + 1) == (epoch, number)
                    after = run.after if run is not None and follows else number - 1
                    self._own[stream] = _Own(epoch, after, number)

    def is_new(self, stream: str, number: int, at: Cursor) -> bool:
        """Whether a stream at ``number`` holds something new for a till whose cursor is ``at``."""
        if number <= at.number:
            return False
        run = self._own.get(stream)
        own = run is not None and run.epoch == at.epoch and run.after <= at.number
        return not (own and run is not None and number <= run.to)
