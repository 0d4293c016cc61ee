"""What a record type says about its fields."""

from dataclasses import MISSING, dataclass
from typing import Annotated

import pytest

from localdb.domain.fields import (
    PRICE,
    Id,
    Name,
    Policy,
    Spec,
    asking,
    fields_of,
    one_of,
)


@dataclass(frozen=True)
class Shelf:
    id: Id
    name: Name
    label: Annotated[str, one_of("red", "green", policy=Policy.SERVER)] = "red"
    above: Id | None = None


def test_fields_are_read_from_the_annotations() -> None:
    """Order, spec, nullability and default all come from the declaration."""
    found = fields_of(Shelf)
    assert [f.name for f in found] == ["id", "name", "label", "above"]
    assert [f.required for f in found] == [True, True, False, False]
    assert [f.nullable for f in found] == [False, False, False, True]
    assert found[0].default is MISSING
    assert found[2].spec == Spec("text", 1, 5, ("red", "green"), policy=Policy.SERVER)


def test_asking_changes_only_the_policy() -> None:
    """The asking spec bounds a field as before."""
    assert asking(PRICE) == Spec("int", PRICE.low, PRICE.high, policy=Policy.ASK)


def test_an_undeclared_field_is_a_bug() -> None:
    """A field without a spec would miss its column and its check, so it is an error at once."""

    @dataclass(frozen=True)
    class Loose:
        id: str

    with pytest.raises(TypeError, match="id"):
        fields_of(Loose)
