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
    Label,
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
    LABEL: ClassVar[str] = "Store"
    NATURAL_KEY: ClassVar[str] = "code"

    code: Annotated[str, SERIES, Label("Code")]
    """Printed in receipt numbers: ``S01``."""
    name: Annotated[Name, Label("Name")]
    address: Annotated[Text, Label("Address")] = ""
    currency: Annotated[
        str, Spec("text", 3, 3, policy=Policy.ASK, names="currency"), Label("Currency")
    ] = "EUR"
    timezone: Annotated[
        str, Spec("text", 1, 64, policy=Policy.ASK, names="timezone"), Label("Timezone")
    ] = "UTC"
    day_cutoff_min: Annotated[
        int, Spec("int", 0, 1439), Label("Day ends (minutes after midnight)")
    ] = 0
    """Minutes after local midnight at which a new business day begins."""
    receipt_footer: Annotated[Text, Label("Receipt footer")] = ""
    country: Annotated[str, Spec("text", 0, 2), Label("Country")] = ""
    """ISO 3166, such as `DE`: how amounts and dates are written. Empty where nobody said."""
    vat_number: Annotated[Text, Label("VAT number")] = ""
    """The shop's own, at the head of each receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Till(Reference):
    """An enrolled till; its id is the device id. A re-enrolled till is a new record."""

    TYPE: ClassVar[str] = "till"
    LABEL: ClassVar[str] = "Till"

    store_id: Annotated[Id, Label("Store")]
    code: Annotated[str, SERIES, Label("Code")]
    """Printed in receipt numbers, with the series letter of a re-enrolment: ``T03B``."""
    name: Annotated[Name, Label("Name")]


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Reference):
    TYPE: ClassVar[str] = "user"
    LABEL: ClassVar[str] = "User"

    name: Annotated[Name, Label("Name")]
    role: Annotated[Code, Label("Role")]
    """``cashier``, ``manager``, or the code of a ``Role`` the shop made itself."""
    pin_hash: Annotated[Text, Label("PIN")]
    badge: Annotated[Text, Label("Badge")] = ""
    active: Annotated[Flag, Label("Active")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Reference):
    """What people of a role may do; see ``domain.permissions`` for those that need no record."""

    TYPE: ClassVar[str] = "role"
    LABEL: ClassVar[str] = "Role"

    code: Annotated[str, asking(CODE), Label("Code")]
    name: Annotated[Name, Label("Name")]
    permissions: Annotated[str, asking(JSON), Label("Permissions")] = "[]"
    """JSON list of permission codes."""
    discount_max_ppm: Annotated[
        int, Spec("int", 0, 1_000_000, policy=Policy.ASK), Label("Discount limit")
    ] = 0
    """The highest discount given without a manager, of the price before it."""
