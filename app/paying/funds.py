"""How much a gift card, a credit or an account may pay towards what is being paid now."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from app.kit.claims import Claims, refused_words
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.claims import Wish, Word
from localdb.domain.methods import FROM_BALANCE, GIFT_CARD, ON_ACCOUNT, POINTS
from localdb.domain.tender import Tender
from localdb.queries import balances, here, settings
from localdb.queries.balances import Spendable
from localdb.services.till import Till

OnFunds = Callable[[Spendable], None]


class Funds(Protocol):
    """Asked before a balance pays; the answer may take a moment, where a server is asked."""

    def ask(
        self, kind: str, account_id: str, wanted_minor: int, taken_minor: int, answer: OnFunds
    ) -> None:
        """``wanted_minor`` is what the balance is to pay at most, ``taken_minor`` what other parts
        of this payment already take from it."""

    def give_up(self, kind: str, account_id: str, kept_minor: int) -> None:
        """Of what was asked for only so much is still needed: the rest is for other tills."""


class ClaimedFunds:
    """The server's word where it is there in time, otherwise what this till knows."""

    def __init__(self, till: Till, now_us: Callable[[], int], claims: Claims) -> None:
        self._till = till
        self._now_us = now_us
        self._claims = claims

    def ask(
        self, kind: str, account_id: str, wanted_minor: int, taken_minor: int, answer: OnFunds
    ) -> None:
        worth = self._worth(kind)
        wish = Wish(kind, account_id, (wanted_minor + taken_minor) // worth)

        def said(word: Word) -> None:
            day = self._till.ask(here.business_day, self._now_us())
            granted = None if word.granted is None else word.granted * worth
            found = self._till.ask(
                balances.spendable,
                kind,
                account_id,
                day=day,
                taken_minor=taken_minor,
                granted_minor=granted,
            )
            # Part of a point pays nothing, so the rest is for another method.
            found = replace(found, minor=min(found.minor, wanted_minor // worth * worth))
            if word.held_by and found.minor == 0:
                found = replace(found, reason=refused_words(self._till, wish, word))
            answer(found)

        self._claims.ask(wish, said)

    def give_up(self, kind: str, account_id: str, kept_minor: int) -> None:
        """Should it not be heard, the claim ends by itself."""
        wish = Wish(kind, account_id, kept_minor // self._worth(kind))
        self._claims.ask(wish, lambda word: None)

    def _worth(self, kind: str) -> int:
        """What one of the balance's units pays, in minor units."""
        point_minor = self._till.ask(settings.in_force).point_minor
        return point_minor if kind == POINTS and point_minor else 1


def from_balances(tender: Tender) -> dict[tuple[str, str], int]:
    """(kind, account) -> what its payments take from it, in minor units; none that is paid out."""
    taken: Counter[tuple[str, str]] = Counter()
    for paid in tender.payments:
        if paid.method in FROM_BALANCE and paid.account_id and paid.amount_minor > 0:
            taken[paid.method, paid.account_id] += paid.amount_minor
    return dict(taken)


def left_words(till: Till, formats: Formats, tender: Tender) -> tuple[str, ...]:
    """What is left on the cards and accounts that paid, as far as this till knows."""
    return tuple(
        _left(kind, till.ask(balances.balance, kind, account_id), formats)
        for kind, account_id in from_balances(tender)
    )


def _left(kind: str, left: int, formats: Formats) -> str:
    if kind == POINTS:
        return translate("Charge", "Points left: {points}", points=formats.quantity(left * 1000))
    amount = formats.money(left)
    if kind == ON_ACCOUNT:
        return translate("Charge", "Now owed on account: {amount}", amount=amount)
    if kind == GIFT_CARD:
        return translate("Charge", "Left on the gift card: {amount}", amount=amount)
    return translate("Charge", "Store credit left: {amount}", amount=amount)
