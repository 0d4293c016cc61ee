"""Laws of the three-way merge."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.fields import Policy
from localdb.domain.merge import Values, advance, dominates, join, merge_edit, rebase

NAMES = ("name", "price", "cost")
small = st.integers(0, 3)
rows = st.fixed_dictionaries(dict.fromkeys(NAMES, small))
partial = st.dictionaries(st.sampled_from(NAMES), small)
policies = st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from(Policy)))
vectors = st.dictionaries(st.sampled_from("abc"), st.integers(1, 9))

Row = dict[str, int]
Policies = dict[str, Policy]


def before(row: Row, after: Row) -> Row:
    return {name: row[name] for name in after}


@given(rows, partial, policies)
def test_an_edit_of_an_untouched_row_is_taken_whole(row: Row, after: Row, rules: Policies) -> None:
    """Nobody else came between, so nothing clashes."""
    merged = merge_edit(row, before(row, after), after, rules)
    assert merged.taken == after
    assert not merged.clashes
    assert not merged.overruled
    assert not merged.merged


@given(rows, rows, partial, policies)
def test_every_field_has_one_fate(base: Row, row: Row, after: Row, rules: Policies) -> None:
    """Each edited field is taken, asked about or left alone, and what lost is kept."""
    merged = merge_edit(row, before(base, after), after, rules)
    assert merged.taken.keys() | merged.clashes.keys() | merged.overruled.keys() == after.keys()
    assert not merged.taken.keys() & merged.clashes.keys()
    for clash in (*merged.clashes.values(), *merged.overruled.values()):
        assert clash.local != clash.remote != clash.base


@given(rows, rows, partial, policies)
def test_the_policy_decides_only_a_real_clash(
    base: Row, row: Row, after: Row, rules: Policies
) -> None:
    """Asking never writes, incoming always does, the server's value is otherwise kept."""
    merged = merge_edit(row, before(base, after), after, rules)
    for name, wanted in after.items():
        clashing = row[name] not in (base[name], wanted)
        assert (name in merged.clashes) == (clashing and rules[name] is Policy.ASK)
        assert (name in merged.taken) == (not clashing or rules[name] is Policy.INCOMING)


@given(rows, partial, partial, policies)
def test_disjoint_edits_commute(base: Row, one: Row, other: Row, rules: Policies) -> None:
    """Two tills that touched different fields end alike, whoever comes first."""
    other = {name: value for name, value in other.items() if name not in one}

    def applied(first: Row, second: Row) -> dict[str, Any]:
        row: dict[str, Any] = dict(base)
        for after in (first, second):
            merged = merge_edit(row, before(base, after), after, rules)
            assert not merged.clashes
            row.update(merged.taken)
        return row

    assert applied(one, other) == applied(other, one)


@given(rows, rows, partial, policies)
def test_a_second_delivery_changes_nothing(
    base: Row, row: Row, after: Row, rules: Policies
) -> None:
    """Merging the same edit into its own result leaves the row as it is."""
    first = {**row, **merge_edit(row, before(base, after), after, rules).taken}
    again = {**first, **merge_edit(first, before(base, after), after, rules).taken}
    assert again == first


@given(rows, partial, partial)
def test_a_till_never_clashes_with_itself(base: Row, first: Row, second: Row) -> None:
    """Two edits made one after the other offline are both taken, in order."""
    rules = dict.fromkeys(NAMES, Policy.ASK)
    between = {**base, **first}
    row = {**base, **merge_edit(base, before(base, first), first, rules).taken}
    merged = merge_edit(row, before(between, second), second, rules)
    assert not merged.clashes
    assert {**row, **merged.taken} == rebase(base, [first, second])


def test_a_field_of_a_newer_program_is_taken() -> None:
    """A field without a policy here is the incoming one's."""
    merged = merge_edit({"brand": "A"}, {"brand": "B"}, {"brand": "C"}, {})
    assert (merged.taken, merged.overruled["brand"].remote) == ({"brand": "C"}, "A")


@given(rows, st.lists(partial, max_size=4))
def test_rebase_keeps_the_last_unsent_word(image: Row, pending: list[Values]) -> None:
    """Under unsent edits a row shows the newest of them, and the server's value elsewhere."""
    shown = rebase(image, pending)
    for name in NAMES:
        wanted = [after[name] for after in pending if name in after]
        assert shown[name] == (wanted[-1] if wanted else image[name])


@given(vectors, vectors, vectors)
def test_join_is_a_least_upper_bound(a: Row, b: Row, c: Row) -> None:
    """Joining is commutative, associative and idempotent, and dominates both sides."""
    assert join(a, b) == join(b, a)
    assert join(a, join(b, c)) == join(join(a, b), c)
    assert join(a, a) == a
    assert dominates(join(a, b), a)
    assert dominates(a, b) == (join(a, b) == a)


@given(vectors, st.sampled_from("abc"), st.integers(1, 9))
def test_advance_never_goes_back(vector: Row, device: str, dseq: int) -> None:
    """A vector after a touch has seen it, and all it had seen before."""
    after = advance(vector, device, dseq)
    assert dominates(after, vector)
    assert after[device] >= dseq
