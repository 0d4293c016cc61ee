"""How a payment ended, as the selling screen shows it until the next item."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """A paid and stored sale."""

    sale_id: str
    receipt_number: str
    total: str
    change: str
    has_change: bool
    opens_drawer: bool = False
    """Cash moved, or something that lies with it."""
    kind: str = "sale"
    """What was paid, as its ``Payable`` says."""
    refund_id: str = ""
    """Of an exchange: the refund beside it, which has a receipt of its own."""
    paid_out: str = ""
    """What the customer got back, if anything."""
    left: tuple[str, ...] = ()
    """What is left on each card or account that paid, in words."""
