"""Op groups as they travel."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb.domain.ops import Group, Op, body_hash, decode, encode

values = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text())
inserts = st.builds(Op, kind=st.just("insert"), type=st.text(), id=st.text(), values=values)
edits = st.builds(
    Op,
    kind=st.just("edit"),
    type=st.text(),
    id=st.text(),
    before=values,
    after=values,
    seen=st.dictionaries(st.text(), st.integers(1)),
)
groups = st.builds(
    Group,
    id=st.text(),
    device_id=st.text(),
    dseq=st.integers(1),
    store_id=st.text(),
    user_id=st.none() | st.text(),
    at_us=st.integers(0),
    ops=st.lists(inserts | edits, max_size=4).map(tuple),
    retry_of=st.none() | st.integers(1),
)


@given(groups)
def test_a_group_survives_its_body(group: Group) -> None:
    """What is stored and sent decodes to the same group, null fields inside values included."""
    assert decode(encode(group)) == group


@given(groups)
def test_the_same_group_has_the_same_hash(group: Group) -> None:
    """A retry hashes like the first try, anything else does not."""
    assert body_hash(encode(group)) == body_hash(encode(replace(group)))
    other = replace(group, dseq=group.dseq + 1)
    assert body_hash(encode(other)) != body_hash(encode(group))


def test_an_edit_leaves_out_what_it_has_not() -> None:
    """A body carries no empty halves of an op."""
    op = Op("edit", "product", "p", before={"name": None}, after={"name": "A"}, seen={})
    body = encode(Group("g", "d", 1, "s", None, 0, (op,)))
    assert '"values"' not in body
    assert '"before":{"name":null}' in body


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"ops":[]}', '{"ops":5}'])
def test_a_damaged_body_is_an_error(body: str) -> None:
    """Half a body never becomes half a group."""
    errors: Any = (ValueError, TypeError, KeyError)
    with pytest.raises(errors):
        decode(body)
