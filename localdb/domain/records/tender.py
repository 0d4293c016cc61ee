"""Methods of payment, cards that hold money, settings and held carts."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from localdb.domain.fields import (
    CODE,
    MINOR_MAX,
    Code,
    Count,
    Day,
    Flag,
    Id,
    Json,
    Label,
    Minor,
    Name,
    Policy,
    Spec,
    Text,
    TimeUs,
    asking,
    one_of,
)
from localdb.domain.records.base import Reference, Scope

PAYMENT_KINDS = ("card", "upi", "wallet", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod(Reference):
    """A method of the shop's own, beside those in ``domain.methods``; never gives change."""

    TYPE: ClassVar[str] = "payment_method"
    LABEL: ClassVar[str] = "Payment method"

    code: Annotated[str, asking(CODE), Label("Code")]
    name: Annotated[Name, Label("Name")]
    kind: Annotated[str, one_of(*PAYMENT_KINDS), Label("Kind")] = "other"
    asks_reference: Annotated[Flag, Label("Asks reference")] = False
    opens_drawer: Annotated[Flag, Label("Opens drawer")] = False
    position: Annotated[Count, Label("Place in the list")] = 0
    active: Annotated[Flag, Label("Active")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCard(Reference):
    """A card that holds money; what is on it is the sum of its movements."""

    TYPE: ClassVar[str] = "gift_card"
    LABEL: ClassVar[str] = "Gift card"
    NATURAL_KEY: ClassVar[str] = "code"

    code: Annotated[str, asking(CODE), Label("Code")]
    customer_id: Annotated[Id, Label("Customer")] | None = None
    expires_day: Annotated[Day, Label("Expires day")] = 0
    active: Annotated[Flag, Label("Active")] = True
    note: Annotated[Text, Label("Note")] = ""


BALANCE_KINDS = ("gift_card", "store_credit", "points", "on_account")


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceCheckpoint(Reference):
    """A balance as the server last summed it; only the server writes one."""

    TYPE: ClassVar[str] = "balance_checkpoint"
    LABEL: ClassVar[str] = "Balance"

    kind: Annotated[str, one_of(*BALANCE_KINDS), Label("Kind")]
    account_id: Annotated[Id, Label("Account")]
    amount: Annotated[
        int, Spec("int", -MINOR_MAX, MINOR_MAX, policy=Policy.SERVER), Label("Amount")
    ]
    """Minor units, or points."""
    includes: Annotated[
        str, Spec("text", 2, 1_000_000, policy=Policy.SERVER), Label("Includes")
    ] = "{}"
    """JSON: device -> the number of its newest group whose movements are in the sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Reference):
    """One setting of the organisation, or of one store when ``store_id`` is given."""

    TYPE: ClassVar[str] = "setting"
    LABEL: ClassVar[str] = "Setting"

    key: Annotated[Code, Label("Key")]
    value: Annotated[Text, Label("Value")]
    store_id: Annotated[Id, Label("Store")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCart(Reference):
    """A cart set aside; any till of its store may recall it."""

    TYPE: ClassVar[str] = "held_cart"
    LABEL: ClassVar[str] = "Held sale"
    SCOPE: ClassVar[Scope] = Scope.STORE

    store_id: Annotated[Id, Label("Store")]
    label: Annotated[Text, Label("Label")]
    cart: Annotated[Json, Label("Cart")]
    total_minor: Annotated[Minor, Label("Total")]
    held_by: Annotated[Id, Label("Held by")]
    held_at_us: Annotated[TimeUs, Label("Held at")]
    state: Annotated[str, one_of("held", "recalled", policy=Policy.SERVER), Label("State")] = "held"
