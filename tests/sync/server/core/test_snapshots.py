"""A fresh till starts from pages, and both sides can prove that they hold the same."""

from typing import Any

from localdb.domain.ops import Op
from localdb.domain.records import RECORDS, JournalEntry, Product
from sync.protocol.digest import table_digest
from sync.protocol.folded import fields_of, unfolded
from sync.protocol.messages import Digest, Me, OriginsPage, SnapshotHeads, SnapshotPage, StockPage
from tests.sync.server.tills import NEW_ID, Shop, Till, edit, insert, product


def heads(till: Till) -> SnapshotHeads:
    return SnapshotHeads.model_validate_json(till.http.get("/v1/snapshot").content)


def page(till: Till, name: str, after: str = "", limit: int = 5000) -> SnapshotPage:
    params: dict[str, str | int] = {"after": after, "limit": limit}
    response = till.http.get(f"/v1/snapshot/{name}", params=params)
    assert response.status_code == 200, response.text
    return SnapshotPage.model_validate_json(response.content)


def origins_of(till: Till, name: str, after: str = "", limit: int = 5000) -> OriginsPage:
    params: dict[str, str | int] = {"after": after, "limit": limit}
    response = till.http.get(f"/v1/snapshot-origins/{name}", params=params)
    assert response.status_code == 200, response.text
    return OriginsPage.model_validate_json(response.content)


def stock(till: Till, after: str = "") -> StockPage:
    response = till.http.get("/v1/snapshot-stock", params={"after": after})
    assert response.status_code == 200, response.text
    return StockPage.model_validate_json(response.content)


def test_pages_by_key_hold_every_row_once(shop: Shop) -> None:
    """Each page goes on after the last id of the one before."""
    till = shop.till()
    goods = [product() for _ in range(25)]
    till.send(*map(insert, goods))
    found, after = [], ""
    while True:
        got = page(till, "product", after, 10)
        found += [row.id for row in got.rows]
        after = got.next_after
        if not after:
            break
    assert found == sorted(good.id for good in goods)


def test_a_folded_page_holds_the_same_rows(shop: Shop) -> None:
    """References, facts and fields that the server does not declare survive the folding."""
    till = shop.till()
    made = product()
    strange = Op("insert", "product", made.id, values={**made.values(), "loyalty_points": 7})
    till.send(strange, insert(product()))
    till.push(till.sell(NEW_ID()))
    for name in ("product", "sale", "sale_line", "till"):
        plain = page(till, name)
        response = till.http.get(f"/v1/snapshot/{name}", params={"cells": "true"})
        folded = SnapshotPage.model_validate_json(response.content)
        assert folded.fields == fields_of(RECORDS[name])
        assert not folded.rows
        assert unfolded(folded) == (plain.rows, plain.facts)
        assert folded.next_after == plain.next_after


def test_a_fresh_till_is_told_which_groups_brought_what_it_loads(shop: Shop) -> None:
    """With the journal and the movements, which are on no other page; not its own."""
    rang, fresh = shop.till(), shop.till()
    facts = rang.journaled(rang.sale(NEW_ID()))
    group = rang.group(*map(insert, facts))
    rang.push(group)
    noted = heads(fresh).origins
    assert (noted["sale"], noted["journal_entry"], noted["stock_movement"]) == (1, 1, 1)
    for name, whole in (("sale", False), ("journal_entry", True), ("stock_movement", True)):
        (made,) = (one for one in facts if name == one.TYPE)
        (told,) = origins_of(fresh, name).facts
        assert told == (made.id, rang.id, group.dseq, made.values() if whole else None)
        assert origins_of(rang, name).facts == []
    assert fresh.http.get("/v1/snapshot-origins/product").status_code == 404


def test_the_heads_tell_what_to_fetch(shop: Shop) -> None:
    """Counts per type for the progress bar, and where to pull on from."""
    till = shop.till()
    till.send(*(insert(product()) for _ in range(3)))
    till.push(till.sell(NEW_ID()))
    noted = heads(till)
    assert noted.heads == {"org": till.pull().head, shop.store_id: 1}
    assert (noted.rows["product"], noted.rows["sale"], noted.rows["till"]) == (3, 1, 1)
    # Stock on hand stands for the movements, and a journal belongs to its till.
    assert not noted.rows.keys() & {"stock_movement", "journal_entry"}
    for name in noted.rows:
        assert page(till, name).type == name


