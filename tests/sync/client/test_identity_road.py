"""Restored, copied, replaced and moved tills, over real HTTP against the real server."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest

from localdb.domain import journal
from localdb.domain.ids import IdSource
from localdb.domain.records import JournalEntry, Product, Sale
from localdb.errors import Refusal
from localdb.queries import journals
from localdb.store import outbox, succession, sync_state, unaccounted
from localdb.store.database import Database
from localdb.store.identity import TillIdentity
from localdb.store.restore import restore
from localdb.store.sync_state import Cursor
from localdb.store.unit_of_work import UnitOfWork
from sync.client.bootstrap import load_now
from sync.client.enrol import enrol
from sync.client.proof import prove
from sync.client.token_store import TokenStore
from sync.protocol.gateway import NetworkFault, RequestRefused
from sync.protocol.messages import EnrolReply, EnrolRequest, ReenrolRequest
from sync.server.backend import wall_clock_us
from tests.support.postgres import database
from tests.support.server import Operator, RunningServer
from tests.sync.client.test_road import Line, TillOnRoad
from tests.sync.server.tills import Shop as Books

__all__ = ["database"]
"""Here it is the server's, not a till's as elsewhere in this folder."""


class Crash(BaseException):
    """The program ends here, as if by a power cut."""


class Wire(Line):
    """HTTP that loses the answers to (re-)enrolments."""

    lost = 0

    def reenrol(self, request: ReenrolRequest) -> EnrolReply:
        return self._perhaps(super().reenrol(request))

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        return self._perhaps(super().enrol(request))

    def _perhaps(self, reply: EnrolReply) -> EnrolReply:
        if self.lost:
            self.lost -= 1
            raise NetworkFault("The connection to the server broke off.")
        return reply


class Machines:
    """Tills of one store whose data folders can be copied like any folder."""

    def __init__(
        self, server: RunningServer, operator: Operator, folder: Path, stack: ExitStack
    ) -> None:
        self.server = server
        self.operator = operator
        self.org = operator.org()
        self.store = operator.store(self.org)
        self.books = Books(server, operator, self.org, self.store)
        self._folder = folder
        self._stack = stack
        self._count = 0

    def new_folder(self) -> Path:
        self._count += 1
        return self._folder / f"till-{self._count}"

    def till(self, code: str = "") -> TillOnRoad:
        """A freshly enrolled till with its data."""
        folder = self.new_folder()
        opened = Database.open(folder, key=bytes(32), now_us=wall_clock_us)
        tokens = TokenStore(folder)
        code = code or self.operator.code(self.org, self.store)
        with Wire(self.server.url, tokens.load) as line:
            enrol(opened, line, tokens, code=code, till_name="Front")
            load_now(opened, line, lambda _: None)
        opened.close()
        return self.start(folder)

    def start(self, folder: Path) -> TillOnRoad:
        """Start the program on a data folder."""
        opened = Database.open(folder, key=bytes(32), now_us=wall_clock_us)
        tokens = TokenStore(folder)
        till = TillOnRoad(opened, Wire(self.server.url, tokens.load), tokens)
        self._stack.callback(stop, till)
        return till

    def backup(self, till: TillOnRoad) -> tuple[Path, TillOnRoad]:
        """A copy of the data folder, and the till after it was started again."""
        stop(till)
        copy = self.new_folder()
        shutil.copytree(till.database.file.parent, copy)
        return copy, self.start(till.database.file.parent)

    def receipts(self) -> list[str]:
        """The receipt numbers on the server, sorted."""
        return sorted(row[0] for row in self.books.rows("SELECT receipt_number FROM sale"))

    def sums(self) -> tuple[int, int]:
        """How many sales the server holds, and of how many in all."""
        rows = self.books.rows("SELECT count(*), coalesce(sum(total_minor), 0)::bigint FROM sale")
        return int(rows[0][0]), int(rows[0][1])


def stop(till: TillOnRoad) -> None:
    till.engine.close()
    till.line.close()
    till.database.close()


def wire(till: TillOnRoad) -> Wire:
    assert isinstance(till.line, Wire)
    return till.line


def identity(till: TillOnRoad) -> TillIdentity:
    found = till.database.identity
    assert found is not None
    return found


def level(*tills: TillOnRoad) -> None:
    """Sync until nobody has news for anybody."""
    for _ in range(3):
        for till in tills:
            till.now += 61
            till.sync()


def left(till: TillOnRoad) -> tuple[int, int]:
    """How many groups wait, and how many were refused."""
    with till.database.read() as conn:
        return outbox.waiting(conn).groups, len(outbox.parked(conn))


def chains_hold(till: TillOnRoad) -> bool:
    """Whether the journal of every identity this till had still verifies."""
    with till.database.read() as conn:
        sql = "SELECT DISTINCT device_id FROM journal_entry"
        devices = [row.device_id for row in conn.exec_driver_sql(sql)]
    entries = [one for one in till.find(JournalEntry) if isinstance(one, JournalEntry)]
    return all(
        journal.verify(sorted((e for e in entries if e.device_id == device), key=lambda e: e.seq))
        is None
        for device in devices
    )


@pytest.fixture
def machines(server: RunningServer, operator: Operator, tmp_path: Path) -> Iterator[Machines]:
    with ExitStack() as stack:
        yield Machines(server, operator, tmp_path, stack)


def test_a_restored_till_heals_by_itself(machines: Machines) -> None:
    """Failure 17: restored from an older backup, it sells on, and every sale is there once."""
    till = machines.till()
    beans = till.add_product()
    till.sell(beans)
    level(till)
    backup, till = machines.backup(till)
    for _ in range(3):
        till.sell(beans)
    level(till)
    before = identity(till)
    stop(till)
    back = machines.start(backup)
    for _ in range(5):
        back.sell(beans)
    level(back)
    after = identity(back)
    assert (before.till_code, after.till_code) == ("T01", "T01B")
    assert left(back) == (0, 0)
    assert machines.sums() == (9, 9 * 400)
    assert len(back.find(Sale)) == 9
    assert back.stock(beans) == 10_000 - 9_000
    proof = prove(back.database, back.line)
    assert proof.agrees, proof
    assert proof.sales_there.count == 5
    assert chains_hold(back)
    with back.database.read() as conn:
        (gap,) = unaccounted.unaccounted(conn)
    # The product, one sale; then three more that only the server can tell of.
    assert (gap.device_id, gap.first, gap.held_to) == (before.device_id, 3, 5)


def test_a_backup_restored_beyond_the_last_delivery_is_told_by_the_command(
    machines: Machines,
) -> None:
    """Failure 17: the server cannot know that the lost disk held more, so the restore says so.

    What the backup held is delivered, what is rung after it is the new identity's, and the
    numbers that may have been printed since the backup are on no second receipt.
    """
    till = machines.till()
    beans = till.add_product()
    level(till)
    till.line.cut = True
    till.sell(beans)
    backup, till = machines.backup(till)
    till.sell(beans)
    before = identity(till)
    stop(till)
    new_id = IdSource(wall_clock_us)
    folder = till.database.file.parent
    restore(folder, backup / "till.db", key=bytes(32), now_us=wall_clock_us, new_id=new_id)
    back = machines.start(folder)
    back.sell(beans)
    meanwhile = identity(back)
    level(back)
    after = identity(back)
    assert (before.till_code, after.till_code) == ("T01", "T01B")
    assert (meanwhile.device_id, left(back)) == (before.device_id, (0, 0))
    back.sell(beans)
    level(back)
    printed = [number.rsplit("-", 1)[0] for number in machines.receipts()]
    assert printed == ["S01-T01", "S01-T01B", f"S01-{meanwhile.till_code}"]
    assert prove(back.database, back.line).agrees
    assert chains_hold(back)
    with back.database.read() as conn:
        (gap,) = unaccounted.unaccounted(conn)
    # The product and two sales; whatever the lost disk gave out after them is nowhere.
    assert (gap.first, gap.held_to) == (4, 3)


def test_a_till_that_was_restored_and_has_nothing_to_send_is_found_at_contact(
    machines: Machines,
) -> None:
    """Failure 17: the server holds more groups than the till ever gave out, and says so."""
    till = machines.till()
    beans = till.add_product()
    level(till)
    backup, till = machines.backup(till)
    till.sell(beans)
    level(till)
    stop(till)
    back = machines.start(backup)
    level(back)
    assert identity(back).till_code == "T01B"
    assert len(back.find(Sale)) == 1
    assert back.stock(beans) == 9_000
    assert prove(back.database, back.line).agrees


def test_both_copies_of_a_till_sell_and_both_queues_drain(machines: Machines) -> None:
    """Failure 17: every receipt of either copy is on the server exactly once."""
    till, third = machines.till(), machines.till()
    beans = till.add_product()
    level(till, third)
    folder, one = machines.backup(till)
    other = machines.start(folder)
    for _ in range(4):
        one.sell(beans)
        other.sell(beans)
    other.edit(beans, name="Good beans")
    one.edit(beans, note="From Peru")
    level(one, other)
    one.sell(beans)
    other.sell(beans)
    level(one, other, third)
    assert identity(one).device_id != identity(other).device_id
    assert identity(one).till_code == "T01"
    assert (left(one), left(other)) == ((0, 0), (0, 0))
    assert machines.sums() == (10, 10 * 400)
    one.sell(beans)
    level(one, other, third)
    assert machines.sums() == (11, 11 * 400)
    with one.database.read() as conn:
        # What the other copy wrote under the common name is not this till's to go on from.
        assert journal.verify(journals.own_entries(conn)) is None
    for each in (one, other, third):
        assert len(each.find(Sale)) == 11
        assert each.stock(beans) == -1_000
        assert (each.product(beans).name, each.product(beans).note) == ("Good beans", "From Peru")
        assert prove(each.database, each.line).agrees


def test_a_copy_that_never_sold_finds_out_from_the_stream(machines: Machines) -> None:
    """Failure 17: a group of its own comes back that it never gave out; its facts come, too."""
    till = machines.till()
    beans = till.add_product()
    level(till)
    folder, one = machines.backup(till)
    other = machines.start(folder)
    level(other)
    one.sell(beans)
    level(one)
    level(other)
    assert identity(other).till_code == "T01B"
    assert len(other.find(Sale)) == 1
    assert other.stock(beans) == 9_000
    assert prove(other.database, other.line).agrees


def test_a_copy_that_never_sold_finds_out_before_it_loads_afresh(machines: Machines) -> None:
    """Failure 17: offline for longer than the log reaches, no group comes down to say it."""
    till = machines.till()
    beans = till.add_product()
    level(till)
    folder, one = machines.backup(till)
    other = machines.start(folder)
    level(other)
    one.sell(beans)
    level(one)
    old = Cursor("from-before-the-log", 1)
    other.database.write(lambda uow: sync_state.put_cursor(uow.connection, "org", old))
    level(other)
    assert identity(other).till_code == "T01B"
    assert other.stock(beans) == 9_000
    assert prove(other.database, other.line).agrees


def test_a_number_both_copies_printed_stands_twice(machines: Machines) -> None:
    """Failure 30: two receipts with one number, rung before anyone could know: both are kept."""
    till = machines.till()
    beans = till.add_product()
    level(till)
    folder, one = machines.backup(till)
    other = machines.start(folder)
    one.sell(beans)
    other.sell(beans)
    level(one, other)
    other.sell(beans)
    level(one, other)
    assert machines.receipts() == ["S01-T01-000001", "S01-T01-000001", "S01-T01B-000002"]


def test_what_the_lost_copy_had_sent_of_the_backups_queue_is_not_sent_twice(
    machines: Machines,
) -> None:
    """The backup still had groups waiting; the server knows them, and they stay what they were."""
    till = machines.till()
    beans = till.add_product(price_minor=100)
    level(till)
    till.line.cut = True
    till.edit(beans, price_minor=200)
    till.sell(beans)
    backup, till = machines.backup(till)
    till.edit(beans, price_minor=300)
    level(till)
    stop(till)
    back = machines.start(backup)
    back.sell(beans)
    level(back)
    assert back.product(beans).price_minor == 300
    assert machines.sums() == (2, 800)
    assert machines.books.rows("SELECT count(*) FROM conflict") == [(0,)]
    assert back.stock(beans) == 8_000
    assert prove(back.database, back.line).agrees


def test_a_lost_answer_makes_no_third_till(machines: Machines) -> None:
    """The same question again gets the same identity, also from a program started anew."""
    till = machines.till()
    beans = till.add_product()
    level(till)
    folder, one = machines.backup(till)
    other = machines.start(folder)
    one.sell(beans)
    other.sell(beans)
    level(one)
    wire(other).lost = 2
    other.sync()
    assert identity(other).till_code == "T01"
    other.sell(beans)
    stop(other)
    other = machines.start(folder)
    wire(other).lost = 1
    level(other)
    assert identity(other).till_code == "T01B"
    assert machines.books.rows("SELECT count(*) FROM till") == [(2,)]
    assert machines.sums() == (3, 1200)
    assert prove(other.database, other.line).agrees


@pytest.mark.parametrize("step", ["noted", "token saved", "taken", "half readdressed"])
def test_a_crash_between_the_steps_goes_on_where_it_was(
    machines: Machines, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failure 17: killed at any step of the change, the till ends with one new identity."""
    till = machines.till()
    beans = till.add_product()
    level(till)
    folder, one = machines.backup(till)
    other = machines.start(folder)
    one.sell(beans)
    level(one)
    for _ in range(4):
        other.sell(beans)
    with monkeypatch.context() as patched:
        _crash_at(step, other, patched)
        with pytest.raises(Crash):
            level(other)
    stop(other)
    other = machines.start(folder)
    other.sell(beans)
    level(other)
    assert identity(other).till_code == "T01B"
    assert left(other) == (0, 0)
    assert machines.books.rows("SELECT count(*) FROM till") == [(2,)]
    assert machines.sums() == (6, 6 * 400)
    assert chains_hold(other)
    assert other.stock(beans) == 4_000
    assert prove(other.database, other.line).agrees


