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

    code: Annotated[str, asking(CODE)]
    name: Name
    kind: Annotated[str, one_of(*PAYMENT_KINDS)] = "other"
    asks_reference: Flag = False
    opens_drawer: Flag = False
    position: Count = 0
    active: Flag = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCard(Reference):
    """A card that holds money; what is on it is the sum of its movements."""

    TYPE: ClassVar[str] = "gift_card"
    NATURAL_KEY: ClassVar[str] = "code"

    code: Annotated[str, asking(CODE)]
    customer_id: Id | None = None
    expires_day: Day = 0
    active: Flag = True
    note: Text = ""


BALANCE_KINDS = ("gift_card", "store_credit", "points", "on_account")


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceCheckpoint(Reference):
    """A balance as the server last summed it; only the server writes one."""

    TYPE: ClassVar[str] = "balance_checkpoint"

    kind: Annotated[str, one_of(*BALANCE_KINDS)]
    account_id: Id
    amount: Annotated[int, Spec("int", -MINOR_MAX, MINOR_MAX, policy=Policy.SERVER)]
    """Minor units, or points."""
    includes: Annotated[str, Spec("text", 2, 1_000_000, policy=Policy.SERVER)] = "{}"
    """JSON: device -> the number of its newest group whose movements are in the sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Reference):
    """One setting of the organisation, or of one store when ``store_id`` is given."""

    TYPE: ClassVar[str] = "setting"

    key: Code
    value: Text
    store_id: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCart(Reference):
    """A cart set aside; any till of its store may recall it."""

    TYPE: ClassVar[str] = "held_cart"
    SCOPE: ClassVar[Scope] = Scope.STORE

    store_id: Id
    label: Text
    cart: Json
    total_minor: Minor
    held_by: Id
    held_at_us: TimeUs
    state: Annotated[str, one_of("held", "recalled", policy=Policy.SERVER)] = "held"
