"""The laws of merge, vectors and rebase, over every row, edit and policy.

An edit is what a till sends: from the values it saw (``before``) to the values it wants
(``after``). ``land`` is what the server makes of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.fields import Policy
from localdb.domain.merge import (
    FieldClash,
    Merged,
    Values,
    Vector,
    advance,
    dominates,
    join,
    merge_edit,
    rebase,
)

NAMES = ("name", "price", "cost")
Policies = dict[str, Policy]
values = st.integers(0, 3)
rows = st.fixed_dictionaries(dict.fromkeys(NAMES, values))
wishes = st.dictionaries(st.sampled_from(NAMES), values)
policies = st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from(Policy)))
devices = st.sampled_from("abc")
vectors = st.dictionaries(devices, st.integers(1, 9))


@dataclass(frozen=True, slots=True)
class Edit:
    """What one till wants of a row that it saw."""

    before: Values
    after: Values

    def then(self, later: "Edit") -> "Edit":
        """Both as one: from what the first saw to what is wanted in the end."""
        return Edit({**later.before, **self.before}, {**self.after, **later.after})


@dataclass(slots=True)
class Server:
    """One row, and what was made of the edits that came."""

    row: Values
    rules: Policies
    fates: list[Merged] = field(default_factory=list)

    def land(self, edits: Iterable[Edit]) -> Values:
        for edit in edits:
            merged = merge_edit(self.row, edit.before, edit.after, self.rules)
            self.row = {**self.row, **merged.taken}
            self.fates.append(merged)
        return self.row


def seen(row: Values, after: Values) -> Edit:
    """The edit of somebody who looked at exactly this row."""
    return Edit({name: row[name] for name in after}, after)


def landed(row: Values, rules: Policies, *edits: Edit) -> Values:
    """The row after these edits came in this order."""
    return Server(row, rules).land(edits)


def chain(row: Values, wanted: Iterable[Values]) -> list[Edit]:
    """What one till sends that edits again and again offline, each time on its own result."""
    edits = []
    for after in wanted:
        edits.append(seen(row, after))
        row = {**row, **after}
    return edits


@st.composite
def apart(draw: st.DrawFn) -> tuple[Values, list[Edit]]:
    """A row, and three edits of it that touch different fields."""
    row, wanted = draw(rows), draw(rows)
    owners = draw(st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from("abc-"))))
    parts = [{n: wanted[n] for n in NAMES if owners[n] == who} for who in "abc"]
    return row, [seen(row, part) for part in parts]


# ---------------------------------------------------------------- identity and idempotence


@given(rows, rows, policies)
def test_an_empty_edit_is_the_identity(base: Values, row: Values, rules: Policies) -> None:
    """Who wants nothing changes nothing and clashes with nobody."""
    assert merge_edit(row, base, {}, rules) == Merged()


@given(rows, rows, wishes, policies)
def test_merging_is_idempotent(base: Values, row: Values, after: Values, rules: Policies) -> None:
    """The same edit again leaves the row as the first time left it, and finds no new clash."""
    server = Server(row, rules)
    once = server.land([seen(base, after)])
    assert server.land([seen(base, after)]) == once
    first, second = server.fates
    assert second.clashes == first.clashes
    assert second.overruled.items() <= first.overruled.items()


@given(rows, wishes, policies)
def test_an_edit_of_the_row_as_it_stands_is_taken_whole(
    row: Values, after: Values, rules: Policies
) -> None:
    """Where nobody came between, an edit is an assignment, whatever the policies."""
    assert merge_edit(row, seen(row, after).before, after, rules) == Merged(taken=dict(after))


# ---------------------------------------------------------------- commuting and associating


@given(apart(), policies)
def test_disjoint_edits_commute(case: tuple[Values, list[Edit]], rules: Policies) -> None:
    """Edits of different fields give one row in any order, and none clashes."""
    row, edits = case
    wanted = {**row, **edits[0].after, **edits[1].after, **edits[2].after}
    for order in permutations(edits):
        server = Server(row, rules)
        assert server.land(order) == wanted
        assert all(not (fate.clashes or fate.overruled) for fate in server.fates)


@given(apart(), policies)
def test_disjoint_edits_associate(case: tuple[Values, list[Edit]], rules: Policies) -> None:
    """It is all one which of them travel as one edit."""
    row, (a, b, c) = case
    assert landed(row, rules, a.then(b), c) == landed(row, rules, a, b.then(c))
    assert landed(row, rules, a.then(b).then(c)) == landed(row, rules, a, b, c)


@given(apart(), rows, policies)
def test_disjoint_edits_commute_over_any_row(
    case: tuple[Values, list[Edit]], now: Values, rules: Policies
) -> None:
    """Also when the row has moved on since all of them looked: each field has its own fate."""
    _, edits = case
    assert len({tuple(landed(now, rules, *order).items()) for order in permutations(edits)}) == 1


@given(rows, values, policies)
def test_the_same_wish_commutes_with_itself(row: Values, wanted: int, rules: Policies) -> None:
    """Two tills that want the same value agree, under every policy."""
    server = Server(row, rules)
    one, other = seen(row, {"price": wanted}), seen(row, {"price": wanted, "cost": row["cost"]})
    assert server.land([one, other]) == landed(row, rules, other, one)
    assert all(not (fate.clashes or fate.overruled) for fate in server.fates)


# ---------------------------------------------------------------- the same field, by policy

base_and_two = st.lists(values, min_size=3, max_size=3, unique=True)


def contest(policy: Policy, base: int, first: int, second: int) -> tuple[Any, Merged]:
    """Two different prices over one base: what stands, and the second one's fate."""
    row = {"price": base}
    server = Server(row, {"price": policy})
    server.land([seen(row, {"price": first}), seen(row, {"price": second})])
    return server.row["price"], server.fates[1]


