"""Checks a record's values against its declaration, without any library."""

from collections.abc import Mapping
from typing import Any

from localdb.domain.fields import FieldInfo, Spec
from localdb.domain.ids import is_id
from localdb.domain.real_values import wrong_name
from localdb.domain.records import Record


def problems(record: type[Record], values: Mapping[str, Any]) -> dict[str, str]:
    """Field -> what is wrong with it, for every declared field present in ``values``."""
    found = {}
    for field in record.fields():
        if field.name in values:
            message = _problem(field, values[field.name])
            if message:
                found[field.name] = message
    return found


def _problem(field: FieldInfo, value: Any) -> str:
    if value is None:
        return "" if field.nullable else "must be given"
    match field.spec.kind:
        case "flag":
            return "" if isinstance(value, bool) else "must be yes or no"
        case "int":
            return _int_problem(field.spec, value)
        case "id":
            return "" if isinstance(value, str) and is_id(value) else "is not an id"
        case _:
            return _text_problem(field.spec, value)


def _int_problem(spec: Spec, value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return "must be a whole number"
    if not spec.low <= value <= spec.high:
        return f"must be between {spec.low} and {spec.high}"
    return "must not be 0" if spec.nonzero and value == 0 else ""


def _text_problem(spec: Spec, value: Any) -> str:
    if not isinstance(value, str):
        return "must be text"
    if spec.choices and value not in spec.choices:
        return f"must be one of {', '.join(spec.choices)}"
    if "\x00" in value:
        return "must not contain a null character"
    if not is_unicode(value):
        return "must not contain half a character"
    if not spec.low <= len(value) <= spec.high:
        return f"must have {spec.low} to {spec.high} characters"
    return wrong_name(spec.names, value)


def is_unicode(text: str) -> bool:
    """Whether no half of a surrogate pair is in it, which no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