def _crash_at(step: str, till: TillOnRoad, patched: pytest.MonkeyPatch) -> None:
    """Let the program die at a step of the change of identity."""

    def die(*args: object) -> NoReturn:
        raise Crash

    if step == "noted":
        patched.setattr(till.line, "reenrol", die)
    elif step == "token saved":
        patched.setattr("sync.client.reenrolment.take_identity", die)
    elif step == "taken":
        patched.setattr("localdb.store.succession.readdress", die)
    else:
        readdress, slices = succession.readdress, iter([readdress_one])
        patched.setattr(
            "localdb.store.succession.readdress", lambda uow: next(slices, die)(readdress, uow)
        )


def readdress_one(readdress: Callable[[UnitOfWork, int], bool], uow: UnitOfWork) -> bool:
    """A slice of one group."""
    return readdress(uow, 1)


def test_a_token_of_a_later_identity_is_recognised(machines: Machines) -> None:
    """A backup from before a re-enrolment, with the token of after it, as from a keyring."""
    till = machines.till()
    beans = till.add_product()
    level(till)
    folder, one = machines.backup(till)
    other = machines.start(folder)
    one.sell(beans)
    other.sell(beans)
    level(one, other)
    assert identity(other).till_code == "T01B"
    oldest, other = machines.backup(other)
    # The folder of before, with the token of T01B.
    again = machines.new_folder()
    shutil.copytree(one.database.file.parent, again)
    shutil.copy(oldest / "device.token", again / "device.token")
    mixed = machines.start(again)
    mixed.sell(beans)
    level(mixed, one, other)
    assert identity(mixed).till_code == "T01C"
    assert left(mixed) == (0, 0)
    assert machines.sums() == (3, 1200)
    assert prove(mixed.database, mixed.line).agrees


