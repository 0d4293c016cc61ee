"""Promotions: the list of them, and a form for each kind."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.catalogue.offer_words import (
    clock,
    gives,
    goods,
    kind_names,
    parse_clock,
    weekday_bits,
    weekday_names,
    when,
    where_and_for_whom,
)
from app.catalogue.price_lists import for_whom, sku_of
from app.kit.form import Choices, Form, FormField, delete_question
from app.kit.formats import Formats
from app.kit.listing import Cell, Column, Listing, read_few
from app.kit.translation import translate
from localdb.domain.promotions import Target, targets_json, targets_of
from localdb.domain.records import Promotion
from localdb.errors import Refusal
from localdb.queries import lists, products, records
from localdb.services import offers as service
from localdb.services.till import Till

PARTS = 3
"""Groups of goods that a set may be of."""
_OWN = {
    "percent": ("rate_ppm",),
    "amount": ("amount_minor",),
    "n_for_m": ("take", "pay"),
    "n_for_price": ("take", "amount_minor"),
    "bundle": ("amount_minor",),
    "cheapest_free": ("take",),
    "spend": ("spend_minor", "rate_ppm", "amount_minor"),
}
"""Kind -> the fields that say what it gives."""


def promotion_listing(till: Till, formats: Formats) -> Listing[Promotion]:
    """All promotions by name, each said in a line."""

    def shown(number: int) -> Sequence[Promotion]:
        return [one for one in till.ask(lists.promotions) if number == 0 or one.active]

    def cells(one: Promotion) -> tuple[Cell, ...]:
        on = translate("Offers", "On") if one.active else translate("Offers", "Off")
        given = translate(
            "Promotion", "{what}: {goods}", what=gives(formats, one), goods=goods(till, one)
        )
        return (
            Cell(one.name, below=given, strong=True),
            Cell(when(formats, one), below=where_and_for_whom(till, one.group_id, one.store_id)),
            Cell(one.coupon_code, muted=True),
            Cell(on, badge="success" if one.active else "warning"),
        )

    return Listing(
        title=translate("Offers", "Promotions"),
        columns=(
            Column(translate("Offers", "Promotion")),
            Column(translate("Offers", "When"), 250),
            Column(translate("Offers", "Coupon"), 130),
            Column(translate("Offers", "State"), 90),
        ),
        cells=cells,
        read=read_few(shown, lambda one: one.name),
        types=frozenset({"promotion", "customer_group", "store", "product", "category"}),
        hint=translate("Offers", "Name (F2)"),
        empty=translate("Offers", "No promotions yet. Add the first."),
        filters=(translate("Offers", "All"), translate("Offers", "In use")),
    )


def promotion_form(till: Till, formats: Formats, kind: str) -> Form[Promotion]:
    """What a promotion of one kind gives, on what, when, and to whom."""
    parts = range(PARTS if kind == "bundle" else 1)

    def values(one: Promotion) -> Mapping[str, Any]:
        targets = targets_of(one.targets)
        shown: dict[str, Any] = dict(one.values())
        for number in parts:
            target = targets[number] if number < len(targets) else Target()
            shown[f"products_{number}"] = tuple(sorted(target.products))
            shown[f"categories_{number}"] = tuple(sorted(target.categories))
            shown[f"quantity_{number}"] = target.quantity
        days = tuple(day for day, bit in weekday_bits().items() if one.weekdays & bit)
        return {**shown, "weekdays": days}

    def save(seen: Promotion | None, changes: Mapping[str, Any]) -> object:
        shown = {**(values(seen) if seen is not None else {}), **changes}
        own = {name: value for name, value in changes.items() if _is_own(name)}
        own |= {n: v for n, v in _made_of(shown).items() if seen is None or _is_in(n, changes)}
        if seen is None:
            own["kind"] = kind
        return till.write(service.save_promotion, seen, **own)

    return Form(
        record=Promotion,
        fields=(
            FormField(
                name="name",
                span=2,
                help=translate("Promotion", "As it is printed on the receipt."),
            ),
            *(_given(name, span=2 if _OWN[kind] == (name,) else 1) for name in _OWN[kind]),
            *(field for number in parts for field in _goods_fields(till, number, kind)),
            *_when_fields(),
            *for_whom(till),
            FormField(
                name="coupon_code",
                may_be_empty=True,
                help=translate("Promotion", "Left empty, everybody gets it without a coupon."),
            ),
            FormField(
                name="times_max",
                caption=translate("Promotion", "Times in one sale"),
                may_be_empty=True,
                help=translate("Promotion", "Left empty, as often as it can."),
            ),
            FormField(name="active", caption=translate("Offers", "In use"), control="tick", span=2),
        ),
        load=lambda promotion_id: till.ask(records.one, Promotion, promotion_id),
        save=save,
        values=values,
        new_title=dict(kind_names())[kind],
        new_values=lambda: {"weekdays": tuple(weekday_bits())},
        remove=lambda seen: till.write(service.save_promotion, seen, deleted=True),
        remove_question=lambda one: delete_question(
            translate("Promotion", "Delete promotion?"),
            translate(
                "Promotion",
                "{name} applies to no sale any more. Paid sales stay as they are.",
                name=one.name,
            ),
        ),
    )


def promotion_of(kind: str, draft: Mapping[str, Any]) -> Promotion:
    """The promotion that a form stands for, as it would be saved."""
    own = {name: value for name, value in draft.items() if _is_own(name)}
    return Promotion(**{"id": "", **own, **_made_of(draft), "kind": kind})


def _made_of(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the record that the form shows in parts."""
    parts = [number for number in range(PARTS) if f"products_{number}" in shown]
    return {
        "weekdays": sum(weekday_bits()[day] for day in shown["weekdays"]),
        "targets": targets_json(_targets(shown, parts)),
    }


