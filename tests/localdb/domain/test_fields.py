"""What a record type says about its fields."""

from dataclasses import MISSING, dataclass
from typing import Annotated

import pytest

from localdb.domain.fields import (
    PRICE,
    Id,
    Label,
    Name,
    Policy,
    Spec,
    asking,
    fields_of,
    one_of,
)


@dataclass(frozen=True)
class Shelf:
    id: Annotated[Id, Label("Id")]
    name: Annotated[Name, Label("Name", searched=True, headings=("title",))]
    label: Annotated[str, one_of("red", "green", policy=Policy.SERVER), Label("Colour")] = "red"
    above: Annotated[Id, Label("Above")] | None = None


def test_fields_are_read_from_the_annotations() -> None:
    """Order, spec, nullability and default all come from the declaration."""
    found = fields_of(Shelf)
    assert [f.name for f in found] == ["id", "name", "label", "above"]
    assert [f.required for f in found] == [True, True, False, False]
    assert [f.nullable for f in found] == [False, False, False, True]
    assert found[0].default is MISSING
    assert [f.label.text for f in found] == ["Id", "Name", "Colour", "Above"]
    assert (found[1].label.searched, found[1].label.headings) == (True, ("title",))
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


def test_a_field_without_a_label_is_a_bug() -> None:
    """What a person may be shown has a plain name from the start."""

    @dataclass(frozen=True)
    class Nameless:
        id: Id

    with pytest.raises(TypeError, match="no Label"):
        fields_of(Nameless)
