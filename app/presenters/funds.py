"""How much a gift card, a credit or an account may pay towards what is being paid now."""

from collections.abc import Callable
from typing import Protocol

from localdb.queries import balances, payments
from localdb.queries.balances import Spendable
from localdb.services.till import Till

OnFunds = Callable[[Spendable], None]


class Funds(Protocol):
    """Asked before a balance pays; the answer may take a moment, where a server is asked."""

    def ask(self, kind: str, account_id: str, taken_minor: int, answer: OnFunds) -> None:
        """``taken_minor`` is what this payment's other parts already take from the account."""


class LocalFunds:
    """What this till knows, at once."""

    def __init__(self, till: Till, now_us: Callable[[], int]) -> None:
        self._till = till
        self._now_us = now_us

    def ask(self, kind: str, account_id: str, taken_minor: int, answer: OnFunds) -> None:
        day = self._till.ask(payments.business_day_at, self._now_us())
        answer(
            self._till.ask(balances.spendable, kind, account_id, day=day, taken_minor=taken_minor)
        )
