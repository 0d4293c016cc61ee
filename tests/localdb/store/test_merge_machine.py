"""Two or three tills, a server, and every order of events between them.

Real SQLite, the real unit of work, outbox and replica, the server's real decisions; only the wire
is missing. ``EVERTILL_MACHINE_EXAMPLES`` asks for more histories than the suite has time for.
"""

import json
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from localdb.domain.ids import IdSource
from localdb.domain.merge import rebase
from localdb.domain.ops import Group, decode
from localdb.domain.records import (
    Conflict,
    HeldCart,
    Product,
    StockMovement,
    User,
)
from localdb.errors import Refusal
from localdb.services import conflicts
from localdb.store import images, outbox, replica, stock_levels, sync_state
from localdb.store.database import Database, Job
from localdb.store.identity import TillIdentity, save_identity
from localdb.store.tables import OUTBOX_GROUP, TABLES
from localdb.store.unit_of_work import UnitOfWork
from sync.server.core.rows import Key
from tests.localdb.store.model_server import EPOCH, ModelServer, as_seen_by, stream_of, wishes
from tests.localdb.store.samples import Clock, product

EXAMPLES = int(os.environ.get("EVERTILL_MACHINE_EXAMPLES", "20"))
STEPS = 30
TILLS = 3
ROUNDS_MAX = 20
SECOND_US = 1_000_000

which = st.integers(0, 7)
few = st.integers(1, 4)
many = st.integers(1, 30)
tills = st.integers(0, TILLS - 1)
small = st.integers(0, 3)
product_fields = st.fixed_dictionaries(
    {},
    optional={
        "price_minor": small,
        "name": st.sampled_from(("Tea", "Mate", "Maté")),
        "note": st.sampled_from(("", "new", "old")),
        "sku": st.sampled_from(("A", "B", "C")),
        "deleted": st.booleans(),
    },
).filter(bool)


Cursors = Mapping[str, int]


@dataclass(slots=True)
class World:
    """What does not change within a history: who is who, and a folder to copy each till from."""

    clock: Clock
    new_id: IdSource
    identities: list[TillIdentity]
    manager: User
    goods: list[Product]
    template: Path


