"""How a record type says what its fields hold: one small vocabulary over ``typing.Annotated``."""

import dataclasses
import types
import typing
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union

from localdb.domain.real_values import SERIES_MAX, Names

INT64_MAX = 2**63 - 1
MINOR_MAX = 10**15
"""Largest amount of money, in minor units; sums of thousands of them still fit 64 bits."""
MILLI_MAX = 10**12
"""Largest quantity, in thousandths."""

FieldKind = Literal["id", "text", "int", "flag"]


class Policy(StrEnum):
    """What happens when two tills changed one field to different values."""

    ASK = "ask"
    """The server's value stands and a manager is asked."""
    INCOMING = "incoming"
    """The edit that reaches the server last wins."""
    SERVER = "server"
    """The value already on the server wins."""


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """What one field may hold: ``low``/``high`` bound an int's value or a text's length."""

    kind: FieldKind
    low: int = 0
    high: int = INT64_MAX
    choices: tuple[str, ...] = ()
    nonzero: bool = False
    policy: Policy = Policy.INCOMING
    names: Names = ""
    """What real thing a text names, if any; see ``real_values``."""


@dataclasses.dataclass(frozen=True, slots=True)
class Label:
    """What people call a field, in plain English, and where they find it by that."""

    text: str
    searched: bool = False
    """Whether a product is found by its words."""
    headings: tuple[str, ...] = ()
    """Headings under which a product file may bring it; the first names it in an import."""


@dataclasses.dataclass(frozen=True, slots=True)
class FieldInfo:
    """One declared field of a record type, as the tables, the wire and the merge read it."""

    name: str
    spec: Spec
    nullable: bool
    default: Any
    """``dataclasses.MISSING`` when the field must be given."""
    label: Label = Label("")

    @property
    def required(self) -> bool:
        return self.default is dataclasses.MISSING


def asking(spec: Spec) -> Spec:
    """The same spec under the ``ask`` policy."""
    return dataclasses.replace(spec, policy=Policy.ASK)


ID = Spec("id", 36, 36)
TEXT = Spec("text", 0, 4000)
NAME = Spec("text", 1, 255)
CODE = Spec("text", 1, 64)
SERIES = Spec("text", 1, SERIES_MAX, names="series")
"""A code that becomes part of receipt numbers."""
FLAG = Spec("flag", 0, 1)
PRICE = Spec("int", 0, MINOR_MAX)
SIGNED_MINOR = Spec("int", -MINOR_MAX, MINOR_MAX)
SIGNED_MILLI = Spec("int", -MILLI_MAX, MILLI_MAX)
COUNT = Spec("int", 0, INT64_MAX)
JSON = Spec("text", 2, 1_000_000)

Id = Annotated[str, ID]
Text = Annotated[str, TEXT]
Json = Annotated[str, JSON]
Name = Annotated[str, NAME]
Code = Annotated[str, CODE]
Flag = Annotated[bool, FLAG]
Price = Annotated[int, PRICE]
Minor = Annotated[int, SIGNED_MINOR]
Milli = Annotated[int, SIGNED_MILLI]
Quantity = Annotated[int, dataclasses.replace(SIGNED_MILLI, nonzero=True)]
"""Thousandths, never zero."""
Count = Annotated[int, COUNT]
RatePpm = Annotated[int, Spec("int", 0, 10_000_000)]
"""A rate in parts per million: 19 % is 190,000."""
Day = Annotated[int, Spec("int", 0, 99991231)]
"""A local date as YYYYMMDD; 0 for none."""
TimeUs = Annotated[int, Spec("int", 0, INT64_MAX)]
"""UTC microseconds since 1970."""


def one_of(*choices: str, policy: Policy = Policy.INCOMING) -> Spec:
    """A text that is one of ``choices``."""
    return Spec("text", 1, max(map(len, choices)), choices, policy=policy)


def fields_of(record: type[Any]) -> tuple[FieldInfo, ...]:
    """The declared fields of a record type, in order; raises TypeError for an undeclared one."""
    key: object = record
    return _fields_of(key)


@cache
def _fields_of(record: Any) -> tuple[FieldInfo, ...]:
    hints = typing.get_type_hints(record, include_extras=True)
    return tuple(_info(field, hints[field.name]) for field in dataclasses.fields(record))


def _info(field: "dataclasses.Field[Any]", hint: Any) -> FieldInfo:
    nullable = False
    if typing.get_origin(hint) in (Union, types.UnionType):
        arms = [arm for arm in typing.get_args(hint) if arm is not types.NoneType]
        nullable, hint = True, arms[0]
    specs = [note for note in getattr(hint, "__metadata__", ()) if isinstance(note, Spec)]
    if not specs:
        raise TypeError(f"field {field.name} carries no Spec")
    labels = [note for note in getattr(hint, "__metadata__", ()) if isinstance(note, Label)]
    if not labels:
        raise TypeError(f"field {field.name} carries no Label")
    return FieldInfo(field.name, specs[-1], nullable, field.default, labels[-1])
