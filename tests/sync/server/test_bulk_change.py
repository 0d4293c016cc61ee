"""Bulk SQL on the server's side reaches the tills through the same stream."""

from collections.abc import Callable

import pytest

from localdb.domain.records import Product
from sync.server import bulk_change
from sync.server.__main__ import main
from sync.server.bulk_change import BulkChange, BulkChanger, Slice
from sync.server.core.edits import NotThere
from sync.server.core.ports import StoreError
from sync.server.records_api import Invalid
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert, product

Change = Callable[..., list[Slice]]


@pytest.fixture
def till(shop: Shop) -> Till:
    return shop.till()


@pytest.fixture
def change(shop: Shop) -> Change:
    """Runs a bulk change of products and returns its slices."""

    def run(
        new_values: dict[str, str], where: str = "true", after: str = "", org_id: str = ""
    ) -> list[Slice]:
        wanted = BulkChange("product", new_values, where)
        return shop.operator.run(
            lambda backend: _all(
                BulkChanger(backend.store, backend.editor, backend.pusher),
                org_id or shop.org_id,
                wanted,
                after,
            )
        )

    return run


async def _all(changer: BulkChanger, org_id: str, wanted: BulkChange, after: str) -> list[Slice]:
    return [done async for done in changer.run(org_id, wanted, after)]


def goods(till: Till, prices: list[int]) -> list[Product]:
    made = [product(price_minor=price) for price in prices]
    till.send(*map(insert, made))
    return made


def test_bulk_sql_reaches_the_tills_through_the_stream(
    shop: Shop, till: Till, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failure 34: each slice is a group in the stream, its rows at their next version."""
    monkeypatch.setattr(bulk_change, "SLICE_ROWS", 2)
    made = goods(till, [100, 200, 300, 400, 500])
    head = till.pull_all().head
    slices = change({"price_minor": "price_minor * 110 / 100"}, "price_minor > 100")
    assert [(s.found, s.changed) for s in slices] == [(2, 2), (2, 2)]
    entries = till.pull_all(after=head).entries
    shown = {row.id: row for entry in entries for row in entry.rows}
    assert len(entries) == 2
    assert {id_: (row.version, row.values["price_minor"]) for id_, row in shown.items()} == {
        one.id: (2, one.price_minor * 110 // 100) for one in made[1:]
    }
    assert not any(entry.stub for entry in entries)


def test_what_does_not_change_makes_no_group(till: Till, change: Change) -> None:
    """Rows that hold the wanted value are left alone: running the same again sends nothing."""
    goods(till, [100, 200])
    assert [s.changed for s in change({"note": "'10% off'"})] == [2]
    head = till.pull_all().head
    assert [(s.found, s.changed) for s in change({"note": "'10% off'"})] == [(2, 0)]
    assert till.pull_all().head == head


def test_a_till_that_changed_one_of_them_offline_is_asked(
    shop: Shop, till: Till, change: Change
) -> None:
    """A bulk change is an edit: who contradicts it unseen makes a conflict, not a silent winner."""
    (beans,) = goods(till, [400])
    change({"price_minor": "450"})
    assert till.send(edit(Product, beans.id, {"price_minor": 400}, {"price_minor": 500})).kind == (
        "conflict"
    )
    assert shop.rows("SELECT price_minor FROM product") == [(450,)]


def test_a_broken_run_goes_on_behind_its_last_slice(
    till: Till, change: Change, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused value stops it with the record's id; what was done stands and is not done twice."""
    monkeypatch.setattr(bulk_change, "SLICE_ROWS", 1)
    made = goods(till, [100, 200, 300])
    with pytest.raises(Invalid) as refused:
        change({"price_minor": "price_minor - 200"})
    assert made[0].id in refused.value.errors[0].where
    assert shop.rows("SELECT price_minor FROM product ORDER BY id") == [(100,), (200,), (300,)]
    slices = change({"price_minor": "price_minor - 200"}, after=made[0].id)
    assert [s.last_id for s in slices] == [made[1].id, made[2].id]
    assert shop.rows("SELECT price_minor FROM product ORDER BY id") == [(100,), (0,), (100,)]


def test_what_cannot_be_run_is_said(change: Change, till: Till) -> None:
    """Unknown fields, SQL that is none, and another organisation change nothing."""
    goods(till, [100])
    with pytest.raises(Invalid, match="values were refused"):
        change({"version": "9"})
    with pytest.raises(StoreError, match="colour"):
        change({"note": "colour"})
    with pytest.raises(NotThere):
        change({"note": "'x'"}, org_id=NEW_ID())


def test_deleted_records_stay_as_they_are(till: Till, change: Change) -> None:
    """Only what is alive is changed: an edit of a deleted record would ask a manager."""
    alive, gone = goods(till, [100, 200])
    till.send(edit(Product, gone.id, {"deleted": False}, {"deleted": True}))
    assert [(s.found, s.last_id) for s in change({"note": "'new'"})] == [(1, alive.id)]


def test_the_command_prints_a_line_a_slice(
    shop: Shop, till: Till, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an operator types; a wrong use is told apart."""
    goods(till, [100])
    url = shop.operator.config.database_url.get_secret_value()
    words = ["--database-url", url, "change", "--org", shop.org_id, "product"]
    assert main([*words, "--set", "name = upper(name)", "--where", "name LIKE 'E%'"]) == 0
    assert '"changed": 1' in capsys.readouterr().out
    assert till.pull_all().entries[-1].rows[0].values["name"] == "ESPRESSO BEANS"
    with pytest.raises(SystemExit):
        main([*words, "--set", "name"])
