"""What must happen once across tills: what a till wishes to use up, and what the server says."""

from dataclasses import dataclass

HELD_CART, SALE_LINE = "held_cart", "sale_line"
"""Things that are claimed, beside the kinds of balances."""


@dataclass(frozen=True, slots=True)
class Wish:
    """``amount`` of a thing, for what is in hand now: minor units, points or thousandths.

    ``kind`` is ``held_cart`` (amount 1), ``sale_line`` (to give back) or a kind of balance.
    """

    kind: str
    subject_id: str
    amount: int = 1


@dataclass(frozen=True, slots=True)
class Word:
    """The server's word: ``granted`` of it is this till's for some minutes.

    None when the server was not asked or did not answer in time: then the till decides by what it
    knows. ``held_by`` is the till that has the rest, if one has.
    """

    granted: int | None = None
    held_by: str = ""

    @property
    def is_known(self) -> bool:
        return self.granted is not None

    def refuses(self, wish: Wish) -> bool:
        """Whether the server said that not all of it may be used."""
        return self.granted is not None and self.granted < wish.amount


NO_WORD = Word()
"""Nobody to ask, or no answer."""
