"""The open cart: kept at each change, gone when cleared, back after a crash."""

from pathlib import Path

from localdb.store import carts
from localdb.store.database import Database
from tests.localdb.store.samples import KEY, Clock


def test_the_cart_is_as_last_saved(db: Database, tmp_path: Path, clock: Clock) -> None:
    """Saving replaces, other names are other carts, and a new start finds them."""
    for cart in ("{}", '{"lines":[1]}'):
        db.write(lambda uow, cart=cart: carts.save(uow.connection, cart, 1), durable=False)  # type: ignore[misc]
    db.write(lambda uow: carts.save(uow.connection, "[]", 1, "training"))
    db.close()
    again = Database.open(tmp_path / "till", key=KEY, now_us=clock)
    with again.read() as conn:
        assert (carts.load(conn), carts.load(conn, "training")) == ('{"lines":[1]}', "[]")
    again.write(lambda uow: carts.clear(uow.connection))
    with again.read() as conn:
        assert (carts.load(conn), carts.load(conn, "training")) == (None, "[]")
    again.close()


def test_saving_a_cart_sends_nothing(db: Database) -> None:
    """The open cart belongs to the device: no group, no announcement."""
    heard: list[object] = []
    db.on_commit.append(heard.append)
    db.write(lambda uow: carts.save(uow.connection, "{}", 1))
    with db.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM outbox_group").scalar() == 0
    assert heard == []
