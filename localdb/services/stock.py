"""Stock moved by hand or by an import; sales move theirs themselves."""

from localdb.domain.records import StockMovement
from localdb.store.unit_of_work import UnitOfWork


def move(uow: UnitOfWork, product_id: str, quantity_milli: int, reason: str) -> None:
    """Add a signed quantity (thousandths) to the stock on hand.

    ``reason`` is one of ``records.MOVEMENT_REASONS``; raises ValidationRefusal for a quantity of 0
    or an absurd one.
    """
    uow.insert(
        StockMovement(
            id=uow.new_id(),
            store_id=uow.identity.store_id,
            product_id=product_id,
            quantity_milli=quantity_milli,
            reason=reason,
            user_id=uow.user_id,
            at_us=uow.now_us,
        )
    )
