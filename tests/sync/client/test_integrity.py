"""When a till compares itself with the server, and what it must not take for a difference."""

import pytest

from localdb.domain.records import Customer, ShiftEvent
from localdb.store.unit_of_work import UnitOfWork
from sync.client import download
from sync.client.status import Comparison
from sync.protocol.gateway import NetworkFault, ProtocolFault
from tests.sync.client.conftest import Road
from tests.sync.client.fake_server import STORE

DAY_S = 86_400.0
OFFLINE = NetworkFault("The server cannot be reached.")


def customer(number: int, name: str = "Grace") -> Customer:
    return Customer(id=f"01900000-0000-7000-8000-{number:012x}", name=name)


def filled(road: Road, customers: int = 5) -> Road:
    """The till has what another one wrote, and there are digests of it."""
    road.server.changed_elsewhere(*(customer(number) for number in range(customers)))
    road.run(60)
    for stream in ("org", STORE):
        road.server.take_checkpoint(stream)
    return road


def damage(road: Road, number: int = 1) -> None:
    def job(uow: UnitOfWork) -> None:
        uow.connection.exec_driver_sql(
            "UPDATE customer SET name = 'x' WHERE id = ?", (customer(number).id,)
        )

    road.database.write(job)


def name_of(road: Road, number: int = 1) -> str:
    with road.database.read() as conn:
        sql = "SELECT name FROM customer WHERE id = ?"
        return str(conn.exec_driver_sql(sql, (customer(number).id,)).scalar_one())


def open_drawer(road: Road) -> None:
    """A fact of this till."""

    def job(uow: UnitOfWork) -> None:
        event = ShiftEvent(
            id=uow.new_id(), store_id=STORE, device_id=uow.identity.device_id,
            shift_id=uow.new_id(), kind="no_sale", user_id=uow.new_id(), at_us=uow.now_us,
        )  # fmt: skip
        uow.insert(event)

    road.database.write(job)


def result(road: Road) -> Comparison:
    compared = road.engine.status.compared
    assert compared is not None
    return compared


def test_a_till_compares_itself_once_a_day(road: Road) -> None:
    """By itself at a new checkpoint, when a day is over; on request at once."""
    filled(road)
    road.run(60)
    assert road.count("checkpoint_digests") == 2
    damage(road)
    road.run(600)
    assert name_of(road) == "x"
    road.server.changed_elsewhere(customer(100))
    road.server.take_checkpoint("org")
    road.run(600)
    assert road.count("checkpoint_digests") == 2
    road.clock.s += DAY_S
    road.run(60)
    assert name_of(road) == "Grace"
    damage(road)
    road.engine.compare_now()
    road.run(60)
    assert name_of(road) == "Grace"


def test_a_restart_does_not_compare_again(road: Road) -> None:
    """When it was done last is kept, and shown."""
    filled(road)
    road.run(60)
    calls = road.count("checkpoint_digests")
    road.engine = road.new_engine()
    road.run(600)
    assert road.count("checkpoint_digests") == calls
    assert result(road).rows == 5


def test_a_server_without_digests_is_asked_once(road: Road) -> None:
    """An older server answers 404 and all goes on as before."""
    filled(road)
    road.server.digests_are_gone = True
    road.run(600)
    assert road.count("checkpoint_digests") == 2
    assert road.engine.status.last_error == ""
    road.server.changed_elsewhere(customer(200))
    road.run(60)
    assert name_of(road, 200) == "Grace"


def test_a_server_that_names_no_checkpoint_is_never_asked(road: Road) -> None:
    """Nothing of it concerns a till whose server does not know of digests."""
    road.server.changed_elsewhere(customer(1))
    road.engine.compare_now()
    road.run(60)
    assert road.count("checkpoint_digests") == 0


def test_what_is_not_delivered_is_no_difference(road: Road) -> None:
    """A sale, a customer, an edit that wait or were refused are this till's own business."""
    filled(road)
    road.server.refused = {1: "no", 2: "no"}
    road.add_customer("Refused")
    open_drawer(road)
    open_drawer(road)
    road.run(60)
    road.server.take_checkpoint(STORE)
    road.engine.compare_now()
    road.run(60)
    assert (result(road).differing, result(road).left) == (0, 0)
    assert road.engine.status.parked == 2


def test_a_sale_rung_while_it_compares_is_no_difference(road: Road) -> None:
    """It waits when its day is read, or the server names that day as moved."""
    filled(road)
    while road.count("checkpoint_digests") < 2:
        road.clock.s = max(road.clock.s, road.step())
    open_drawer(road)
    road.run(60)
    assert (result(road).differing, result(road).left) == (0, 0)


def test_nothing_is_compared_while_something_waits(road: Road) -> None:
    """The queue first: what goes up now is missing there."""
    road.server.changed_elsewhere(customer(1))
    road.run(60)
    road.server.faults["push"] = [OFFLINE] * 3
    road.add_customer()
    road.server.take_checkpoint("org")
    road.engine.hinted()
    road.run(0.2)
    assert road.count("checkpoint_digests") == 0
    road.run(600)
    assert road.count("checkpoint_digests") >= 1
    assert result(road).differing == 0


def test_changes_come_in_while_a_long_comparison_runs(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A price that changes meanwhile is here at once, and is no difference."""
    monkeypatch.setattr(download, "SLICES_MAX", 3)
    filled(road, customers=2_000)
    damage(road, 7)
    while road.count("checkpoint_digests") == 0:
        road.clock.s = max(road.clock.s, road.step())
    road.server.changed_elsewhere(customer(3, "Ada"), customer(5_000, "Joan"))
    for _ in range(8):
        road.clock.s = max(road.clock.s, road.step())
    assert name_of(road, 3) == "Ada"
    assert road.engine.status.compared is None, "it still runs"
    road.run(60)
    assert (name_of(road, 7), name_of(road, 3), name_of(road, 5_000)) == ("Grace", "Ada", "Joan")
    assert (result(road).differing, result(road).repaired) == (1, 1)


def test_a_comparison_goes_on_after_a_fault_of_the_line(road: Road) -> None:
    """What was read is not read again, and what differs is put right when the line is back."""
    filled(road)
    damage(road)
    road.server.faults["checkpoint_digests"] = [OFFLINE]
    road.server.faults["snapshot_page"] = [OFFLINE, OFFLINE]
    road.run(600)
    assert name_of(road) == "Grace"
    assert result(road).repaired == 1


def test_nonsense_from_the_server_is_not_asked_for_again(road: Road) -> None:
    """A comparison that cannot be made does not keep the till from pulling."""
    filled(road)
    road.server.faults["checkpoint_digests"] = [ProtocolFault("Nonsense.")] * 100
    road.run(600)
    assert road.count("checkpoint_digests") == 2
    road.server.changed_elsewhere(customer(300))
    road.run(120)
    assert name_of(road, 300) == "Grace"


def test_what_was_put_right_is_compared_once_more(road: Road) -> None:
    """The second round finds nothing, and says so."""
    filled(road)
    damage(road)
    road.run(60)
    assert (result(road).repaired, result(road).settled) == (1, True)
    assert road.count("checkpoint_digests") == 1 + 1 + 1 + 1
