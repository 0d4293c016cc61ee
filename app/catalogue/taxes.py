"""Tax classes with their rates: the list, and the form of one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.kit.flow import AskYesNo
from app.kit.form import Form, FormField, delete_question
from app.kit.formats import Formats
from app.kit.listing import Cell, Column, Listing, read_few
from app.kit.translation import translate
from localdb.domain.records import TaxClass
from localdb.queries import lists, products, records, taxes
from localdb.services import tax_classes
from localdb.services.editing import COUNTED
from localdb.services.tax_classes import TaxPart
from localdb.services.till import Till

PARTS = 3
"""Rates that one class may have in the form; in turn they apply to the price."""


def tax_listing(till: Till, formats: Formats) -> Listing[TaxClass]:
    """All tax classes by name."""

    def cells(tax: TaxClass) -> tuple[Cell, ...]:
        rates = [
            part.name if "%" in part.name else _with_rate(formats, part)
            for part in _parts(till, tax.id)
        ]
        included = translate("Taxes", "In the price")
        return (
            Cell(tax.name, below=" + ".join(rates), strong=True),
            Cell(included if tax.included else translate("Taxes", "Added to the price")),
        )

    return Listing(
        title=translate("Taxes", "Taxes"),
        columns=(
            Column(translate("Taxes", "Tax")),
            Column(translate("Taxes", "Prices"), 240),
        ),
        cells=cells,
        read=read_few(lambda _filter: till.ask(lists.tax_classes), lambda one: one.name),
        types=frozenset({"tax_class", "tax_rate"}),
        hint=translate("Taxes", "Name (F2)"),
        empty=translate("Taxes", "No taxes yet. Add the first."),
    )


def tax_form(till: Till, formats: Formats) -> Form[TaxClass]:
    """Name of a tax class, whether prices contain it, and its rates in the order they apply."""

    def values(tax: TaxClass) -> Mapping[str, Any]:
        shown: dict[str, Any] = dict(tax.values())
        parts = _parts(till, tax.id)
        for number in range(PARTS):
            part = parts[number] if number < len(parts) else TaxPart("", 0)
            shown[f"name_{number}"] = part.name
            shown[f"rate_ppm_{number}"] = part.rate_ppm
            shown[f"compound_{number}"] = part.compound
        return shown

    def save(seen: TaxClass | None, changes: Mapping[str, Any]) -> object:
        own = {name: changes[name] for name in ("name", "included") if name in changes}
        rates = None
        if own.keys() != changes.keys():
            shown = {**values(seen), **changes} if seen is not None else changes
            rates = _rates(shown, _parts(till, seen.id) if seen is not None else [])
        return till.write(tax_classes.save, seen, rates, **own)

    def question(seen: TaxClass | None, changes: Mapping[str, Any]) -> AskYesNo | None:
        if seen is None or changes.keys() <= {"name"}:
            return None
        many = till.ask(products.at_least, "tax_class_id", seen.id, COUNTED)
        return AskYesNo(
            translate("Tax", "Change the tax?"),
            translate(
                "Tax",
                "{tax} is on {many} products. From now on they are sold with the new tax, in all "
                "stores. Paid sales stay as they are.",
                tax=seen.name,
                many=f"{COUNTED:,}+" if many == COUNTED else f"{many}",
            ),
            translate("Tax", "Change tax"),
            translate("Tax", "Go back"),
            main=False,
        )

    return Form(
        record=TaxClass,
        fields=(
            FormField(name="name", caption=translate("Tax", "Name")),
            FormField(
                name="included", caption=translate("Tax", "Prices contain it"), control="tick"
            ),
            *(field for number in range(PARTS) for field in _part_fields(number)),
        ),
        load=lambda tax_id: till.ask(records.one, TaxClass, tax_id),
        save=save,
        values=values,
        new_title=translate("Tax", "New tax"),
        question=question,
        remove=lambda tax: till.write(tax_classes.remove, tax),
        remove_question=lambda tax: delete_question(
            translate("Tax", "Delete tax?"),
            translate("Tax", "{tax} can no longer be given to a product.", tax=tax.name),
        ),
    )


def _part_fields(number: int) -> tuple[FormField, ...]:
    captions = (
        (translate("Tax", "On the receipt"), translate("Tax", "Rate")),
        (translate("Tax", "Second tax"), translate("Tax", "Second rate")),
        (translate("Tax", "Third tax"), translate("Tax", "Third rate")),
    )
    name, rate = captions[number]
    example = translate("Tax", "Such as VAT 19 %.") if number == 0 else ""
    fields = (
        FormField(
            name=f"name_{number}", caption=name, shape="text", may_be_empty=True, help=example
        ),
        FormField(name=f"rate_ppm_{number}", caption=rate, shape="percent", may_be_empty=True),
    )
    if number == 0:
        return fields
    tick = FormField(
        name=f"compound_{number}",
        caption=translate("Tax", "On top of the taxes before it"),
        control="tick",
        span=2,
    )
    return (*fields, tick)


def _parts(till: Till, tax_class_id: str) -> list[TaxPart]:
    return [
        TaxPart(rate.name, rate.rate_ppm, rate.compound, rate.per_unit_minor)
        for rate in till.ask(taxes.rates, tax_class_id)
    ]


def _rates(shown: Mapping[str, Any], before: Sequence[TaxPart]) -> list[TaxPart]:
    """What the form says; a tax per unit, which it does not show, stays with its name."""
    typed = [
        TaxPart(
            str(shown[f"name_{number}"]).strip(),
            shown[f"rate_ppm_{number}"],
            compound=bool(shown.get(f"compound_{number}")),
        )
        for number in range(PARTS)
    ]
    per_unit = {part.name: part.per_unit_minor for part in before}
    kept = [replace(part, per_unit_minor=per_unit.get(part.name, 0)) for part in typed]
    return [*(part for part in kept if part.name or part.rate_ppm), *before[PARTS:]]


def _with_rate(formats: Formats, part: TaxPart) -> str:
    if part.per_unit_minor:
        amount = formats.money(part.per_unit_minor)
        return translate("Taxes", "{name} {amount} each", name=part.name, amount=amount)
    return translate("Taxes", "{name} {rate}", name=part.name, rate=formats.percent(part.rate_ppm))
