"""Bootstrap: a draft is filled beside the live file, built, and swapped in with what is ours."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from localdb.domain.ids import IdSource
from localdb.domain.records import Barcode, JournalEntry, Product, Sale
from localdb.errors import DatabaseBusy
from localdb.store import carts, database, outbox, rows, stock_levels, sync_state
from localdb.store.bulk import DRAFT_NAME, BulkLoad
from localdb.store.changes import Changes
from localdb.store.database import Database
from localdb.store.folder import DataFolder
from localdb.store.identity import TillIdentity
from localdb.store.search import search
from localdb.store.sync_state import Cursor
from tests.localdb.store.samples import (
    KEY,
    Clock,
    Row,
    facts_of,
    product,
    row_of,
    sale_records,
    sell,
)
from tests.localdb.store.test_migrate import schema
from tests.support.verdicts import record_verdict


@pytest.fixture
def catalogue(new_id: IdSource) -> list[Product]:
    """What the server holds."""
    return [product(new_id, sku=f"S{n:03}", name=f"Juice {n}") for n in range(20)]


def fill(db: Database, products: list[Product], new_id: IdSource) -> BulkLoad:
    """A draft with every page of the catalogue in it."""
    load = BulkLoad.begin(db.file.parent, KEY, "e1:10")
    for start in range(0, len(products), 8):
        page = [row_of(made, 3) for made in products[start : start + 8]]
        load.put_page("product", page, [], page[-1].id if start + 8 < len(products) else "")
    codes = [
        Barcode(id=new_id(), code=f"400{n:04}", product_id=p.id) for n, p in enumerate(products)
    ]
    load.put_page("barcode", [row_of(code) for code in codes], [], "")
    return load


def swap(db: Database, load: BulkLoad, store_id: str) -> None:
    load.copy_history(db.file)
    load.build("e1", {"org": 10, store_id: 7})
    db.replace_with(load)


def test_a_fresh_till_gets_the_catalogue(
    db: Database, new_id: IdSource, identity: TillIdentity, catalogue: list[Product]
) -> None:
    """After the swap rows, search, cursors, stock and indexes are those of a normal database."""
    with db.read() as conn:
        before = schema(conn)
    load, sold = fill(db, catalogue, new_id), catalogue[7]
    past = sale_records(identity, new_id, new_id(), sold.id, 1000, 1)
    for fact in past:
        load.put_page(fact.TYPE, [], facts_of(fact), "")
    load.put_stock(identity.store_id, 7, [(sold.id, 5000)], "")
    load.put_page("gift_card", [Row("gift_card", new_id(), 1, {})], [], "")
    heard: list[Changes] = []
    db.on_commit.append(heard.append)
    swap(db, load, identity.store_id)
    with db.read() as conn:
        assert rows.find(conn, Product) == catalogue
        assert [sale.id for sale in rows.find(conn, Sale)] == [past[0].id]
        assert search(conn, "juice", 1) == [sold.id]
        assert search(conn, "4000012") == [catalogue[12].id]
        assert stock_levels.level(conn, identity.store_id, sold.id) == 5000
        assert sync_state.cursors(conn)["org"] == Cursor("e1", 10)
        assert sync_state.server_epoch(conn) == "e1"
        assert schema(conn) == before
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        keys = conn.exec_driver_sql("SELECT key FROM local_setting").scalars().all()
    assert not [key for key in keys if key.startswith("bulk")]
    assert db.identity == identity
    assert heard[0].capped
    assert "product" in heard[0].types


def test_pages_of_several_statements_come_whole(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """A page of cells with more values than one statement takes loses and mixes nothing."""
    codes = [
        Barcode(id=new_id(), code=f"{n:07}", product_id=new_id(), deleted=n % 3 == 0)
        for n in range(rows.BINDINGS_MAX // 6 + 2)
    ]
    cells = [cell for code in codes for cell in (*code.values().values(), 4, "{}", None)]
    load = BulkLoad.begin(db.file.parent, KEY, "e1:10")
    assert not load.put_cells("barcode", rows.folded_names("barcode"), cells[:-1], "")
    assert not load.put_cells("barcode", rows.folded_names("barcode"), [*cells, *cells[:7]], "")
    assert load.after("barcode") == ""
    assert load.put_cells("barcode", rows.folded_names("barcode"), cells, "")
    levels = [(code.product_id, number) for number, code in enumerate(codes)]
    load.put_stock(identity.store_id, 7, levels, "")
    swap(db, load, identity.store_id)
    with db.read() as conn:
        assert rows.find(conn, Barcode) == codes
        counted = conn.exec_driver_sql("SELECT product_id, quantity_milli FROM stock_level")
        assert [tuple(level) for level in counted] == levels
        kinds = "SELECT DISTINCT version, vector, image, extra FROM barcode"
        assert conn.exec_driver_sql(kinds).all() == [(4, "{}", None, None)]


def test_the_built_search_ranks_and_folds(
    db: Database, new_id: IdSource, identity: TillIdentity
) -> None:
    """What sold most comes first, then the rest by id; accents and the deleted do not count."""
    names = ["Crème brûlée", "Creme plain", "CREME rinse", "creme gone"]
    made = [product(new_id, sku=f"S{n}", name=name) for n, name in enumerate(names)]
    made[3] = replace(made[3], deleted=True)
    load = BulkLoad.begin(db.file.parent, KEY, "e1:10")
    load.put_page("product", [row_of(one) for one in made], [], "")
    for fact in sale_records(identity, new_id, new_id(), made[2].id, 1000, 1):
        load.put_page(fact.TYPE, [], facts_of(fact), "")
    swap(db, load, identity.store_id)
    with db.read() as conn:
        assert search(conn, "creme", 10) == [made[2].id, made[0].id, made[1].id]


def test_what_is_ours_moves_over(
    db: Database, new_id: IdSource, identity: TillIdentity, catalogue: list[Product]
) -> None:
    """Unsent sales, edits, new records, journal, counters and the cart survive the swap."""
    store, juice = identity.store_id, catalogue[0]
    early = db.write(lambda uow: sell(uow, juice.id, 1000))
    db.write(lambda uow: record_verdict(uow, 1, "applied", "", "", {store: 5}))
    mine = product(new_id, name="Mine only")
    db.write(lambda uow: uow.insert(mine))
    load = fill(db, catalogue, new_id)
    load.put_stock(store, 7, [(juice.id, 9000)], "")
    load.copy_history(db.file)
    load.build("e1", {"org": 10, store: 7})
    late = db.write(lambda uow: sell(uow, juice.id, 2000))
    newest = product(new_id, name="Newest only")
    db.write(lambda uow: uow.insert(newest))
    db.write(lambda uow: uow.next_number("receipt"))
    db.write(lambda uow: carts.save(uow.connection, '{"lines":[]}', uow.now_us))
    db.replace_with(load)
    with db.read() as conn:
        assert {sale.id for sale in rows.find(conn, Sale)} == {early, late}
        assert len(rows.find(conn, JournalEntry)) == 2
        assert search(conn, "only") == [mine.id, newest.id]
        assert carts.load(conn) == '{"lines":[]}'
        # 9 by the checkpoint, which counts the early sale; the late one is unsent.
        assert stock_levels.level(conn, store, juice.id) == 7000
        assert [row.dseq for row in outbox.next_batch(conn, 9, 10**9)] == [2, 3, 4]
        assert outbox.acknowledged(conn) == []
    assert db.write(lambda uow: uow.next_number("receipt")) == 2
    db.write(lambda uow: uow.journal("drawer", {}))
    with db.read() as conn:
        assert max(entry.seq for entry in rows.find(conn, JournalEntry)) == 3


def test_unsent_edits_lie_on_the_new_rows(
    db: Database, new_id: IdSource, identity: TillIdentity, catalogue: list[Product]
) -> None:
    """An edit that was not sent is replayed over the bootstrapped row and shows in the search."""
    first = fill(db, catalogue, new_id)
    swap(db, first, identity.store_id)
    db.write(lambda uow: uow.edit(Product, catalogue[0].id, name="Plum", price_minor=250))
    newer = [product(new_id, name="x"), *catalogue[1:]]
    changed = row_of(catalogue[0], 9, price_minor=300, note="theirs")
    load = BulkLoad.begin(db.file.parent, KEY, "e1:20")
    load.put_page("product", [changed, *(row_of(made, 3) for made in newer)], [], "")
    swap(db, load, identity.store_id)
    with db.read() as conn:
        row = rows.load(conn, "product", [catalogue[0].id])[catalogue[0].id]
        assert (row["name"], row["price_minor"], row["note"]) == ("Plum", 250, "theirs")
        assert row["image"] is not None
        assert search(conn, "plum") == [catalogue[0].id]


def test_the_old_file_is_kept(
    db: Database,
    new_id: IdSource,
    identity: TillIdentity,
    catalogue: list[Product],
    clock: Clock,
    tmp_path: Path,
) -> None:
    """The replaced database stays among the backups, and the new one opens like any other."""
    db.write(lambda uow: sell(uow, new_id()))
    swap(db, fill(db, catalogue, new_id), identity.store_id)
    folder = tmp_path / "till"
    (kept,) = (folder / "backups").iterdir()
    assert kept.name.startswith("till-loaded-over-")
    assert not (folder / DRAFT_NAME).exists()
    db.write(lambda uow: sell(uow, new_id()))
    db.close()
    again = Database.open(folder, key=KEY, now_us=clock)
    with again.read() as conn:
        assert len(rows.find(conn, Sale)) == 2
        assert len(rows.find(conn, Product)) == len(catalogue)
    again.close()


def test_a_broken_bootstrap_goes_on(db: Database, new_id: IdSource) -> None:
    """A draft under the same label continues after its last page; under another it starts anew."""
    folder, made = db.file.parent, product(new_id)
    load = BulkLoad.begin(folder, KEY, "e1:10")
    assert load.after("product") == ""
    load.put_page("product", [row_of(made)], [], made.id)
    load.put_page("barcode", [], [], "")
    load.close()
    again = BulkLoad.begin(folder, KEY, "e1:10")
    assert (again.after("product"), again.after("barcode")) == (made.id, None)
    again.close()
    other = BulkLoad.begin(folder, KEY, "e1:11")
    assert (other.after("product"), other.after("barcode")) == ("", "")
    other.discard()
    assert not (folder / DRAFT_NAME).exists()


def test_the_build_can_be_stopped(
    db: Database, new_id: IdSource, identity: TillIdentity, catalogue: list[Product]
) -> None:
    """What the progress call raises stops the build whole; building again completes it."""
    load = fill(db, catalogue, new_id)

    def cancel(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load.build("e1", {"org": 10}, cancel)
    seen: list[int] = []
    load.build("e1", {"org": 10}, seen.append)
    load.build("e1", {"org": 10}, cancel)
    assert seen == [len(catalogue)]
    db.replace_with(load)
    with db.read() as conn:
        assert len(search(conn, "juice")) == len(catalogue)


def test_a_running_report_is_not_cut_off(
    db: Database,
    new_id: IdSource,
    identity: TillIdentity,
    catalogue: list[Product],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While someone reads, the swap gives up with nothing changed; afterwards it goes through."""
    monkeypatch.setattr(database, "READERS_WAIT_S", 0.05)
    load = fill(db, catalogue, new_id)
    load.copy_history(db.file)
    load.build("e1", {"org": 10, identity.store_id: 7})
    with db.read() as conn:
        with pytest.raises(DatabaseBusy, match="report"):
            db.replace_with(load)
        assert rows.find(conn, Product) == []
    db.write(lambda uow: sell(uow, new_id()))
    db.replace_with(load)
    with db.read() as conn:
        assert len(rows.find(conn, Product)) == len(catalogue)
        assert len(rows.find(conn, Sale)) == 1