def test_a_dead_till_is_replaced_under_its_number(machines: Machines) -> None:
    """The new till carries the number on and says what the server holds of the old one."""
    dead = machines.till()
    beans = dead.add_product()
    dead.sell(beans)
    level(dead)
    device = identity(dead).device_id
    code = machines.operator.run(
        lambda backend: backend.devices.create_code(machines.org, "", replaces=device)
    )
    fresh = machines.till(code)
    assert identity(fresh).till_code == "T01B"
    fresh.sell(beans)
    level(fresh)
    with fresh.database.read() as conn:
        (gap,) = unaccounted.unaccounted(conn)
    assert (gap.device_id, gap.till_code, gap.first, gap.held_to) == (device, "T01", 3, 2)
    assert (gap.sales, gap.total_minor) == (1, 400)
    first = min(
        (e for e in fresh.find(JournalEntry) if isinstance(e, JournalEntry)), key=lambda e: e.seq
    )
    assert device in first.payload
    assert prove(fresh.database, fresh.line).agrees


def test_a_till_moves_to_another_store_with_an_empty_queue(machines: Machines) -> None:
    """With anything undelivered it is refused, clearly, and the code stays good."""
    till = machines.till()
    beans = till.add_product()
    level(till)
    till.sell(beans)
    elsewhere = machines.operator.store(machines.org, "S02")
    code = machines.operator.code(machines.org, elsewhere)

    def move() -> TillIdentity:
        return enrol(till.database, till.line, till.tokens, code=code, till_name="Front")

    with pytest.raises(RequestRefused, match="1 thing"):
        move()
    assert identity(till).store_code == "S01"
    level(till)
    moved = move()
    assert (moved.store_code, moved.till_code) == ("S02", "T01")
    stop(till)
    till = machines.start(till.database.file.parent)
    till.sell(beans)
    level(till)
    assert till.product(beans).name == "Beans"
    # What it sold in its former store stays there, and so does the stock.
    assert till.stock(beans) == -1_000
    assert machines.books.rows("SELECT store_id::text, count(*) FROM sale GROUP BY 1") == sorted(
        [(machines.store, 1), (elsewhere, 1)]
    )
    assert prove(till.database, till.line).agrees