def _is_in(name: str, changes: Mapping[str, Any]) -> bool:
    """Whether one of the parts of a field was changed."""
    parts = ("products_", "categories_", "quantity_") if name == "targets" else (name,)
    return any(changed.startswith(parts) for changed in changes)


def _is_own(name: str) -> bool:
    """Whether the form's field is one of the record that is kept as it is typed."""
    return name not in ("weekdays", "targets") and any(
        info.name == name for info in Promotion.fields()
    )


def _given(name: str, span: int) -> FormField:
    captions = {
        "rate_ppm": translate("Promotion", "Percentage off"),
        "amount_minor": translate("Promotion", "Amount"),
        "take": translate("Promotion", "Pieces taken"),
        "pay": translate("Promotion", "Pieces paid"),
        "spend_minor": translate("Promotion", "When this much is spent"),
    }
    return FormField(name=name, caption=captions[name], may_be_empty=True, span=span)


def _goods_fields(till: Till, number: int, kind: str) -> tuple[FormField, ...]:
    def categories() -> Choices:
        return tuple((one.id, one.name) for one in till.ask(lists.categories))

    captions = (
        translate("Promotion", "Products"),
        translate("Promotion", "Second group of products"),
        translate("Promotion", "Third group of products"),
    )
    help_words = translate("Promotion", "SKUs with commas between them. Left empty: all goods.")
    codes = FormField(
        name=f"products_{number}",
        caption=captions[number],
        shape="text",
        span=2 if kind != "bundle" else 1,
        read=lambda text: _products(till, text),
        write=lambda ids: ", ".join(sku_of(till, one) for one in ids),
        help=help_words if kind != "bundle" else "",
    )
    if kind == "bundle":
        pieces = FormField(
            name=f"quantity_{number}",
            caption=translate("Promotion", "Pieces of it"),
            shape="number",
            may_be_empty=True,
        )
        return (codes, pieces)
    ticks = FormField(
        name=f"categories_{number}",
        caption=translate("Promotion", "Categories"),
        control="ticks",
        choices=categories,
        span=2,
    )
    return (codes, ticks)


def _when_fields() -> tuple[FormField, ...]:
    def minutes(text: str) -> int:
        at = parse_clock(text)
        if at is None:
            raise Refusal(translate("Promotion", "Type a time, such as 17:30."))
        return at

    return (
        FormField(name="starts_day", caption=translate("Offers", "From"), may_be_empty=True),
        FormField(
            name="ends_day", caption=translate("Offers", "Until and with"), may_be_empty=True
        ),
        FormField(
            name="from_min",
            caption=translate("Promotion", "From (time)"),
            read=minutes,
            write=clock,
        ),
        FormField(
            name="until_min",
            caption=translate("Promotion", "Until (time)"),
            read=minutes,
            write=clock,
        ),
        FormField(
            name="weekdays",
            caption=translate("Promotion", "Days of the week"),
            control="ticks",
            choices=lambda: tuple(zip(weekday_bits(), weekday_names(), strict=True)),
            span=2,
        ),
    )


def _products(till: Till, text: str) -> tuple[str, ...]:
    """The ids of the products that have these codes."""
    found = []
    for code in filter(None, (part.strip() for part in text.split(","))):
        view = till.ask(products.by_code, code)
        if view is None:
            raise Refusal(translate("Promotion", "No product has the code {code}.", code=code))
        found.append(view.product.id)
    return tuple(dict.fromkeys(found))


def _targets(shown: Mapping[str, Any], parts: Sequence[int]) -> list[Target]:
    targets = [
        Target(
            frozenset(shown[f"products_{number}"]),
            frozenset(shown.get(f"categories_{number}", ())),
            shown.get(f"quantity_{number}") or 1,
        )
        for number in parts
    ]
    return [target for target in targets if not target.is_all]
