"""What becomes of one edit; the laws that hold between several are in ``test_merge_laws``."""

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.fields import Policy
from localdb.domain.merge import Values, merge_edit, rebase

NAMES = ("name", "price", "cost")
small = st.integers(0, 3)
rows = st.fixed_dictionaries(dict.fromkeys(NAMES, small))
partial = st.dictionaries(st.sampled_from(NAMES), small)
policies = st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from(Policy)))

Row = dict[str, int]
Policies = dict[str, Policy]


def before(row: Row, after: Row) -> Row:
    return {name: row[name] for name in after}


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