def test_a_till_whose_token_was_lost_enrols_again_with_its_queue(machines: Machines) -> None:
    """A new code at its own store: what waits goes up under the new identity."""
    till = machines.till()
    beans = till.add_product()
    level(till)
    till.sell(beans)
    till.edit(beans, name="Better beans")
    code = machines.operator.code(machines.org, machines.store)
    wire(till).lost = 1
    with pytest.raises(NetworkFault):
        enrol(till.database, till.line, till.tokens, code=code, till_name="Front")
    enrol(till.database, till.line, till.tokens, code=code, till_name="Front")
    stop(till)
    till = machines.start(till.database.file.parent)
    level(till)
    assert left(till) == (0, 0)
    assert machines.sums() == (1, 400)
    assert [p.name for p in till.find(Product) if isinstance(p, Product)] == ["Better beans"]
    assert prove(till.database, till.line).agrees


@pytest.mark.parametrize("loads_first", [False, True])
def test_what_was_delivered_under_the_old_name_is_counted_once(
    machines: Machines, *, loads_first: bool
) -> None:
    """The answer was lost, then the token: sent again under a new identity, it is there once."""
    till = machines.till()
    beans = till.add_product()
    level(till)
    till.sell(beans)
    till.line.lose_replies = 1
    till.sync()
    code = machines.operator.code(machines.org, machines.store)
    enrol(till.database, till.line, till.tokens, code=code, till_name="Front")
    stop(till)
    till = machines.start(till.database.file.parent)
    till.line.cut = loads_first
    level(till)
    till.line.cut = False
    level(till)
    assert left(till) == (0, 0)
    assert machines.sums() == (1, 400)
    assert till.stock(beans) == 9_000
    till.sell(beans)
    level(till)
    assert till.stock(beans) == 8_000