@given(base_and_two)
def test_ask_keeps_the_first_and_asks_about_the_second(three: list[int]) -> None:
    """The value that stands and the one that is asked about are the two wishes, either way."""
    base, one, other = three
    stands, fate = contest(Policy.ASK, base, one, other)
    assert (stands, fate.taken) == (one, {})
    assert fate.clashes == {"price": FieldClash(base, other, one)}
    turned, asked = contest(Policy.ASK, base, other, one)
    assert {stands, fate.clashes["price"].local} == {turned, asked.clashes["price"].local}


@given(base_and_two)
def test_incoming_takes_the_last_and_keeps_what_it_overruled(three: list[int]) -> None:
    """Last write wins, nobody is asked, and the value that lost is recorded."""
    base, one, other = three
    stands, fate = contest(Policy.INCOMING, base, one, other)
    assert (stands, fate.clashes) == (other, {})
    assert fate.overruled == {"price": FieldClash(base, other, one)}


@given(base_and_two)
def test_server_keeps_the_first_and_records_the_second(three: list[int]) -> None:
    """First write wins, nobody is asked, and the value that lost is recorded."""
    base, one, other = three
    stands, fate = contest(Policy.SERVER, base, one, other)
    assert (stands, fate.taken, fate.clashes) == (one, {}, {})
    assert fate.overruled == {"price": FieldClash(base, other, one)}


@pytest.mark.parametrize("policy", Policy)
def test_two_wishes_for_one_field_do_not_commute(policy: Policy) -> None:
    """The counterexample: 1 or 2 over 0 ends as whoever came last (incoming) or first."""
    one_first, _ = contest(policy, 0, 1, 2)
    two_first, _ = contest(policy, 0, 2, 1)
    assert (one_first, two_first) == ((2, 1) if policy is Policy.INCOMING else (1, 2))


def test_overlapping_edits_do_not_associate() -> None:
    """The counterexample: joined with his own correction, the second till's wish is another."""
    row, rules = {"price": 0}, {"price": Policy.ASK}
    theirs, mine = seen(row, {"price": 1}), chain(row, [{"price": 2}, {"price": 1}])
    apart, joined = Server(row, rules), Server(row, rules)
    apart.land([theirs, *mine])
    joined.land([theirs, mine[0].then(mine[1])])
    assert apart.row == joined.row == {"price": 1}
    assert [len(fate.clashes) for fate in apart.fates] == [0, 1, 0]
    assert [len(fate.clashes) for fate in joined.fates] == [0, 0]


@given(rows, rows, wishes, policies)
def test_no_wish_vanishes(base: Values, row: Values, after: Values, rules: Policies) -> None:
    """Each field is taken, asked about, or recorded as overruled, with the value it wanted."""
    fate = merge_edit(row, seen(base, after).before, after, rules)
    for name, wanted in after.items():
        lost = {**fate.clashes, **fate.overruled}.get(name)
        assert fate.taken.get(name) == wanted or (lost is not None and lost.local == wanted)
    assert not fate.taken.keys() & fate.clashes.keys()


@given(rows, rows, wishes, policies)
def test_no_value_that_somebody_set_is_lost(
    base: Values, row: Values, after: Values, rules: Policies
) -> None:
    """What stood and was not seen stands still, is in a clash, or is recorded as overruled."""
    fate = merge_edit(row, seen(base, after).before, after, rules)
    for name in after:
        unseen = row[name] not in (base[name], after[name])
        lost = {**fate.clashes, **fate.overruled}.get(name)
        assert (lost is not None) == unseen
        assert lost is None or (lost.base, lost.remote) == (base[name], row[name])


# ---------------------------------------------------------------- one till by itself

