"""The methods of payment on the charge screen: the list, and the form of one."""

from collections.abc import Mapping
from typing import Any

from app.kit.form import Choices, Form, FormField
from app.kit.listing import Cell, Column, Listing, read_few
from app.kit.translation import translate
from localdb.domain.methods import BUILT_IN
from localdb.domain.records import PaymentMethod
from localdb.queries import payments
from localdb.services import payment_methods
from localdb.services.till import Till


def kinds() -> Choices:
    """What a method of the shop's own is like."""
    return (
        ("other", translate("Methods", "Other")),
        ("card", translate("Methods", "Card")),
        ("wallet", translate("Methods", "Wallet or app")),
        ("upi", translate("Methods", "UPI")),
    )


def method_listing(till: Till) -> Listing[PaymentMethod]:
    """Every method in the order of the charge screen, also those that are not offered."""

    def cells(one: PaymentMethod) -> tuple[Cell, ...]:
        offered = translate("Methods", "Offered") if one.active else translate("Methods", "Hidden")
        drawer = translate("Methods", "Opens the drawer") if one.opens_drawer else ""
        reference = translate("Methods", "Asks for a reference") if one.asks_reference else ""
        return (
            Cell(one.name, strong=True),
            Cell("  ·  ".join(filter(None, (drawer, reference))), muted=True),
            Cell(offered, badge="success" if one.active else "warning"),
        )

    return Listing(
        title=translate("Methods", "Payment methods"),
        columns=(
            Column(translate("Methods", "Method")),
            Column(translate("Methods", "What it does"), 320),
            Column(translate("Methods", "State"), 120),
        ),
        cells=cells,
        read=read_few(lambda _filter: till.ask(payments.all_methods), lambda one: one.name),
        types=frozenset({"payment_method"}),
        hint=translate("Methods", "Name (F2)"),
        empty=translate("Methods", "No payment methods."),
    )


def method_form(till: Till, record: PaymentMethod | None) -> Form[PaymentMethod]:
    """Its name and place, and what taking it asks and opens; a built-in one keeps its kind."""
    is_own = record is None or record.code not in BUILT_IN
    kind = FormField(name="kind", control="pick", choices=kinds)

    def load(method_id: str) -> PaymentMethod | None:
        return next((one for one in till.ask(payments.all_methods) if one.id == method_id), None)

    def save(seen: PaymentMethod | None, changes: Mapping[str, Any]) -> object:
        return till.write(payment_methods.save, seen, **changes)

    return Form(
        record=PaymentMethod,
        fields=(
            FormField(name="name", span=1 if is_own else 2),
            *((kind,) if is_own else ()),
            FormField(
                name="position",
                may_be_empty=True,
                help=translate("Methods", "The lowest number comes first."),
            ),
            FormField(
                name="active", caption=translate("Methods", "Offered at the till"), control="tick"
            ),
            FormField(
                name="asks_reference",
                caption=translate("Methods", "Ask for a reference"),
                control="tick",
            ),
            FormField(
                name="opens_drawer",
                caption=translate("Methods", "Open the drawer"),
                control="tick",
            ),
        ),
        load=load,
        save=save,
        new_title=translate("Methods", "New payment method"),
    )