def test_readers_wait_for_the_swap(
    db: Database, new_id: IdSource, identity: TillIdentity, catalogue: list[Product]
) -> None:
    """Reads from another thread during swaps see one whole database or the other."""
    seen: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with db.read() as conn:
                seen.add(len(rows.find(conn, Product)))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        swap(db, fill(db, catalogue, new_id), identity.store_id)
    finally:
        stop.set()
        reader.join()
    assert seen <= {0, len(catalogue)}


def test_a_draft_is_taken_over_once(
    db: Database,
    new_id: IdSource,
    identity: TillIdentity,
    catalogue: list[Product],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a swap that failed late the counters in the draft are old: it is never put in place."""
    load = fill(db, catalogue, new_id)

    def in_use(*_: object) -> None:
        raise PermissionError("the file is open elsewhere")

    with monkeypatch.context() as patch:
        patch.setattr(DataFolder, "swap_in", in_use)
        with pytest.raises(PermissionError):
            swap(db, load, identity.store_id)
    db.write(lambda uow: sell(uow, new_id()))
    with pytest.raises(RuntimeError, match="taken over before"):
        db.replace_with(load)
    load.discard()
    db.write(lambda uow: sell(uow, new_id()))
    with db.read() as conn:
        assert [row.dseq for row in outbox.next_batch(conn, 9, 10**9)] == [1, 2]


def test_a_page_with_a_row_that_cannot_be_stored_is_taken_in(
    db: Database, new_id: IdSource, identity: TillIdentity, catalogue: list[Product]
) -> None:
    """One odd row of a page is kept aside as it came: the load neither fails nor loses the rest."""
    odd = catalogue[3]
    pulled = [row_of(made, 3) for made in catalogue]
    short = {name: value for name, value in odd.values().items() if name != "price_minor"}
    pulled[3] = Row("product", odd.id, 3, short)
    load = BulkLoad.begin(db.file.parent, KEY, "e1:10")
    load.put_page("product", pulled, [], "")
    swap(db, load, identity.store_id)
    with db.read() as conn:
        assert [made for made in catalogue if made.id != odd.id] == rows.find(conn, Product)
        kept = conn.exec_driver_sql("SELECT type, id FROM unknown_record").all()
    assert [tuple(row) for row in kept] == [("product", odd.id)]
