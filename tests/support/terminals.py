"""Card terminals whose answers come when a test says so."""

from collections.abc import Callable

from app.devices.terminal import Answer, OnAnswer, TerminalDriver, TerminalFault
from localdb.domain.charge import Outcome


class QueuedTerminal:
    """Each answer waits until it is delivered, in any order; a crash drops those that wait.

    The driver is asked at once, or, when ``is_lazy``, only as the answer is delivered.
    """

    def __init__(self, driver: TerminalDriver, *, is_lazy: bool = False) -> None:
        self.driver = driver
        self.is_lazy = is_lazy
        self.asked: list[tuple[str, str]] = []
        """What was asked about which payment, in order."""
        self._waiting: list[tuple[OnAnswer, Callable[[], Answer]]] = []

    def purchase(self, payment_id: str, amount_minor: int, answer: OnAnswer) -> None:
        self._ask("purchase", payment_id, lambda d: d.purchase(payment_id, amount_minor), answer)

    def refund(self, payment_id: str, amount_minor: int, answer: OnAnswer) -> None:
        self._ask("refund", payment_id, lambda d: d.refund(payment_id, amount_minor), answer)

    def reverse(self, payment_id: str, answer: OnAnswer) -> None:
        self._ask("reverse", payment_id, lambda d: d.reverse(payment_id), answer)

    def status(self, payment_id: str, answer: OnAnswer) -> None:
        self._ask("status", payment_id, lambda d: d.status(payment_id), answer)

    def cancel(self, payment_id: str) -> None:
        self.asked.append(("cancel", payment_id))
        self.driver.cancel(payment_id)

    @property
    def waiting(self) -> int:
        """Answers that have not been delivered."""
        return len(self._waiting)

    def deliver(self, at: int = 0) -> None:
        """Let the answers arrive from this one on, and those that they lead to."""
        while at < len(self._waiting):
            self.deliver_one(at)

    def deliver_one(self, at: int = 0) -> None:
        """Let one of the waiting answers arrive."""
        answer, call = self._waiting.pop(at)
        answer(call())

    def forget(self, *, after_asking: bool = True) -> None:
        """The program dies: nobody hears what was not delivered.

        What waited reached the terminal all the same, or did not, as ``after_asking`` says.
        """
        waiting, self._waiting = self._waiting, []
        if after_asking:
            for _, call in waiting:
                call()

    def _ask(
        self,
        what: str,
        payment_id: str,
        ask: Callable[[TerminalDriver], Answer],
        answer: OnAnswer,
    ) -> None:
        self.asked.append((what, payment_id))

        def call() -> Answer:
            try:
                return ask(self.driver)
            except TerminalFault:
                return Answer(payment_id, Outcome.SILENT)

        if self.is_lazy:
            self._waiting.append((answer, call))
        else:
            said = call()
            self._waiting.append((answer, lambda: said))
