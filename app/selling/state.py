"""What the selling screen shows, and what its presenter needs of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from app.kit.flow import Ask
from app.selling.cart_view import CartView
from app.selling.price_check import PriceView
from localdb.domain.pricing import Discount

Tone = Literal["error", "info", "success", "warning"]


@dataclass(frozen=True, slots=True)
class Strip:
    """A message above the cart that stays out of the way."""

    tone: Tone
    text: str
    code: str = ""
    """The code that was not found, which the strip's buttons act on."""
    can_undo: bool = False
    """Whether what it tells of can be taken back."""


@dataclass(frozen=True, slots=True)
class SellingState:
    """What stands on the right; the parts are shared, so that unchanged ones are not drawn anew."""

    cart: CartView = field(default_factory=CartView)
    strip: Strip | None = None
    price: PriceView | None = None
    """While a price is looked up: what was found, or that something is to be scanned."""
    missed: tuple[str, ...] = ()
    """Codes scanned and not found, the newest first: they stay until dismissed."""


@dataclass(frozen=True, slots=True)
class DiscountAnswer:
    """What the discount dialog gives: on the line or the cart; no discount takes it off."""

    on_cart: bool
    discount: Discount | None


class SellingUi(Protocol):
    """What the presenter needs of the screen."""

    def show_state(self, state: SellingState) -> None: ...

    def ask(self, question: Ask, answer: Callable[[object], None]) -> None: ...

    def show_gift_card(self, code: str) -> None: ...

    def clear_entry(self) -> None: ...

    def search_for(self, text: str) -> None: ...

    def beep(self) -> None: ...

    def alarm(self) -> None: ...

    def later(self, job: Callable[[], None]) -> None: ...
