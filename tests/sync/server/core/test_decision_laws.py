"""Laws of ``decide`` over any interleaving of offline edits by three tills."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count, permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.merge import Values, advance, join, rebase
from localdb.domain.ops import Op
from localdb.domain.records import Product
from sync.server.core.decisions import Decision
from tests.sync.server.deciding import NEW_ID, World
from tests.sync.server.tills import edit, insert, product

TILLS = [NEW_ID() for _ in range(3)]
BACK_OFFICE = NEW_ID()
ASKED, LAST_WINS = ("price_minor", "name"), ("note", "plu")
FIELDS = (*ASKED, *LAST_WINS)
STATES = ("open", "settled", "merged")


@dataclass
class Till:
    """One till's sight of the beans, and what it has not sent."""

    device: str
    row: dict[str, Any]
    vector: dict[str, int]
    dseq: int = 0
    pending: list[list[Op]] = field(default_factory=list)

    def edit(self, *changes: dict[str, Any]) -> None:
        """One transaction of one edit or more."""
        self.dseq += 1
        ops = []
        for after in changes:
            before = {name: self.row[name] for name in after}
            seen = dict(self.vector)
            ops.append(edit(Product, self.row["id"], before, after, seen))
            self.row.update(after)
            self.vector = advance(self.vector, self.device, self.dseq)
        self.pending.append(ops)


class Shop:
    """Three tills, the server, and a diary of what was sent."""

    def __init__(self) -> None:
        self.world = World()
        self.beans = product()
        self.world.do(BACK_OFFICE, insert(self.beans))
        row = self.world.row(self.beans)
        self.tills = [Till(device, dict(row.values), dict(row.vector)) for device in TILLS]
        self.sent: list[tuple[str, Op]] = []

    def drain(self, till: Till) -> list[Decision]:
        """Send everything the till has, in order."""
        decisions = []
        for ops in till.pending:
            before = dict(self.world.row(self.beans).values)
            decisions.append(self.world.do(till.device, *ops))
            self.sent += [(till.device, op) for op in ops]
            self.nothing_vanished(before, ops)
        till.pending = []
        return decisions

    def pull(self, till: Till) -> None:
        """Take the server's row in, under what is still to be sent."""
        row = self.world.row(self.beans)
        waiting: list[Values] = [op.after or {} for ops in till.pending for op in ops]
        till.row = rebase(row.values, waiting)
        own = {till.device: till.dseq} if till.dseq else {}
        till.vector = join(row.vector, own if waiting else {})

    def said(self, name: str, side: str) -> set[Any]:
        """What the conflicts of every state hold for a field on one side."""
        listed = [c["fields"] for state in STATES for c in self.world.conflicts(state)]
        return {fields[name][side] for fields in listed if name in fields}

    def kept(self, name: str) -> set[Any]:
        """Every value of a field that stands somewhere."""
        held = self.world.value(self.beans, name)
        return {held} | self.said(name, "local") | self.said(name, "remote")

    def nothing_vanished(self, before: dict[str, Any], ops: Sequence[Op]) -> None:
        """What a group wanted is kept, and what it overwrote it knew or is kept too."""
        last: dict[str, Any] = {}
        for op in ops:
            last |= op.after or {}
        for name, wanted in last.items():
            assert wanted in self.kept(name), f"{name} {wanted} vanished"
        for name, held in before.items():
            now = self.world.value(self.beans, name)
            knew = [(op.before or {}).get(name) for op in ops if name in (op.after or {})]
            if now != held:
                assert held in knew or held in self.kept(name), f"{name} {held} was lost"


def moves(fields: Sequence[str], deletes: bool) -> st.SearchStrategy[Any]:
    """A step of one of the tills: edits, a deletion, sending, taking in."""
    till = st.integers(0, 2)
    edits = st.lists(
        st.lists(st.sampled_from(fields), min_size=1, max_size=3, unique=True),
        min_size=1,
        max_size=2,
    )
    steps = [
        st.tuples(st.just("edit"), till, edits),
        st.tuples(st.just("drain"), till, st.none()),
        st.tuples(st.just("pull"), till, st.none()),
    ]
    if deletes:
        steps.append(st.tuples(st.just("delete"), till, st.none()))
    return st.one_of(steps)