def test_a_till_of_another_organisation_is_refused(machines: Machines) -> None:
    """Its data are another shop's."""
    till = machines.till()
    other = machines.operator.org("Elsewhere")
    code = machines.operator.code(other, machines.operator.store(other))
    with pytest.raises(RequestRefused, match="another organisation"):
        enrol(till.database, till.line, till.tokens, code=code, till_name="Front")


def test_a_till_that_is_enrolled_stays_what_it_is_with_any_code_of_its_store(
    machines: Machines,
) -> None:
    """A code meant for a new till must not turn T01 into T02; what waits goes up all the same."""
    till = machines.till()
    till.sell(till.add_product())
    before = identity(till)
    code = machines.operator.code(machines.org, machines.store)
    again = enrol(till.database, till.line, till.tokens, code=code, till_name="Front")
    assert again == before == identity(till)
    level(till)
    assert left(till) == (0, 0)
    assert machines.sums()[0] == 1


def test_a_revoked_till_that_enrols_anew_keeps_its_number(machines: Machines) -> None:
    """In the next series, as any other till that begins again."""
    till = machines.till()
    device_id = identity(till).device_id
    machines.operator.run(lambda backend: backend.devices.revoke(machines.org, device_id))
    code = machines.operator.code(machines.org, machines.store)
    anew = enrol(till.database, till.line, till.tokens, code=code, till_name="Front")
    assert (anew.till_code, anew.device_id != device_id) == ("T01B", True)


def test_nothing_changes_hands_while_a_change_is_under_way(machines: Machines) -> None:
    """A second enrolment waits until the first one's groups are readdressed."""
    till = machines.till()
    till.sell(till.add_product())
    code = machines.operator.replacement(machines.org, identity(till).device_id)
    enrol(till.database, till.line, till.tokens, code=code, till_name="Front")
    with pytest.raises(Refusal, match="Wait a minute"):
        enrol(till.database, till.line, till.tokens, code="another", till_name="Front")
