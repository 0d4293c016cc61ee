"""A card terminal that is none: approves, declines, times out, answers late or dies in between.

What it does is scripted, or else chosen by the last two digits of the amount, as payment test
hosts do; prices in shops rarely end so.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path

from app.devices.terminal import Answer, TerminalFault
from localdb.domain.charge import Outcome

THINKS_S = 1.5
LATE_S = 20.0


class Conduct(StrEnum):
    """How it meets one payment."""

    APPROVE = "approve"
    DECLINE = "decline"
    TIME_OUT = "time out"
    """No answer, and no money moved."""
    LATE = "late"
    """Approves long after the cashier lost patience."""
    DIE = "die"
    """Takes the money, then breaks off without an answer."""


BY_CENTS = {
    91: Conduct.DECLINE,
    92: Conduct.TIME_OUT,
    93: Conduct.LATE,
    94: Conduct.DIE,
}
"""Last two digits of an amount -> conduct; any other is approved."""


class SimulatedTerminal:
    """Remembers every payment, in a file if one is given: a terminal outlives the till's program.

    Safe to call from several threads, as the real one is asked.
    """

    def __init__(
        self,
        file: Path | None = None,
        script: Iterable[Conduct] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._file = file
        self._script = deque(script)
        self._sleep = sleep
        self._lock = threading.Lock()
        self._cancelled: set[str] = set()
        self._busy: set[str] = set()
        self._taken: dict[str, int] = {}
        self._reversed: set[str] = set()
        if file is not None and file.exists():
            kept = json.loads(file.read_text(encoding="utf-8"))
            self._taken, self._reversed = kept["taken"], set(kept["reversed"])

    @property
    def charged_minor(self) -> int:
        """What cards were charged, less what was paid out and reversed."""
        return sum(n for id_, n in self._taken.items() if id_ not in self._reversed)

    def purchase(self, payment_id: str, amount_minor: int) -> Answer:
        return self._pay(payment_id, amount_minor, amount_minor)

    def refund(self, payment_id: str, amount_minor: int) -> Answer:
        return self._pay(payment_id, amount_minor, -amount_minor)

    def reverse(self, payment_id: str) -> Answer:
        with self._lock:
            if payment_id not in self._taken:
                return Answer(payment_id, Outcome.UNKNOWN)
            self._reversed.add(payment_id)
            self._keep()
        return Answer(payment_id, Outcome.REVERSED)

    def status(self, payment_id: str) -> Answer:
        with self._lock:
            return self._said(payment_id)

    def cancel(self, payment_id: str) -> None:
        with self._lock:
            self._cancelled.add(payment_id)

    def _pay(self, payment_id: str, amount_minor: int, signed_minor: int) -> Answer:
        with self._lock:
            if payment_id in self._taken:
                return self._said(payment_id)
            self._busy.add(payment_id)
            scripted = self._script.popleft() if self._script else None
            conduct = scripted or BY_CENTS.get(amount_minor % 100, Conduct.APPROVE)
        try:
            self._sleep(LATE_S if conduct is Conduct.LATE else THINKS_S)
            return self._decide(payment_id, signed_minor, conduct)
        finally:
            with self._lock:
                self._busy.discard(payment_id)

    def _decide(self, payment_id: str, signed_minor: int, conduct: Conduct) -> Answer:
        if conduct is Conduct.TIME_OUT:
            raise TerminalFault("The card terminal does not answer.")
        with self._lock:
            # Too late to stop one that already talks to the bank.
            stopped = payment_id in self._cancelled and conduct is not Conduct.LATE
            if conduct is Conduct.DECLINE or stopped:
                message = "Cancelled" if stopped else "Declined by the bank"
                return Answer(payment_id, Outcome.REFUSED, message=message)
            self._taken[payment_id] = signed_minor
            self._keep()
            said = self._said(payment_id)
        if conduct is Conduct.DIE:
            raise TerminalFault("The connection to the card terminal broke.")
        return said

    def _said(self, payment_id: str) -> Answer:
        if payment_id in self._reversed:
            return Answer(payment_id, Outcome.REVERSED)
        if payment_id in self._taken:
            return Answer(payment_id, Outcome.TAKEN, f"SIM ****1111 {payment_id[-6:].upper()}")
        outcome = Outcome.SILENT if payment_id in self._busy else Outcome.UNKNOWN
        return Answer(payment_id, outcome)

    def _keep(self) -> None:
        if self._file is not None:
            kept = {"taken": self._taken, "reversed": sorted(self._reversed)}
            self._file.write_text(json.dumps(kept), encoding="utf-8")
