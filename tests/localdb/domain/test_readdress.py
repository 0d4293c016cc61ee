"""Saying under a new identity what an old one did."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.merge import dominates
from localdb.domain.ops import Group, Op
from localdb.domain.readdress import Readdressing

OLD, NEW, OTHER = "old-device", "new-device", "other-device"
X, S = "store-x", "store-s"
CHANGE = Readdressing(OLD, NEW, X, X, after=5)
MOVE = Readdressing(OLD, NEW, X, S, after=0)

vectors = st.dictionaries(st.sampled_from([OLD, NEW, OTHER]), st.integers(0, 12))


def group(*ops: Op) -> Group:
    return Group("group-id", OLD, 7, X, None, 1, ops)


@given(vectors)
def test_a_vector_claims_no_undelivered_group_of_the_old_device(vector: dict[str, int]) -> None:
    """What the old device delivered stays seen; what it did not is the new device's."""
    said = CHANGE.vector(vector)
    assert said.get(OLD, 0) <= CHANGE.after
    assert said.get(OTHER) == vector.get(OTHER)
    assert dominates(said, {NEW: vector.get(NEW, 0)})
    if vector.get(OLD, 0) <= CHANGE.after:
        assert said == vector
    else:
        assert said[NEW] == max(vector[OLD], vector.get(NEW, 0))
    assert CHANGE.vector(said) == said


def test_a_group_keeps_its_number_and_its_facts_their_device() -> None:
    """Only who sends it, and what it has seen, is said anew."""
    sale = Op(
        "insert", "sale", "sale-1", values={"store_id": X, "device_id": OLD, "total_minor": 9}
    )
    edit = Op("edit", "product", "p", before={"name": "a"}, after={"name": "b"}, seen={OLD: 6})
    said = CHANGE.group(group(sale, edit))
    assert (said.device_id, said.dseq, said.store_id, said.id) == (NEW, 7, X, "group-id")
    assert said.ops == (sale, replace(edit, seen={NEW: 6}))
    assert CHANGE.group(said) == said


def test_a_group_moves_to_the_new_store() -> None:
    """Every field that names the old store names the new one; the old store's record stays home."""
    store = Op("insert", "store", X, values={"id": X, "code": "S01"})
    till = Op("insert", "till", OLD, values={"id": OLD, "store_id": X})
    setting = Op("edit", "setting", "k", before={"store_id": None}, after={"store_id": X})
    said = MOVE.group(group(store, till, setting))
    assert said.store_id == S
    assert said.ops == (
        replace(till, values={"id": OLD, "store_id": S}),
        replace(setting, after={"store_id": S}),
    )


def test_a_group_that_was_only_about_the_old_store_keeps_its_number() -> None:
    """The run of numbers has no gap, also when nothing is left to say."""
    footer = Op("edit", "store", X, before={"receipt_footer": ""}, after={"receipt_footer": "Bye"})
    said = MOVE.group(group(footer))
    assert (said.dseq, said.ops) == (7, ())
