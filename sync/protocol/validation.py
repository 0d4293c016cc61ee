"""Checks at the door: pydantic adapters built from the record declarations.

Values are checked strictly (a price of ``"5"`` is refused, not read as 5); fields that a record
does not declare come from a newer program and are let through.
"""

from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from localdb.domain.fields import FieldInfo, Spec
from localdb.domain.ids import is_id
from localdb.domain.ops import Group, Op
from localdb.domain.records import RECORDS, Kind, Record
from sync.protocol import limits
from sync.protocol.messages import UuidText


class FieldError(NamedTuple):
    """One refused value: where it is (``ops.3.values.price_minor``), a stable code, a sentence."""

    where: str
    code: str
    message: str


def insert_errors(record: type[Record], values: Any) -> list[FieldError]:
    """Every error of a whole record's values; empty when they may be stored."""
    return _errors(_adapter(record.TYPE, partial=False), values)


def change_errors(record: type[Record], changes: Any) -> list[FieldError]:
    """Every error of the values of an edit, which may name any of the record's fields."""
    return _errors(_adapter(record.TYPE, partial=True), changes)


def read_group(body: str) -> tuple[Group | None, list[FieldError]]:
    """The group in a body and every error of its frame and rows; None when there is no frame.

    Ops of record types that this program does not know are not looked into.
    """
    try:
        frame = _GroupBody.model_validate_json(body)
    except ValidationError as error:
        return None, [_field_error(detail) for detail in error.errors(include_url=False)]
    group = frame.group()
    return group, [error for index, op in enumerate(group.ops) for error in _op_errors(index, op)]


def described(errors: Iterable[FieldError]) -> str:
    """All errors in one text, for a verdict's detail."""
    return "; ".join(f"{error.where}: {error.message}" for error in errors)


# ---------------------------------------------------------------- the frame


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _OpBody(_Frame):
    kind: Literal["insert", "edit"]
    type: Annotated[str, Field(min_length=1, max_length=64)]
    id: UuidText
    values: dict[str, Any] | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    seen: dict[str, int] | None = None


class _GroupBody(_Frame):
    id: UuidText
    device_id: UuidText
    dseq: Annotated[int, Field(ge=1)]
    store_id: UuidText
    user_id: UuidText | None = None
    at_us: Annotated[int, Field(ge=0, lt=2**63)]
    ops: Annotated[list[_OpBody], Field(max_length=limits.GROUP_OPS_MAX)]
    """None in a group that only keeps its number: what it said has no meaning here."""
    retry_of: Annotated[int, Field(ge=1)] | None = None

    def group(self) -> Group:
        plain = {name: getattr(self, name) for name in type(self).model_fields if name != "ops"}
        ops = (Op(**{name: getattr(op, name) for name in _OpBody.model_fields}) for op in self.ops)
        return Group(**plain, ops=tuple(ops))


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
    if "id" in op.after:
        errors.append(FieldError("after.id", "id_edited", "an id never changes"))
    return errors


def _under(parent: str, error: FieldError) -> FieldError:
    return error._replace(where=f"{parent}.{error.where}".rstrip("."))


# ---------------------------------------------------------------- a record's adapter


def _errors(adapter: TypeAdapter[Any], values: Any) -> list[FieldError]:
    try:
        adapter.validate_python(values)
    except ValidationError as error:
        return [_field_error(detail) for detail in error.errors(include_url=False)]
    return []


def _field_error(detail: ErrorDetails) -> FieldError:
    return FieldError(".".join(map(str, detail["loc"])), detail["type"], detail["msg"])


@cache
def _adapter(type_name: str, *, partial: bool) -> TypeAdapter[Any]:
    record = RECORDS[type_name]
    fields: dict[str, Any] = {f.name: _model_field(f, partial) for f in record.fields()}
    config = ConfigDict(extra="allow", strict=True)
    return TypeAdapter(create_model(f"{record.__name__}Values", __config__=config, **fields))


def _model_field(field: FieldInfo, partial: bool) -> tuple[Any, Any]:
    kind = _annotation(field.spec)
    default = ... if field.required and not partial else None
    # A default is never validated, so None only says that the field may be left out.
    return (kind | None if field.nullable else kind), default


def _annotation(spec: Spec) -> Any:
    match spec.kind:
        case "flag":
            return StrictBool
        case "int":
            bounded = Annotated[StrictInt, Field(ge=spec.low, le=spec.high)]
            return Annotated[bounded, AfterValidator(_not_zero)] if spec.nonzero else bounded
        case "id":
            return Annotated[StrictStr, AfterValidator(_an_id)]
        case _ if spec.choices:
            return Literal[spec.choices]
        case _:
            sized = Annotated[StrictStr, Field(min_length=spec.low, max_length=spec.high)]
            return Annotated[sized, AfterValidator(_no_null)]


def _not_zero(value: int) -> int:
    if value == 0:
        raise PydanticCustomError("not_zero", "must not be 0")
    return value


def _an_id(value: str) -> str:
    if not is_id(value):
        raise PydanticCustomError("uuid", "is not an id")
    return value


def _no_null(value: str) -> str:
    if "\x00" in value:
        raise PydanticCustomError("null_character", "must not contain a null character")
    return value
