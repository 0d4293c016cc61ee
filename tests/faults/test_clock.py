"""A clock that is wrong: the till sells, the sync works, and the status says so."""

import pytest

from app.bootstrap.session import now_us
from localdb.queries import receipts
from tests.faults.road import Road, drain, link_of

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US
YEARS_US = 3652 * DAY_US
"""Ten of them."""


@pytest.mark.parametrize("shift_us", [HOUR_US, DAY_US, YEARS_US])
@pytest.mark.parametrize("sign", [1, -1], ids=["ahead", "behind"])
def test_a_wrong_clock_is_said_and_costs_nothing(road: Road, shift_us: int, sign: int) -> None:
    """Failure 21: sold and synced with the wrong time, then set right, then sold and synced on."""
    with road.till(lambda: now_us() + sign * shift_us) as session:
        road.sell(session, 3)
        drain(session)
        status = link_of(session).engine.status
        assert status.clock_is_wrong
        assert status.clock_skew_us is not None
        assert status.clock_skew_us * sign < 0
        assert road.wrong(session) == []
    with road.till() as session:
        road.sell(session, 3)
        drain(session)
        assert not link_of(session).engine.status.clock_is_wrong
        assert road.wrong(session) == []
        assert link_of(session).prove().agrees


def test_a_clock_set_while_selling_confuses_nobody(road: Road) -> None:
    """Failure 21: set forth and back between two sales: the last receipt is still the last."""
    off_us = 0
    with road.till(lambda: now_us() + off_us) as session:
        for off_us in (YEARS_US, -YEARS_US, HOUR_US, -HOUR_US, 0):  # noqa: B007 - the clock reads it
            road.sell(session, 2)
            last = session.till.ask(receipts.last)
            assert last is not None
            assert last.sale.receipt_number == list(road.told.printed)[-1]
        drain(session)
        assert road.wrong(session) == []
