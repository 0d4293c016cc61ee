"""The door refuses, field by field, what a record does not declare as possible."""

import json
from typing import Any

import pytest

from localdb.domain.fields import FieldInfo
from localdb.domain.ids import IdSource
from localdb.domain.ops import Group, Op, encode
from localdb.domain.records import RECORDS, Record
from sync.protocol.validation import change_errors, described, insert_errors, read_group

NEW_ID = IdSource(lambda: 1_700_000_000_000_000)
ID = NEW_ID()


def good(field: FieldInfo) -> Any:
    """The smallest value that a field takes."""
    spec = field.spec
    match spec.kind:
        case "id":
            return ID
        case "flag":
            return True
        case "int":
            return spec.high
        case _ if spec.names:
            return _REAL[spec.names]
        case _:
            return spec.choices[0] if spec.choices else "x" * max(spec.low, 1)


_REAL = {"timezone": "Europe/Paris", "currency": "EUR", "series": "S01", "email": "a@b.example"}


def bad(field: FieldInfo) -> list[Any]:
    """Values that a field must refuse."""
    spec = field.spec
    common: list[Any] = [] if field.nullable else [None]
    match spec.kind:
        case "id":
            return [*common, "", "x", ID.upper(), 5, f"{{{ID}}}"]
        case "flag":
            return [*common, 1, 0, "true"]
        case "int":
            zero = [0] if spec.nonzero else []
            return [*common, *zero, spec.low - 1, spec.high + 1, 1.0, 1.5, "1", True]
        case _:
            rest = ["x" * (spec.high + 1), 5, "\ud800"]
            rest += ["nonsense"] if spec.choices else ["a\x00" + "b" * max(spec.low - 2, 0)]
            rest += ["x" * (spec.low - 1)] if spec.low else []
            return common + rest


def good_values(record: type[Record]) -> dict[str, Any]:
    return {field.name: good(field) for field in record.fields()}


FIELDS = [(record, field) for record in RECORDS.values() for field in record.fields()]
IDS = [f"{record.TYPE}.{field.name}" for record, field in FIELDS]


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_good_values_are_let_through(record: type[Record]) -> None:
    """Every record type accepts values within its declaration, and fields it does not know."""
    assert insert_errors(record, good_values(record) | {"from_a_newer_program": [1]}) == []


@pytest.mark.parametrize(("record", "field"), FIELDS, ids=IDS)
def test_a_field_refuses_what_it_may_not_hold(record: type[Record], field: FieldInfo) -> None:
    """Each bad value is refused on insert and on edit, and the error names the field."""
    for value in bad(field):
        inserted = insert_errors(record, good_values(record) | {field.name: value})
        edited = change_errors(record, {field.name: value})
        assert {error.where.split(".")[0] for error in inserted} == {field.name}, value
        assert {error.where.split(".")[0] for error in edited} == {field.name}, value


@pytest.mark.parametrize(("record", "field"), FIELDS, ids=IDS)
def test_only_a_field_with_a_default_may_be_left_out(
    record: type[Record], field: FieldInfo
) -> None:
    """A required field must be there on insert; an edit names what it likes."""
    values = good_values(record)
    del values[field.name]
    missing = [error.where for error in insert_errors(record, values)]
    assert missing == ([field.name] if field.required else [])


@pytest.mark.parametrize(
    ("type_name", "name", "value"),
    [
        ("product", "name", ""),
        ("product", "name", "x" * 256),
        ("product", "price_minor", -1),
        ("product", "cost_minor", -1),
        ("product", "tax_class_id", "7"),
        ("sale_line", "quantity_milli", 0),
        ("stock_movement", "quantity_milli", 0),
        ("payment", "method", ""),
        ("customer", "name", ""),
    ],
)
def test_what_a_shop_must_never_store_is_refused(type_name: str, name: str, value: Any) -> None:
    """Names have 1 to 255 characters, prices are not negative, quantities are never 0."""
    record = RECORDS[type_name]
    assert insert_errors(record, good_values(record) | {name: value})


def group_of(*ops: Op, **changes: Any) -> str:
    values: dict[str, Any] = {
        "id": ID,
        "device_id": ID,
        "dseq": 1,
        "store_id": ID,
        "user_id": None,
        "at_us": 5,
        "ops": ops,
    }
    return encode(Group(**values | changes))


def test_a_group_comes_back_as_it_was_encoded() -> None:
    """Reading is the inverse of encoding."""
    values = good_values(RECORDS["product"])
    op = Op("insert", "product", ID, values=values)
    group, errors = read_group(group_of(op, retry_of=3))
    assert errors == []
    assert group is not None
    assert group.ops == (op,)
    assert group.retry_of == 3


def test_every_error_of_a_group_is_listed() -> None:
    """Nothing is found out one refusal at a time."""
    values = good_values(RECORDS["product"])
    ops = (
        Op("insert", "product", ID, values=values | {"name": "", "price_minor": -1}),
        Op("edit", "product", ID, before={}, after={"kind": "magic"}),
        Op("edit", "sale", ID, before={"note": ""}, after={"note": "x"}),
        Op("edit", "product", ID, before={}, after={}),
        Op("insert", "product", NEW_ID(), values=values),
        Op("edit", "product", ID, before={"id": ID}, after={"id": NEW_ID()}),
    )
    _, errors = read_group(group_of(*ops))
    assert [error.where for error in errors] == [
        "ops.0.values.name",
        "ops.0.values.price_minor",
        "ops.1.after.kind",
        "ops.1.before.kind",
        "ops.2.kind",
        "ops.3.after",
        "ops.4.values.id",
        "ops.5.after.id",
    ]
    assert described(errors).count(";") == len(errors) - 1


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", "{}", '{"id":1}', group_of(dseq=0), group_of(store_id="")],
)
def test_a_body_that_is_no_group_is_refused(body: str) -> None:
    """Garbage has no frame, and says so."""
    group, errors = read_group(body)
    assert group is None
    assert errors


def test_a_body_of_a_newer_program_is_read() -> None:
    """Unknown fields of the frame and unknown record types are no errors."""
    op = Op("insert", "hologram", ID, values={"anything": None})
    body = group_of(op).replace('"dseq":1', '"dseq":1,"mood":"good"')
    assert read_group(body)[1] == []


@pytest.mark.parametrize(
    "change",
    [
        {"dseq": "1"},
        {"dseq": 1.0},
        {"at_us": True},
        {"id": ID.upper()},
        {"ops": [{"kind": "edit", "type": "product", "id": ID, "seen": {ID: "1"}}]},
        {"ops": [{"kind": "edit", "type": "product", "id": ID, "after": [1]}]},
        {"ops": [{"kind": "edit", "type": 5, "id": ID}]},
    ],
)
def test_a_frame_is_read_as_it_is_and_nothing_is_converted(change: dict[str, Any]) -> None:
    """What is nearly a number or nearly an id is not one."""
    good_op = {"kind": "edit", "type": "product", "id": ID}
    frame = {"id": ID, "device_id": ID, "dseq": 1, "store_id": ID, "at_us": 5, "ops": [good_op]}
    assert read_group(json.dumps(frame))[0] is not None
    group, errors = read_group(json.dumps(frame | change))
    assert group is None
    assert [error.where.split(".")[0] for error in errors] == list(change)