def test_pages_and_the_pull_from_the_heads_make_the_whole(shop: Shop) -> None:
    """What changes while a till reads pages arrives with the pull at the end."""
    here, fresh = shop.till(), shop.till()
    goods = [product() for _ in range(6)]
    here.send(*map(insert, goods))
    noted = heads(fresh)
    rows = {row.id: row for row in page(fresh, "product", limit=3).rows}
    here.send(edit(Product, goods[0].id, {"price_minor": 400}, {"price_minor": 450}))
    late = product()
    here.send(insert(late))
    rows |= {row.id: row for row in page(fresh, "product", after=max(rows)).rows}
    for entry in fresh.pull_all("org", after=noted.heads["org"]).entries:
        rows |= {row.id: row for row in entry.rows}
    assert rows.keys() == {good.id for good in [*goods, late]}
    assert rows[goods[0].id].values["price_minor"] == 450


def test_stock_and_the_movements_after_it_add_up(shop: Shop) -> None:
    """The sum at the heads and every movement pulled from there count each sale exactly once."""
    here, fresh = shop.till(), shop.till()
    good = NEW_ID()
    for _ in range(3):
        here.push(here.sell(good))
    noted = heads(fresh)
    here.push(here.sell(good, quantity_milli=2000))
    other = heads(here)
    kept = stock(fresh)
    assert kept.number == noted.heads[shop.store_id] < other.heads[shop.store_id]
    assert kept.levels == [(good, -3000)]
    assert stock(here).levels == [(good, -5000)]
    later = fresh.pull_all(shop.store_id, after=kept.number).entries
    moved = [fact.values["quantity_milli"] for e in later for fact in e.facts
             if fact.type == "stock_movement"]  # fmt: skip
    assert moved == [-2000]


def test_stock_before_the_heads_is_refused(shop: Shop) -> None:
    """A sum that belongs to no number could be added to twice."""
    response = shop.till().http.get("/v1/snapshot-stock")
    assert (response.status_code, response.json()["code"]) == (409, "no_checkpoint")


def test_an_unknown_type_is_not_found(shop: Shop) -> None:
    """Only what a till keeps has pages."""
    till = shop.till()
    assert till.http.get("/v1/snapshot/hologram").status_code == 404
    assert till.http.get("/v1/snapshot/journal_entry").status_code == 404


def test_both_sides_compute_the_same_digest(shop: Shop) -> None:
    """PostgreSQL's digest equals the one a till computes over the rows it was sent."""
    till = shop.till()
    strange = {
        "name": 'Crème "brûlée" \\ \x7f \x01 \u2028 🍮',
        "note": "tab\tnewline\n\r\b\f/",
        "brand": {"deep": [1, None, {"x": None, "a": -5}], "é": True, "zz": "", "e": 10**12},
    }
    values = product().values() | strange
    till.send(Op("insert", "product", values["id"], values=values))
    till.send(insert(product()), insert(product(deposit_id=NEW_ID())))
    till.push(till.sell(NEW_ID()), till.sell(NEW_ID(), note="ä"))
    response = till.http.get("/v1/digests")
    digests = {d["type"]: Digest.model_validate(d) for d in response.json()}
    assert digests.keys() == RECORDS.keys()
    for name in ("store", "till", "product", "sale", "sale_line", "payment", "customer"):
        got = page(till, name)
        rows: list[tuple[dict[str, Any], int]] = [(row.values, row.version) for row in got.rows]
        rows += [(fact.values, 0) for fact in got.facts]
        assert (digests[name].count, digests[name].digest) == table_digest(rows), name
    assert digests["product"].count == 3


def test_me_proves_what_the_server_holds(shop: Shop) -> None:
    """Count and sum of the till's sales, the head of its journal, how far it has delivered."""
    till, other = shop.till(), shop.till()
    other.push(other.sell(NEW_ID()))
    first, second = till.sell(NEW_ID()), till.sell(NEW_ID(), quantity_milli=3000)
    till.push(first, second)
    for asked, wanted in ((1, first), (2, second), (9, second)):
        shown = Me.model_validate_json(till.http.get(f"/v1/me?sent={asked}").content)
        assert shown.hash == wanted.hash
    links = [
        JournalEntry(
            id=NEW_ID(),
            store_id=shop.store_id,
            device_id=till.id,
            seq=seq,
            kind="sale",
            payload="{}",
            at_us=5,
            previous_hash=f"{seq - 1:064x}",
            hash=f"{seq:064x}",
        )
        for seq in (1, 2)
    ]
    till.send(*map(insert, links))
    me = Me.model_validate_json(till.http.get("/v1/me").content)
    assert (me.sales.count, me.sales.total_minor) == (2, 1600)
    assert me.journal_head == links[-1].hash
    assert (me.dseq_acknowledged, me.hash) == (3, "")
    assert (me.device_id, me.store_id, me.org_id) == (till.id, shop.store_id, shop.org_id)
