"""Card terminals whose answers come when a test says so."""

from collections import deque
from collections.abc import Callable

from app.devices.terminal import Answer, OnAnswer, TerminalDriver, TerminalFault
from localdb.domain.charge import Outcome


class QueuedTerminal:
    """A driver asked at once, whose answers wait until they are delivered; a crash drops them."""

    def __init__(self, driver: TerminalDriver) -> None:
        self.driver = driver
        self.asked: list[tuple[str, str]] = []
        """What was asked about which payment, in order."""
        self._waiting: deque[tuple[OnAnswer, Answer]] = deque()

    def purchase(self, payment_id: str, amount_minor: int, answer: OnAnswer) -> None:
        self._ask("purchase", payment_id, lambda d, i: d.purchase(i, amount_minor), answer)

    def refund(self, payment_id: str, amount_minor: int, answer: OnAnswer) -> None:
        self._ask("refund", payment_id, lambda d, i: d.refund(i, amount_minor), answer)

    def reverse(self, payment_id: str, answer: OnAnswer) -> None:
        self._ask("reverse", payment_id, lambda d, i: d.reverse(i), answer)

    def status(self, payment_id: str, answer: OnAnswer) -> None:
        self._ask("status", payment_id, lambda d, i: d.status(i), answer)

    def cancel(self, payment_id: str) -> None:
        self.asked.append(("cancel", payment_id))
        self.driver.cancel(payment_id)

    @property
    def waiting(self) -> int:
        """Answers that have not been delivered."""
        return len(self._waiting)

    def deliver(self, count: int = 1000) -> None:
        """Let so many answers arrive, and those that they lead to."""
        for _ in range(count):
            if not self._waiting:
                return
            answer, said = self._waiting.popleft()
            answer(said)

    def forget(self) -> None:
        """The program dies: nobody hears what was not delivered."""
        self._waiting.clear()

    def _ask(
        self,
        what: str,
        payment_id: str,
        call: Callable[[TerminalDriver, str], Answer],
        answer: OnAnswer,
    ) -> None:
        self.asked.append((what, payment_id))
        try:
            said = call(self.driver, payment_id)
        except TerminalFault:
            said = Answer(payment_id, Outcome.SILENT)
        self._waiting.append((answer, said))