several_wishes = st.lists(wishes, max_size=4)


@given(rows, several_wishes, policies)
def test_a_till_never_clashes_with_itself(
    row: Values, wanted: list[Values], rules: Policies
) -> None:
    """However often it edits a row offline, all is taken, in order."""
    server = Server(row, rules)
    server.land(chain(row, wanted))
    assert all(not (fate.clashes or fate.overruled) for fate in server.fates)


@given(rows, several_wishes, policies)
def test_a_tills_edits_compose(row: Values, wanted: list[Values], rules: Policies) -> None:
    """Sent one by one or joined into one edit, they leave the same row."""
    edits = chain(row, wanted)
    joined = Edit({}, {})
    for edit in edits:
        joined = joined.then(edit)
    assert landed(row, rules, *edits) == landed(row, rules, joined)


@given(rows, rows, several_wishes, policies)
def test_rebase_foretells_the_merge(
    base: Values, moved: Values, wanted: list[Values], rules: Policies
) -> None:
    """A till shows over a new image what the server will hold, where nobody else had a say."""
    mine = {name for after in wanted for name in after}
    image = {name: base[name] if name in mine else moved[name] for name in NAMES}
    assert rebase(image, wanted) == landed(image, rules, *chain(base, wanted))


@given(rows, several_wishes, several_wishes)
def test_rebase_is_an_action(image: Values, first: list[Values], second: list[Values]) -> None:
    """Replaying nothing changes nothing, and all at once is the same as some after the others."""
    assert rebase(image, []) == image
    assert rebase(image, first + second) == rebase(rebase(image, first), second)


@given(rows, several_wishes)
def test_rebase_is_idempotent(image: Values, pending: list[Values]) -> None:
    """Replayed over its own result it changes nothing: an echo that came early does no harm."""
    assert rebase(rebase(image, pending), pending) == rebase(image, pending)


def test_rebase_foretells_nothing_where_somebody_else_had_a_say() -> None:
    """The counterexample: the till shows its own price until it is told that the server asks."""
    row, rules = {"price": 0}, {"price": Policy.ASK}
    image = landed(row, rules, seen(row, {"price": 1}))
    assert rebase(image, [{"price": 2}]) == {"price": 2}
    assert landed(image, rules, seen(row, {"price": 2})) == {"price": 1}


# ---------------------------------------------------------------- version vectors


@given(vectors, vectors, vectors)
def test_join_is_a_semilattice(a: Vector, b: Vector, c: Vector) -> None:
    """Idempotent, commutative, associative, with the empty vector as its bottom."""
    assert join(a, a) == a
    assert join(a, b) == join(b, a)
    assert join(a, join(b, c)) == join(join(a, b), c)
    assert join(a, {}) == a


@given(vectors, vectors, vectors)
def test_join_is_the_least_upper_bound(a: Vector, b: Vector, c: Vector) -> None:
    """It has seen both sides, and whatever has seen both sides has seen it."""
    assert dominates(join(a, b), a)
    assert dominates(join(a, b), b)
    assert dominates(c, join(a, b)) == (dominates(c, a) and dominates(c, b))
    assert dominates(a, b) == (join(a, b) == a)


@given(vectors, vectors, vectors)
def test_dominates_is_a_partial_order(a: Vector, b: Vector, c: Vector) -> None:
    """Reflexive, antisymmetric, transitive."""
    assert dominates(a, a)
    assert (dominates(a, b) and dominates(b, a)) == (a == b)
    above = join(a, b)
    assert dominates(above, a)
    assert dominates(join(above, c), above)
    assert dominates(join(above, c), a)


def test_two_tills_apart_have_not_seen_each_other() -> None:
    """The order is only partial: neither of two concurrent vectors dominates."""
    assert not dominates({"a": 1}, {"b": 1})
    assert not dominates({"b": 1}, {"a": 1})


@given(vectors, devices, st.integers(1, 9))
def test_advance_is_inflationary(vector: Vector, device: str, dseq: int) -> None:
    """After a touch the row has seen it, and all it had seen before, and nothing else."""
    assert advance(vector, device, dseq) == join(vector, {device: dseq})


@given(vectors, vectors, devices, st.integers(1, 9))
def test_advance_is_monotone(less: Vector, other: Vector, device: str, dseq: int) -> None:
    """Who had seen more before has seen no less after the same touch."""
    more = join(less, other)
    assert dominates(advance(more, device, dseq), advance(less, device, dseq))


@given(vectors, devices, devices, st.integers(1, 9), st.integers(1, 9))
def test_advances_commute(vector: Vector, a: str, b: str, first: int, second: int) -> None:
    """In whatever order two touches are heard of, the same has been seen."""
    assert advance(advance(vector, a, first), b, second) == advance(
        advance(vector, b, second), a, first
    )
