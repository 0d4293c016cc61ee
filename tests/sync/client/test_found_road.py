"""A till and the server lose the same sales; another till gives them back, over real HTTP."""

from argparse import Namespace

import psycopg

from localdb.domain.records import FACTS, Sale
from localdb.services import journal_check
from localdb.services.till import Till
from sync.client.proof import prove
from sync.server.commands import run_restored
from tests.support.postgres import database
from tests.sync.client.test_identity_road import (
    Machines,
    chains_hold,
    identity,
    left,
    level,
    machines,
    stop,
)

__all__ = ["database", "machines"]


def restore_to(machines: Machines, device_id: str, dseq: int) -> None:
    """The server as it was before the later groups of a device, which were the last of all."""
    url = machines.operator.config.database_url.get_secret_value()
    groups = ("device_id", "dseq")
    facts = ("origin_device", "origin_dseq")
    tables = [(fact.TYPE, *facts) for fact in FACTS]
    tables += [("change_log", *groups), ("ledger", *groups)]
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('evertill.org', %s, true)", (machines.org,))
        for table, device, number in tables:
            sql = f"DELETE FROM {table} WHERE {device} = %s AND {number} > %s"
            connection.execute(sql.encode(), (device_id, dseq))
        connection.execute(
            "UPDATE stream s SET head = (SELECT coalesce(max(number), 0) FROM change_log l"
            " WHERE l.org_id = s.org_id AND l.stream = s.stream)"
        )
        connection.execute("DELETE FROM stock_checkpoint")
        connection.execute(
            "UPDATE device SET dseq_acknowledged = %s WHERE device_id = %s", (dseq, device_id)
        )
    run_restored(machines.operator.config, Namespace(days=60))


def test_other_tills_give_back_what_a_burnt_till_and_the_server_lost(machines: Machines) -> None:
    """Failure 18: sales and stock are whole again at the server and at every till, each once.

    The burnt till was only switched off, in the end: what it sends again changes nothing, and
    its own proof agrees.
    """
    rang, other = machines.till(), machines.till()
    beans = rang.add_product()
    level(rang, other)
    rang.sell(beans)
    rang.sell(beans)
    level(rang, other)
    folder, device_id = rang.database.file.parent, identity(rang).device_id
    stop(rang)
    restore_to(machines, device_id, 1)
    assert machines.sums() == (0, 0)
    level(other)
    assert machines.sums() == (2, 800)
    fresh = machines.till()
    level(other, fresh)
    for till in (other, fresh):
        assert len(till.find(Sale)) == 2
        assert till.stock(beans) == 8_000
        assert prove(till.database, till.line).agrees
    back = machines.start(folder)
    level(back, other, fresh)
    assert left(back) == (0, 0)
    assert machines.sums() == (2, 800)
    for till in (back, other, fresh):
        assert till.stock(beans) == 8_000
        assert prove(till.database, till.line).agrees
    assert prove(back.database, back.line).sales_there.count == 2


def test_a_till_that_only_loaded_the_sales_gives_them_back(machines: Machines) -> None:
    """Failure 18: the till in a burnt one's place never pulled its groups, and holds them whole."""
    rang = machines.till()
    beans = rang.add_product()
    rang.sell(beans)
    rang.sell(beans)
    level(rang)
    device_id = identity(rang).device_id
    fresh = machines.till()
    level(fresh)
    stop(rang)
    restore_to(machines, device_id, 1)
    assert machines.sums() == (0, 0)
    level(fresh)
    assert machines.sums() == (2, 800)
    assert fresh.stock(beans) == 8_000
    assert prove(fresh.database, fresh.line).agrees
    # Nothing of another till's journal lies in its own table of entries.
    own = identity(fresh).device_id
    with fresh.database.read() as conn:
        held = conn.exec_driver_sql("SELECT DISTINCT device_id FROM journal_entry").scalars()
        assert set(held) <= {own}


def test_movements_come_back_after_a_second_restore(machines: Machines) -> None:
    """Failure 18: a load after the first restore keeps what the second one asks for."""
    rang, other = machines.till(), machines.till()
    beans = rang.add_product()
    level(rang, other)
    rang.sell(beans)
    level(rang, other)
    device_id = identity(rang).device_id
    stop(rang)
    for _ in range(2):
        restore_to(machines, device_id, 1)
        level(other)
        assert machines.sums() == (1, 400)
        assert other.stock(beans) == 9_000
    assert machines.till().stock(beans) == 9_000


def test_a_restored_till_gets_its_later_sales_back_from_another(machines: Machines) -> None:
    """Failure 17: the sales of the disk that was lost come down, though in this till's own name.

    Its own journal goes on from where the backup left it, with the numbers that it has.
    """
    rang, other = machines.till(), machines.till()
    beans = rang.add_product()
    level(rang, other)
    backup, rang = machines.backup(rang)
    rang.sell(beans)
    rang.sell(beans)
    level(rang, other)
    before = identity(rang)
    stop(rang)
    restore_to(machines, before.device_id, 1)
    back = machines.start(backup)
    level(back)
    back.sell(beans)
    level(other, back)
    assert machines.sums() == (3, 1200)
    assert len(back.find(Sale)) == 3
    assert back.stock(beans) == other.stock(beans) == 7_000
    assert left(back) == (0, 0)
    assert chains_hold(back)
    assert prove(back.database, back.line).agrees
    checked = journal_check.check(Till(back.database), lambda _: None, lambda: False)
    assert checked.broken is None
