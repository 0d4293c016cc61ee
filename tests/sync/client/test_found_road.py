"""A till and the server lose the same sales; another till gives them back, over real HTTP."""

from argparse import Namespace

import psycopg

from localdb.domain.records import FACTS, Sale
from sync.client.proof import prove
from sync.server.commands import run_restored
from tests.support.postgres import database
from tests.sync.client.test_identity_road import (
    Machines,
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
