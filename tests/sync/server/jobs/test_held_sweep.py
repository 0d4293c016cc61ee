"""Held groups are tried again when nothing else would."""

from itertools import pairwise

import psycopg
import pytest

from localdb.domain.ops import Op
from localdb.domain.records import RECORDS, Customer, Product
from sync.server.backend import Backend
from sync.server.core.admission import Device
from sync.server.core.held import HeldGroups
from sync.server.core.ports import HeldGroup, Transaction
from sync.server.core.taking import Pushed
from sync.server.jobs import held_sweep
from sync.server.jobs.held_sweep import Swept, count_held, sweep
from tests.support.postgres import PostgresDatabase
from tests.support.server import RunningServer, server_config
from tests.sync.server.test_hints import hint, listening
from tests.sync.server.tills import NEW_ID, Shop, edit, insert, poison, product


@pytest.fixture(autouse=True)
def nothing_held(database: PostgresDatabase) -> None:
    """A sweep is about all organisations; those of the tests before must not count."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("DELETE FROM held_group")


def swept(shop: Shop) -> Swept:
    """One sweep, as another process than the shop's server."""
    return shop.operator.run(lambda backend: sweep(backend.store, backend.pusher))


def strange(shop: Shop) -> Op:
    """An op that PostgreSQL cannot store."""
    values = product().values() | poison(shop.operator.config.owner_url.get_secret_value())
    return Op("insert", "product", values["id"], values=values)


def test_a_type_that_an_upgrade_brings_is_applied_after_it(
    shop: Shop, database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer till's records wait for the server's new program, which sweeps when it starts."""
    till, other = shop.till(), shop.till()
    customer = Customer(id=NEW_ID(), name="Ada")
    with monkeypatch.context() as old_program:
        old_program.delitem(RECORDS, Customer.TYPE)
        verdict = till.send(insert(customer))
        assert (verdict.kind, verdict.code) == ("held", "unknown_type")
        assert swept(shop) == Swept(tried=1)
    with listening(shop.server.url, other) as ear:
        upgraded = RunningServer(server_config(database, jobs=True))
        try:
            # The other till hears of it through the new process.
            assert hint(ear)[0] == "org"
        finally:
            upgraded.stop()
    rows = {row.id: row.values for entry in other.pull_all().entries for row in entry.rows}
    assert rows[customer.id]["name"] == "Ada"
    assert shop.rows("SELECT count(*) FROM held_group") == [(0,)]


def test_a_release_that_was_cut_short_is_made_up_for(shop: Shop) -> None:
    """The parent is there, and the process died before it let the child go."""
    till = shop.till()
    beans = product()
    early = till.group(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 450}))
    assert till.push(early)[0].kind == "held"

    async def arrives(backend: Backend) -> None:
        async def nothing(org_id: str, pushed: Pushed) -> None:
            """As if killed here."""

        backend.pusher.held.release = nothing  # type: ignore[method-assign]
        device = await backend.devices.authenticate(till.identity.token)
        assert device is not None
        await backend.pusher.push(device, [till.group(insert(beans))])

    shop.operator.run(arrives)
    assert shop.rows("SELECT price_minor FROM product") == [(400,)]
    assert swept(shop) == Swept(tried=1, released=1)
    assert shop.rows("SELECT price_minor FROM product") == [(450,)]


def test_what_met_a_bug_stays_held_once(shop: Shop) -> None:
    """Trying it again changes nothing as long as the bug is there."""
    till = shop.till()
    assert till.send(strange(shop)).code == "unexpected_error"
    assert swept(shop) == Swept(tried=1)
    assert shop.rows("SELECT code FROM held_group") == [("unexpected_error",)]


def test_one_poisoned_group_does_not_stop_the_others(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failure 4, for what cannot even be held again: the next ones are tried all the same."""
    till = shop.till()
    beans = product()
    waits = [{"price_minor": 400 + n} for n in range(3)]
    for before, after in pairwise(waits):
        assert till.send(edit(Product, beans.id, before, after)).kind == "held"
    judge_again = HeldGroups.judge_again

    async def poisoned(
        self: HeldGroups, tx: Transaction, device: Device, held: HeldGroup
    ) -> Pushed:
        if held.dseq == 1:
            raise RuntimeError("poison")
        return await judge_again(self, tx, device, held)

    monkeypatch.setattr(HeldGroups, "judge_again", poisoned)
    assert swept(shop) == Swept(tried=2, failed=1)
    assert shop.rows("SELECT dseq FROM held_group ORDER BY dseq") == [(1,), (2,)]


def test_a_sweep_is_bounded_and_takes_turns(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that stay held go behind the others, so that each is tried in the end."""
    monkeypatch.setattr(held_sweep, "TRIES_MAX", 2)
    till = shop.till()
    for _ in range(3):
        till.send(edit(Product, NEW_ID(), {"price_minor": 1}, {"price_minor": 2}))
    order = "SELECT dseq FROM held_group ORDER BY at, dseq"
    assert swept(shop).tried == 2
    assert shop.rows(order) == [(3,), (1,), (2,)]
    assert swept(shop).tried == 2
    assert shop.rows(order) == [(2,), (3,), (1,)]


def test_held_groups_of_all_organisations_are_counted(shop: Shop) -> None:
    """For the metrics."""
    before = shop.operator.run(lambda backend: count_held(backend.store))
    shop.till().send(edit(Product, NEW_ID(), {"price_minor": 1}, {"price_minor": 2}))
    assert shop.operator.run(lambda backend: count_held(backend.store)) == before + 1
