"""Checks at the door: pydantic schemas built from the record declarations.

Values are checked strictly (a price of ``"5"`` is refused, not read as 5); fields that a record
does not declare come from a newer program and are let through.
"""

import math
from collections.abc import Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError, SchemaValidator
from pydantic_core.core_schema import (
    CoreConfig,
    CoreSchema,
    TypedDictField,
    any_schema,
    bool_schema,
    dict_schema,
    int_schema,
    list_schema,
    literal_schema,
    no_info_after_validator_function,
    nullable_schema,
    str_schema,
    typed_dict_field,
    typed_dict_schema,
)

from localdb.domain.fields import FieldInfo, Spec
from localdb.domain.ops import Group, Op
from localdb.domain.real_values import Names, wrong_name
from localdb.domain.records import RECORDS, Kind, Record
from sync.protocol import limits
from sync.protocol.messages import NO_NULL_PATTERN, UUID_PATTERN

NAME_CHARS_MAX = 64
DEPTH_MAX = 16
"""Of what no declaration bounds: far below where any reader of JSON gives up."""
ERRORS_SAID_MAX = 10
SAID_CHARS_MAX = 200
_STRICT = CoreConfig(strict=True)
# Patterns, where a function could check as well: they never leave the compiled validator.
_SAID_OF_PATTERNS = {
    UUID_PATTERN: ("uuid", "is not an id"),
    NO_NULL_PATTERN: ("null_character", "must not contain a null character"),
}


class FieldError(NamedTuple):
    """One refused value: where it is (``ops.3.values.price_minor``), a stable code, a sentence."""

    where: str
    code: str
    message: str


def insert_errors(record: type[Record], values: Any) -> list[FieldError]:
    """Every error of a whole record's values; empty when they may be stored."""
    return _errors(record, values, partial=False)


def change_errors(record: type[Record], changes: Any) -> list[FieldError]:
    """Every error of the values of an edit, which may name any of the record's fields."""
    return _errors(record, changes, partial=True)


def read_group(body: str) -> tuple[Group | None, list[FieldError]]:
    """The group in a body and every error of its frame and rows; None when there is no frame.

    Ops of record types that this program does not know are not looked into.
    """
    try:
        frame = _FRAME.validate_json(body)
    except ValidationError as error:
        return None, [_field_error(detail) for detail in error.errors(include_url=False)]
    group = Group(**{"user_id": None, **frame, "ops": tuple(Op(**op) for op in frame["ops"])})
    return group, [error for index, op in enumerate(group.ops) for error in _op_errors(index, op)]


def described(errors: Sequence[FieldError]) -> str:
    """The first errors in one text, for a verdict's detail, and how many more there are."""
    listed = [shortened(f"{one.where}: {one.message}") for one in errors[:ERRORS_SAID_MAX]]
    more = len(errors) - len(listed)
    return "; ".join([*listed, f"and {more:,} more"] if more else listed)


def shortened(text: str) -> str:
    """At most ``SAID_CHARS_MAX`` characters of a text that somebody else may have written."""
    return text if len(text) <= SAID_CHARS_MAX else text[: SAID_CHARS_MAX - 1] + "…"


# ---------------------------------------------------------------- the frame


def _schema(required: dict[str, CoreSchema], optional: dict[str, CoreSchema]) -> CoreSchema:
    """An object; members that it does not name are dropped."""
    fields = {name: typed_dict_field(kind) for name, kind in required.items()}
    fields |= {name: typed_dict_field(kind, required=False) for name, kind in optional.items()}
    return typed_dict_schema(fields, extra_behavior="ignore", config=_STRICT)


def _frame() -> SchemaValidator:
    id_ = _ID
    values = nullable_schema(dict_schema(str_schema(), any_schema()))
    op = _schema(
        {
            "kind": literal_schema(["insert", "edit"]),
            "type": str_schema(min_length=1, max_length=64, pattern=NO_NULL_PATTERN),
            "id": id_,
        },
        {
            "values": values,
            "before": values,
            "after": values,
            "seen": nullable_schema(dict_schema(_NAME, _DSEQ, max_length=limits.VECTOR_MAX)),
        },
    )
    group = _schema(
        {
            "id": id_,
            "device_id": id_,
            "dseq": int_schema(ge=1, le=2**62),
            "store_id": id_,
            "at_us": int_schema(ge=0, lt=2**63),
            # None in a group that only keeps its number: what it said has no meaning here.
            "ops": list_schema(op, max_length=limits.GROUP_OPS_MAX),
        },
        {
            "user_id": nullable_schema(id_),
            "approved_by": nullable_schema(id_),
            "retry_of": nullable_schema(int_schema(ge=1)),
        },
    )
    return SchemaValidator(group)


_ID = str_schema(pattern=UUID_PATTERN)
_NAME = str_schema(max_length=NAME_CHARS_MAX, pattern=NO_NULL_PATTERN)
_DSEQ = int_schema(ge=0, le=2**62)
_FRAME = _frame()


