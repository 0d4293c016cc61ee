"""A shop's goods and people at an open till, so that ringing can begin."""

from app.bootstrap.session import Session
from localdb.services import people, setup, shifts
from tests.support.shops import BREAD, MILK, add
from tests.support.taxes import default_taxes

SHOP = setup.NewShop(store_name="Corner Shop", manager_name="Ada", manager_pin="4321")
FLOAT_MINOR = 10_000


def stand_alone(session: Session) -> None:
    """Set the till up on its own."""
    session.till.sign_in(session.till.write(setup.stand_alone, SHOP))
    _goods(session)


def enrolled(session: Session) -> None:
    """Give an enrolled till's empty organisation somebody to sell and something to be sold."""
    session.till.sign_in(session.till.write(people.create, "Ada", "manager", "4321"))
    _goods(session)


def _goods(session: Session) -> None:
    till = session.till
    till.write(default_taxes)
    till.write(add, "MILK", "Milk 1 l", 129, MILK, 10_000)
    till.write(add, "BREAD", "Rye bread", 349, BREAD, 0)
    till.write(add, "APPLE", "Apple", 45, "APPLE-1", 0)
    till.write(shifts.open_shift, FLOAT_MINOR)