@dataclass(slots=True)
class ModelTill:
    """A till, and what a person who noted every event would expect it to show."""

    database: Database
    identity: TillIdentity
    groups: dict[int, Group] = field(default_factory=dict)
    answered: dict[int, dict[str, int] | None] = field(default_factory=dict)
    """dseq -> the numbers that the verdict named; None after one that undid its edits."""
    only_here: dict[Key, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    """All that was ever written here to each row: what a row shows that no server knows."""

    @property
    def device_id(self) -> str:
        return self.identity.device_id

    def write(self, job: Callable[[UnitOfWork], Any], user_id: str) -> None:
        """Do something, and note the group that it made."""
        self.database.write(job, user_id=user_id, durable=False)
        with self.database.read() as conn:
            query = OUTBOX_GROUP.select().where(OUTBOX_GROUP.c.dseq > len(self.groups))
            bodies = [row["body"] for row in conn.execute(query).mappings()]
        for group in map(decode, bodies):
            self.groups[group.dseq] = group
            for op in group.ops:
                # What is inserted once more stays as it was edited meanwhile.
                again = group.retry_of is not None and op.kind == "insert"
                if not again:
                    self.only_here[op.type, op.id] |= op.values or op.after or {}

    def rows(self) -> dict[Key, dict[str, Any]]:
        """Every reference row as it stands."""
        with self.database.read() as conn:
            return {
                (record.TYPE, row["id"]): dict(row)
                for record in (User, Product, HeldCart, Conflict)
                for row in conn.execute(TABLES[record.TYPE].select()).mappings()
            }

    def ids(self, record_type: str) -> list[str]:
        """What there is of a type, in id order."""
        return sorted(key[1] for key in self.rows() if key[0] == record_type)

    def cursors(self) -> Cursors:
        """How far each stream was pulled."""
        with self.database.read() as conn:
            reached = {s: at.number for s, at in sync_state.cursors(conn).items()}
        return defaultdict(int, reached)

    def states(self) -> dict[int, str]:
        """dseq -> where its group stands."""
        with self.database.read() as conn:
            return {row.dseq: row.state for row in conn.execute(OUTBOX_GROUP.select())}


def _always(value: int) -> Callable[[int], bytes]:
    """Randomness that makes the ids of one machine differ from another's, and each run alike."""
    return lambda count: bytes([value] * count)


def build_world(folder: Path) -> World:
    """A set-up till's folder, to be copied for every history."""
    clock = Clock()
    new_id = IdSource(clock, _always(0))
    org_id, store_id = new_id(), new_id()
    identities = [
        TillIdentity(org_id, store_id, new_id(), f"T0{number + 1}", "S01")
        for number in range(TILLS)
    ]
    Database.open(folder, key=None, now_us=clock).close()
    return World(
        clock=clock,
        new_id=new_id,
        identities=identities,
        manager=User(id=new_id(), name="Ada", role="manager", pin_hash="x"),
        goods=[product(new_id, sku=sku, price_minor=0) for sku in "XY"],
        template=folder,
    )


class Merging(RuleBasedStateMachine):
    """Tills edit, send, lose answers, pull in pieces, park, retry, discard and restart."""

    world: World

    @initialize()
    def open_the_shop(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="machine-", dir=self.world.template.parent))
        self.world.clock.us = Clock().us + SECOND_US
        store_id = self.world.identities[0].store_id
        self.new_id = IdSource(self.world.clock, _always(0))
        self.server = ModelServer(store_id, self.new_id, self.world.clock)
        self.server.begin(self.new_id(), self.world.manager, *self.world.goods)
        self.tills = [self._open(identity) for identity in self.world.identities]
        for till in self.tills:
            self._pull(till, replica.ORG_STREAM, 1)
        self.moved = self.tills

    def _open(self, identity: TillIdentity) -> ModelTill:
        folder = self.folder / identity.till_code
        shutil.copytree(self.world.template, folder)
        database = self._database(folder, identity)
        database.write(lambda uow: save_identity(uow.connection, identity), durable=False)
        return ModelTill(database, identity)

    def _database(self, folder: Path, identity: TillIdentity) -> Database:
        number = int(identity.till_code[1:])
        return Database.open(
            folder, key=None, now_us=self.world.clock, random_bytes=_always(number)
        )

    # ------------------------------------------------------------ what people do

    @rule(t=tills, n=which, changes=product_fields)
    def edit_product(self, t: int, n: int, changes: dict[str, Any]) -> None:
        till = self.tills[t]
        chosen = _pick(till.ids("product"), n)
        self._write(till, lambda uow: uow.edit(Product, chosen, **changes))

    @rule(t=tills, n=which, prices=st.permutations(range(4)), lost=st.booleans(), down=many)
    def contradict(self, t: int, n: int, prices: list[int], lost: bool, down: int) -> None:
        """All tills price one product differently; the first is at the server, the second comes."""
        goods = [set(till.ids("product")) for till in self.tills]
        chosen = _pick(sorted(set.intersection(*goods)), n)
        for turn, price in enumerate(prices[:TILLS]):
            self._reprice(self.tills[(t + turn) % TILLS], chosen, price)
        self._push(self.tills[t], 50)
        self.exchange((t + 1) % TILLS, lost, 50, down)
        self.moved = self.tills

    def _reprice(self, till: ModelTill, product_id: str, price: int) -> None:
        self._write(till, lambda uow: uow.edit(Product, product_id, price_minor=price))

    @rule(t=tills, n=which, first=small, second=small)
    def edit_twice_in_one_group(self, t: int, n: int, first: int, second: int) -> None:
        till = self.tills[t]
        chosen = _pick(till.ids("product"), n)

        def job(uow: UnitOfWork) -> None:
            uow.edit(Product, chosen, price_minor=first, cost_minor=second)
            uow.edit(Product, chosen, price_minor=second)

        self._write(till, job)

    @rule(t=tills, sku=st.sampled_from(("A", "B", "C")))
    def add_product(self, t: int, sku: str) -> None:
        def job(uow: UnitOfWork) -> None:
            made = product(uow.new_id, sku=sku)
            uow.insert(made)
            uow.edit(Product, made.id, price_minor=1)

        self._write(self.tills[t], job)

    @rule(t=tills)
    def hold_a_cart(self, t: int) -> None:
        till = self.tills[t]

        def job(uow: UnitOfWork) -> None:
            uow.insert(
                HeldCart(
                    id=uow.new_id(), store_id=till.identity.store_id, label="", cart="{}",
                    total_minor=0, held_by=self.world.manager.id, held_at_us=uow.now_us,
                )
            )  # fmt: skip

        self._write(till, job)

    @rule(t=tills, n=which, state=st.sampled_from(("held", "recalled")), price=small)
    def touch_both_streams(self, t: int, n: int, state: str, price: int) -> None:
        """One group with an entry in the organisation's and in the store's stream."""
        till = self.tills[t]
        carts, goods = till.ids("held_cart"), till.ids("product")

        def job(uow: UnitOfWork) -> None:
            if carts:
                uow.edit(HeldCart, _pick(carts, n), state=state)
            uow.edit(Product, _pick(goods, n), price_minor=price)
            self._move_stock(uow, goods[0], 1000)

        self._write(till, job)

    @rule(t=tills, n=which, mine=st.booleans())
    def settle(self, t: int, n: int, mine: bool) -> None:
        till = self.tills[t]
        rows = till.rows()
        asked = [i for i in till.ids("conflict") if rows["conflict", i]["state"] == "open"]
        if asked:
            conflict = Conflict.from_values(rows["conflict", _pick(asked, n)])
            self._write(till, lambda uow: self._settle(uow, conflict, mine))

    @rule(t=tills, n=which)
    def take_back_or_reopen(self, t: int, n: int) -> None:
        """Undo a settlement, or ask about what merged by itself."""
        till = self.tills[t]
        rows = till.rows()
        over = [i for i in till.ids("conflict") if rows["conflict", i]["state"] != "open"]
        if over:
            chosen = _pick(over, n)
            merged = rows["conflict", chosen]["state"] == "merged"
            with suppress(Refusal):
                act = conflicts.reopen if merged else conflicts.undo
                self._write(till, lambda uow: act(uow, chosen))

    def _settle(self, uow: UnitOfWork, conflict: Conflict, mine: bool) -> None:
        disputed = json.loads(conflict.fields_json)
        if conflict.kind == "unique":
            loser = disputed["id"]["local" if mine else "remote"]
            conflicts.settle_shared_code(uow, conflict.id, loser, f"N{uow.new_id()}")
        else:
            side = "local" if mine else "remote"
            chosen = {name: sides[side] for name, sides in disputed.items()}
            conflicts.settle(uow, conflict.id, chosen)

    def _move_stock(self, uow: UnitOfWork, product_id: str, quantity_milli: int) -> None:
        uow.insert(
            StockMovement(
                id=uow.new_id(), store_id=uow.identity.store_id, product_id=product_id,
                quantity_milli=quantity_milli, reason="adjust", at_us=uow.now_us,
            )
        )  # fmt: skip

    def _write(self, till: ModelTill, job: Job[Any]) -> None:
        self.moved = [till]
        self.world.clock.us += SECOND_US
        till.write(job, self.world.manager.id)

    # ------------------------------------------------------------ what the network does

    def _push(self, till: ModelTill, groups: int, *, lost: bool = False) -> bool:
        self.moved = [till]
        with till.database.read() as conn:
            batch = outbox.next_batch(conn, groups, 1_000_000)
        verdicts = self.server.push(till.device_id, batch)
        if not verdicts or lost:
            return False

        till.database.write(lambda uow: outbox.record_verdicts(uow, verdicts), durable=False)
        for one in verdicts:
            if one.kind != "held" or one.numbers:
                undone = one.kind in outbox.UNDOING
                till.answered[one.dseq] = None if undone else dict(one.numbers)
        return True

    @rule(t=tills, org=st.booleans(), entries=few)
    def pull(self, t: int, org: bool, entries: int) -> None:
        till = self.tills[t]
        self._pull(till, replica.ORG_STREAM if org else till.identity.store_id, entries)

    def _pull(self, till: ModelTill, stream: str, entries: int) -> bool:
        self.moved = [till]
        at = till.cursors()[stream]
        page = [as_seen_by(till.device_id, e) for e in self.server.streams[stream][at:][:entries]]
        if page:
            till.database.write(
                lambda uow: replica.apply_entries(uow, stream, EPOCH, page), durable=False
            )
        return bool(page)

    @rule(t=tills, lost=st.booleans(), up=few, down=many)
    def exchange(self, t: int, lost: bool, up: int, down: int) -> None:
        """A till is online for a moment: something goes up, something comes down."""
        till = self.tills[t]
        self._push(till, up, lost=lost)
        for stream in (replica.ORG_STREAM, till.identity.store_id):
            self._pull(till, stream, down)

    @rule(t=tills, n=which, price=small, new=st.booleans())
    def be_refused(self, t: int, n: int, price: int, new: bool) -> None:
        self._push(self.tills[t], 50)
        if new:
            self.add_product(t, "A")
        else:
            self.edit_product(t, n, {"price_minor": price, "note": "refused"})
        self._refuse_the_next(t)
        self._push(self.tills[t], 4)

    def _refuse_the_next(self, t: int) -> None:
        """The till's next group will be rejected; sales and settlements never are."""
        till = self.tills[t]
        for dseq, state in till.states().items():
            address = (till.device_id, dseq)
            if state == "pending" and address not in self.server.bodies:
                if all(op.type in ("product", "held_cart") for op in till.groups[dseq].ops):
                    self.server.refused.add(address)
                return

    # ------------------------------------------------------------ what is done about it

    @precondition(lambda self: self._any_parked())
    @rule(t=tills, n=which, again=st.booleans())
    def retry_or_discard(self, t: int, n: int, again: bool) -> None:
        till = self.tills[t]
        if not (parked := _in_state(till, "parked")):
            return
        dseq = _pick(parked, n)
        if again:
            self._write(till, lambda uow: outbox.retry(uow, dseq))
            return
        self._write(till, lambda uow: outbox.discard(uow, dseq))
        for op in till.groups[dseq].ops:
            if op.kind == "insert":
                till.only_here[op.type, op.id]["deleted"] = True

    def _any_parked(self) -> bool:
        return any(_in_state(till, "parked") for till in self.tills)

    @rule(t=tills)
    def restart(self, t: int) -> None:
        till = self.tills[t]
        self.moved = [till]
        folder = till.database.file.parent
        till.database.close()
        till.database = self._database(folder, till.identity)

    # ------------------------------------------------------------ what must hold

    @invariant()
    def every_row_shows_the_image_and_the_unsent(self) -> None:
        for till in self.moved:
            cursors = till.cursors()
            unsent = self._unsent(till, cursors)
            for key, row in till.rows().items():
                shown = images.row_values(key[0], row)
                assert shown == self._expected(till, key, cursors, unsent), f"{key} of {till}"

    @invariant()
    def no_group_vanishes(self) -> None:
        """What is not pending was taken, or is parked; what was taken is on the server."""
        for till in self.moved:
            states = till.states()
            assert list(states) == list(till.groups)
            for dseq in states.keys() - _in_state(till, "pending"):
                refused = self.server.verdicts[till.device_id, dseq].kind in outbox.PARKING
                assert refused == (states[dseq] not in outbox.ACCEPTED)

    def _expected(
        self, till: ModelTill, key: Key, cursors: Cursors, unsent: list[tuple[Group, set[str]]]
    ) -> dict[str, Any]:
        stream = stream_of(key[0], till.identity.store_id)
        image = self.server.image(key, cursors[stream])
        if image is None:
            return till.only_here[key]
        on_top = [wishes(group)[key] for group, streams in unsent if stream in streams]
        return rebase(image.values, list(on_top))

    def _unsent(self, till: ModelTill, cursors: Cursors) -> list[tuple[Group, set[str]]]:
        """The groups that still lie on top, and the streams in which they did not come back."""
        streams = {replica.ORG_STREAM, till.identity.store_id}
        back = {
            (entry.dseq, stream)
            for stream in streams
            for entry in self.server.streams[stream][: cursors[stream]]
            if entry.device_id == till.device_id
        }
        return [
            (group, {stream for stream in streams if (dseq, stream) not in back})
            for dseq, group in till.groups.items()
            if not _is_ended(till, dseq, cursors)
        ]

    def teardown(self) -> None:
        if not hasattr(self, "tills"):
            return
        try:
            self._drain()
            for till in self.tills:
                self._agrees(till)
        finally:
            for till in self.tills:
                till.database.close()
            shutil.rmtree(self.folder)

    def _drain(self) -> None:
        streams = (replica.ORG_STREAM, self.server.store_id)
        for _ in range(ROUNDS_MAX):
            moved = [self._push(till, 50) for till in self.tills]
            moved += [self._pull(till, s, 200) for till in self.tills for s in streams]
            if not any(moved):
                return
        raise AssertionError("the tills never come to rest")

    def _agrees(self, till: ModelTill) -> None:
        """Every row, version and vector is the server's; what only this till has is refused."""
        self.moved = [till]
        self.every_row_shows_the_image_and_the_unsent()
        assert not _in_state(till, "pending")
        rows = till.rows()
        still_held = [g for g in self.server.held if g.device_id == till.device_id]
        waiting = {key for group in still_held for key in wishes(group)}
        for key, row in self.server.snapshot.rows.items():
            if key not in waiting:
                mine = rows[key]
                assert images.row_values(key[0], mine) == row.values
                assert (mine["version"], json.loads(mine["vector"])) == (row.version, row.vector)
                assert mine["image"] is None
        refused = {
            key
            for dseq, state in till.states().items()
            if state in ("parked", "discarded", "reissued")
            for key in wishes(till.groups[dseq])
        }
        assert rows.keys() - self.server.snapshot.rows.keys() <= refused | waiting
        for good in till.ids("product"):
            with till.database.read() as conn:
                level = stock_levels.level(conn, till.identity.store_id, good)
            assert level == self._stock(good, still_held)

    def _stock(self, product_id: str, held: list[Group]) -> int:
        """What the server counts, and what its owner counts of a group that is still held."""
        ops = [op for group in held for op in group.ops if op.type == StockMovement.TYPE]
        known = [v for (name, _), v in self.server.facts.items() if name == StockMovement.TYPE]
        moved = known + [op.values for op in ops if op.values]
        return sum(m["quantity_milli"] for m in moved if m["product_id"] == product_id)


def _is_ended(till: ModelTill, dseq: int, cursors: Cursors) -> bool:
    """Refused or overtaken, or answered and pulled as far as the answer said."""
    if dseq not in till.answered:
        return False
    numbers = till.answered[dseq]
    return numbers is None or all(cursors[stream] >= n for stream, n in numbers.items())


def _pick(ids: list[Any], number: int) -> Any:
    return ids[number % len(ids)]


def _in_state(till: ModelTill, state: str) -> list[int]:
    return [dseq for dseq, at in till.states().items() if at == state]


def test_whatever_happens_all_tills_come_to_equal_the_server(
    tmp_path: Path,
) -> None:
    """Each till shows the server's image and its own unsent work, and nothing is ever lost."""
    world = build_world(tmp_path / "template")
    machine = type("MergingHere", (Merging,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