def _op_errors(index: int, op: Op) -> list[FieldError]:
    record = RECORDS.get(op.type)
    if record is None:
        return []
    found = _insert_op_errors(record, op) if op.kind == "insert" else _edit_op_errors(record, op)
    return [error._replace(where=f"ops.{index}.{error.where}") for error in found]


def _insert_op_errors(record: type[Record], op: Op) -> list[FieldError]:
    errors = [_under("values", error) for error in insert_errors(record, op.values)]
    if not errors and op.values and op.values["id"] != op.id:
        errors.append(FieldError("values.id", "id_differs", "must be the id of the op"))
    return errors


def _edit_op_errors(record: type[Record], op: Op) -> list[FieldError]:
    if record.KIND is Kind.FACT:
        return [FieldError("kind", "fact_edited", "a fact is never edited")]
    if not op.after:
        return [FieldError("after", "missing", "must name at least one field")]
    errors = [_under("after", error) for error in change_errors(record, op.after)]
    unseen = op.after.keys() - (op.before or {}).keys()
    errors += [FieldError(f"before.{n}", "missing", "must be given") for n in sorted(unseen)]
    errors += [_under("before", error) for error in _unfit(op.before or {})]
    if "id" in op.after:
        errors.append(FieldError("after.id", "id_edited", "an id never changes"))
    return errors


def _under(parent: str, error: FieldError) -> FieldError:
    return error._replace(where=f"{parent}.{error.where}".rstrip("."))


# ---------------------------------------------------------------- a record's schema


def _errors(record: type[Record], values: Any, *, partial: bool) -> list[FieldError]:
    try:
        _validator(record.TYPE, partial=partial).validate_python(values)
    except ValidationError as error:
        return [_field_error(detail) for detail in error.errors(include_url=False)]
    unknown = values.keys() - _declared(record.TYPE)
    return _unfit({name: values[name] for name in sorted(unknown)}) if unknown else []


@cache
def _declared(type_name: str) -> frozenset[str]:
    return frozenset(field.name for field in RECORDS[type_name].fields())


def _unfit(values: dict[str, Any]) -> list[FieldError]:
    """What of values that no declaration bounds the database or a till could not hold."""
    return [
        FieldError(_printable(name), "not_storable", "is no plain value")
        for name, value in values.items()
        if len(name) > NAME_CHARS_MAX or not (_is_plain(name) and _is_plain(value))
    ]


def _is_plain(value: Any, depth: int = DEPTH_MAX) -> bool:
    """Whether a value is JSON that every reader takes: text without nulls, 64-bit numbers."""
    match value:
        case str():
            return "\x00" not in value and not _has_surrogate(value)
        case bool() | None:
            return True
        case int():
            return abs(value) < 2**63
        case float():
            return math.isfinite(value)
        case list() if depth:
            return all(_is_plain(one, depth - 1) for one in value)
        case dict() if depth:
            return all(_is_plain(k, 0) and _is_plain(v, depth - 1) for k, v in value.items())
        case _:
            return False


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= one <= "\udfff" for one in text)


def _printable(text: str) -> str:
    """A name that somebody else chose, as every log and answer can show it."""
    return text.encode("unicode_escape").decode() if not text.isprintable() else text


def _field_error(detail: ErrorDetails) -> FieldError:
    where = _printable(".".join(map(str, detail["loc"])))
    pattern = detail.get("ctx", {}).get("pattern", "")
    return FieldError(where, *_SAID_OF_PATTERNS.get(pattern, (detail["type"], detail["msg"])))


@cache
def _validator(type_name: str, *, partial: bool) -> SchemaValidator:
    fields = {f.name: _dict_field(f, partial) for f in RECORDS[type_name].fields()}
    return SchemaValidator(typed_dict_schema(fields, extra_behavior="allow", config=_STRICT))


def _dict_field(field: FieldInfo, partial: bool) -> TypedDictField:
    kind = _kind(field.spec)
    schema = nullable_schema(kind) if field.nullable else kind
    return typed_dict_field(schema, required=field.required and not partial)


def _kind(spec: Spec) -> CoreSchema:
    match spec.kind:
        case "flag":
            return bool_schema()
        case "int":
            bounded = int_schema(ge=spec.low, le=spec.high)
            return no_info_after_validator_function(_not_zero, bounded) if spec.nonzero else bounded
        case "id":
            return _ID
        case _ if spec.choices:
            return literal_schema(list(spec.choices))
        case _:
            text = str_schema(min_length=spec.low, max_length=spec.high, pattern=NO_NULL_PATTERN)
            if not spec.names:
                return text
            return no_info_after_validator_function(partial(_named, spec.names), text)


def _named(names: Names, value: str) -> str:
    if wrong := wrong_name(names, value):
        raise PydanticCustomError(names, "{wrong}", {"wrong": wrong})
    return value


def _not_zero(value: int) -> int:
    if value == 0:
        raise PydanticCustomError("not_zero", "must not be 0")
    return value
