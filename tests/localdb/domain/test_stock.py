"""Stock as movements."""

from typing import Any

import pytest

from localdb.domain.stock import count_delta, moved
from localdb.errors import Refusal
from tests.localdb.domain.build import numbered_id


def movement(quantity: int, reason: str = "adjust") -> Any:
    return moved(
        movement_id=numbered_id(1),
        store_id=numbered_id(2),
        product_id=numbered_id(3),
        quantity_milli=quantity,
        reason=reason,
        user_id=numbered_id(4),
        at_us=5,
    )


def test_a_count_does_not_undo_sales_made_meanwhile() -> None:
    """Seen 10, counted 8, sold 3 meanwhile: 5 are left."""
    assert 10_000 - 3_000 + count_delta(8_000, 10_000) == 5_000
    with pytest.raises(Refusal):
        count_delta(-1, 0)


@pytest.mark.parametrize(
    ("quantity", "reason"), [(0, "adjust"), (10**12 + 1, "adjust"), (-1, "receive")]
)
def test_senseless_movements_are_refused(quantity: int, reason: str) -> None:
    """Nothing moved, an absurd lot, or goods received backwards are refused."""
    with pytest.raises(Refusal):
        movement(quantity, reason)


def test_only_a_sale_moves_stock_as_a_sale() -> None:
    """A hand-made movement that claims to be a sale is a bug."""
    with pytest.raises(ValueError, match="reason"):
        movement(1, "sale")
