"""Stock on hand: never a number that is set, always the sum of signed movements."""

from localdb.domain.fields import MILLI_MAX
from localdb.domain.records import StockMovement
from localdb.errors import Refusal

MANUAL_REASONS = ("receive", "adjust", "count", "import")


def count_delta(counted_milli: int, seen_milli: int) -> int:
    """What a count changes: against what the counter *saw*, so sales meanwhile are not undone."""
    if not 0 <= counted_milli <= MILLI_MAX:
        raise Refusal("Count 0 or more.")
    return counted_milli - seen_milli


def moved(
    *,
    movement_id: str,
    store_id: str,
    product_id: str,
    quantity_milli: int,
    reason: str,
    user_id: str,
    at_us: int,
) -> StockMovement:
    """A movement made by hand; refuses no quantity, an absurd one, and less than is received."""
    if reason not in MANUAL_REASONS:
        raise ValueError(f"not a reason for a manual movement: {reason}")
    if quantity_milli == 0 or abs(quantity_milli) > MILLI_MAX:
        raise Refusal("Enter the quantity.")
    if reason == "receive" and quantity_milli < 0:
        raise Refusal("A received quantity cannot be below 0. Adjust the stock instead.")
    return StockMovement(
        id=movement_id,
        store_id=store_id,
        product_id=product_id,
        quantity_milli=quantity_milli,
        reason=reason,
        user_id=user_id,
        at_us=at_us,
    )
