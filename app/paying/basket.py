"""What is being paid for, as the charge screen shows it beside the amounts."""

from dataclasses import dataclass

from app.selling.cart_view import CartView, LineView


@dataclass(frozen=True, slots=True)
class Basket:
    """The lines, and what the cart said below them; empty where there is no cart."""

    lines: tuple[LineView, ...] = ()
    savings: str = ""
    tax: str = ""

    @classmethod
    def of_cart(cls, cart: CartView) -> "Basket":
        """The open cart."""
        return cls(cart.lines, cart.discount, cart.tax)
