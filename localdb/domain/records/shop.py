"""The shop, its tills, its people and its settings."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from localdb.domain.fields import (
    CODE,
    JSON,
    SERIES,
    Code,
    Flag,
    Id,
    Name,
    Policy,
    Spec,
    Text,
    asking,
)
from localdb.domain.records.base import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Reference):
    TYPE: ClassVar[str] = "store"
    NATURAL_KEY: ClassVar[str] = "code"

    code: Annotated[str, SERIES]
    """Printed in receipt numbers: ``S01``."""
    name: Name
    address: Text = ""
    currency: Annotated[str, Spec("text", 3, 3, policy=Policy.ASK, names="currency")] = "EUR"
    timezone: Annotated[str, Spec("text", 1, 64, policy=Policy.ASK, names="timezone")] = "UTC"
    day_cutoff_min: Annotated[int, Spec("int", 0, 1439)] = 0
    """Minutes after local midnight at which a new business day begins."""
    receipt_footer: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Till(Reference):
    """An enrolled till; its id is the device id. A re-enrolled till is a new record."""

    TYPE: ClassVar[str] = "till"

    store_id: Id
    code: Annotated[str, SERIES]
    """Printed in receipt numbers, with the series letter of a re-enrolment: ``T03B``."""
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Reference):
    TYPE: ClassVar[str] = "user"

    name: Name
    role: Code
    """``cashier``, ``manager``, or the code of a ``Role`` the shop made itself."""
    pin_hash: Text
    badge: Text = ""
    active: Flag = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Reference):
    """What people of a role may do; see ``domain.permissions`` for those that need no record."""

    TYPE: ClassVar[str] = "role"

    code: Annotated[str, asking(CODE)]
    name: Name
    permissions: Annotated[str, asking(JSON)] = "[]"
    """JSON list of permission codes."""
    discount_max_ppm: Annotated[int, Spec("int", 0, 1_000_000, policy=Policy.ASK)] = 0
    """The highest discount given without a manager, of the price before it."""