def play(shop: Shop, steps: Iterable[tuple[str, int, Any]]) -> None:
    """Let the tills act; every edited value is one that was never used before."""
    fresh = count(1000)
    for what, number, edits in steps:
        till = shop.tills[number]
        if what == "edit":
            till.edit(*({name: value(name, next(fresh)) for name in names} for names in edits))
        elif what == "delete":
            till.edit({"deleted": not till.row["deleted"]})
        elif what == "drain":
            shop.drain(till)
        else:
            shop.pull(till)


def value(name: str, number: int) -> Any:
    """A value for a field."""
    return number if name == "price_minor" else f"{name} {number}"


@given(st.lists(moves(FIELDS, deletes=True), max_size=25))
def test_no_value_vanishes(steps: list[tuple[str, int, Any]]) -> None:
    """Whatever three tills do offline: applied, knowingly replaced, merged or in a conflict."""
    shop = Shop()
    play(shop, steps)
    for till in shop.tills:
        shop.drain(till)
    for device in TILLS:
        last: dict[str, Any] = {}
        for sender, op in shop.sent:
            last |= (op.after or {}) if sender == device else {}
        known = [op.before or {} for sender, op in shop.sent if sender != device]
        for name, wanted in last.items():
            replaced = any(before.get(name) == wanted for before in known)
            assert replaced or wanted in shop.kept(name)


offline = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.sampled_from(FIELDS), min_size=1, unique=True)),
    max_size=12,
)


@given(offline, st.sets(st.integers(0, 2)))
def test_the_order_of_arrival_loses_nothing(
    edits: list[tuple[int, list[str]]], deleting: set[int]
) -> None:
    """In whatever order the tills come back, the same last wishes stand in row and conflicts."""
    kept = []
    for order in permutations(range(3)):
        shop = Shop()
        fresh = count(1000)
        last: dict[tuple[int, str], Any] = {}
        for number, names in edits:
            changes = {name: value(name, next(fresh)) for name in names}
            shop.tills[number].edit(changes)
            last |= {(number, name): wanted for name, wanted in changes.items()}
        for number in sorted(deleting):
            shop.tills[number].edit({"deleted": True})
        for number in order:
            shop.drain(shop.tills[number])
        wishes = {(name, wanted) for (_, name), wanted in last.items()}
        kept.append({(n, v) for n, v in wishes if v in shop.kept(n)})
        assert kept[-1] == wishes
        if deleting:
            assert True in shop.kept("deleted")
    assert all(one == kept[0] for one in kept)


@given(st.lists(moves(FIELDS, deletes=True), max_size=25))
def test_a_till_never_conflicts_with_itself(steps: list[tuple[str, int, Any]]) -> None:
    """One till alone, offline for long or not, is always applied."""
    shop = Shop()
    till = shop.tills[0]
    play(shop, [(what, 0, edits) for what, _, edits in steps])
    kinds = {decision.kind for decision in shop.drain(till)}
    row = shop.world.row(shop.beans).values
    assert kinds <= {"applied"}
    assert row == till.row
    assert not [c for state in STATES for c in shop.world.conflicts(state)]


@given(st.lists(moves(FIELDS, deletes=True), max_size=15))
def test_a_group_applied_again_changes_nothing(steps: list[tuple[str, int, Any]]) -> None:
    """The ledger stops a group that was applied; ``decide`` would not be misled either."""
    shop = Shop()
    play(shop, steps)
    for till in shop.tills:
        for ops in till.pending:
            shop.world.do(till.device, *ops)
            row, asked = shop.world.row(shop.beans).values, open_fields(shop)
            shop.world.do(till.device, *ops)
            assert shop.world.row(shop.beans).values == row
            assert open_fields(shop) == asked


def open_fields(shop: Shop) -> list[Any]:
    """What the open conflicts ask."""
    return [(c["kind"], c["device_id"], c["fields"]) for c in shop.world.conflicts()]
