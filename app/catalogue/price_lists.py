"""Price lists: the list of them, the form of one, and the prices on it."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.catalogue.offer_words import days, where_and_for_whom
from app.kit.form import Choices, Form, FormField, delete_question
from app.kit.formats import Formats
from app.kit.listing import Cell, Column, Listing, read_few
from app.kit.translation import translate
from localdb.domain.records import PriceList, PriceListItem
from localdb.errors import Refusal
from localdb.queries import customers, lists, offers, products, records
from localdb.queries.offers import ListedPrice
from localdb.services import offers as service
from localdb.services.till import Till

PRODUCT = "product"
"""The field of the form that says which product, by any of its codes."""


def price_list_listing(till: Till, formats: Formats) -> Listing[PriceList]:
    """All price lists by name."""

    def cells(one: PriceList) -> tuple[Cell, ...]:
        on = translate("Offers", "On") if one.active else translate("Offers", "Off")
        return (
            Cell(one.name, below=where_and_for_whom(till, one.group_id, one.store_id), strong=True),
            Cell(days(formats, one.starts_day, one.ends_day)),
            Cell(on, badge="success" if one.active else "warning"),
        )

    return Listing(
        title=translate("Offers", "Price lists"),
        columns=(
            Column(translate("Offers", "Price list")),
            Column(translate("Offers", "When"), 280),
            Column(translate("Offers", "State"), 110),
        ),
        cells=cells,
        read=read_few(lambda _filter: till.ask(lists.price_lists), lambda one: one.name),
        types=frozenset({"price_list", "customer_group", "store"}),
        hint=translate("Offers", "Name (F2)"),
        empty=translate("Offers", "No price lists yet. Add the first."),
    )


def price_list_form(till: Till) -> Form[PriceList]:
    """For whom a list is, where, and when."""
    return Form(
        record=PriceList,
        fields=(
            FormField(name="name", span=2),
            *for_whom(till),
            FormField(name="starts_day", caption=translate("Offers", "From"), may_be_empty=True),
            FormField(
                name="ends_day", caption=translate("Offers", "Until and with"), may_be_empty=True
            ),
            FormField(name="active", caption=translate("Offers", "In use"), control="tick", span=2),
        ),
        load=lambda list_id: till.ask(records.one, PriceList, list_id),
        save=lambda seen, changes: till.write(service.save_price_list, seen, **changes),
        new_title=translate("Offers", "New price list"),
        remove=lambda seen: till.write(service.save_price_list, seen, deleted=True),
        remove_question=lambda one: delete_question(
            translate("Offers", "Delete price list?"),
            translate(
                "Offers",
                "{name} applies to no sale any more. Paid sales stay as they are.",
                name=one.name,
            ),
        ),
    )


def for_whom(till: Till) -> tuple[FormField, FormField]:
    """The fields that say for which customers and in which store an offer is."""

    def groups() -> Choices:
        everybody = ("", translate("Offers", "All customers"))
        return (everybody, *((one.id, one.name) for one in till.ask(customers.groups)))

    def stores() -> Choices:
        everywhere = ("", translate("Offers", "All stores"))
        return (everywhere, *((one.id, one.name) for one in till.ask(lists.stores)))

    return (
        FormField(
            name="group_id",
            caption=translate("Offers", "For"),
            control="pick",
            choices=groups,
        ),
        FormField(
            name="store_id",
            caption=translate("Offers", "Store"),
            control="pick",
            choices=stores,
        ),
    )


def list_price_listing(till: Till, formats: Formats, price_list: PriceList) -> Listing[ListedPrice]:
    """The prices on one list by SKU."""

    def read(
        text: str, _filter: int, after: ListedPrice | None, limit: int
    ) -> Sequence[ListedPrice]:
        return till.ask(offers.prices_on, price_list.id, text, after, limit)

    def cells(one: ListedPrice) -> tuple[Cell, ...]:
        at_least = one.item.min_quantity_milli
        return (
            Cell(one.name, below=one.sku, strong=True),
            Cell(formats.quantity(at_least) if at_least else "", right=True),
            Cell(formats.money(one.price_minor), right=True, muted=True),
            Cell(formats.money(one.item.price_minor), right=True, strong=True),
        )

    return Listing(
        title=price_list.name,
        columns=(
            Column(translate("Offers", "Product")),
            Column(translate("Offers", "From quantity"), 160, right=True),
            Column(translate("Offers", "Usual price"), 150, right=True),
            Column(translate("Offers", "Price here"), 150, right=True),
        ),
        cells=cells,
        read=read,
        types=frozenset({"price_list_item", "product"}),
        hint=translate("Offers", "Name or SKU (F2)"),
        empty=translate("Offers", "No prices on this list yet. Add the first."),
    )


def list_price_form(till: Till, price_list: PriceList) -> Form[PriceListItem]:
    """A product by any of its codes, its price on the list, and from which quantity."""

    def values(item: PriceListItem) -> Mapping[str, Any]:
        return {**item.values(), PRODUCT: item.product_id}

    def save(seen: PriceListItem | None, changes: Mapping[str, Any]) -> object:
        shown = {**(values(seen) if seen is not None else {}), **changes}
        return till.write(
            service.save_list_price,
            seen,
            price_list.id,
            product_id=shown[PRODUCT],
            price_minor=shown["price_minor"],
            min_quantity_milli=shown["min_quantity_milli"],
        )

    def remove(seen: PriceListItem) -> object:
        return till.write(
            service.set_price,
            price_list.id,
            seen.product_id,
            None,
            min_quantity_milli=seen.min_quantity_milli,
        )

    return Form(
        record=PriceListItem,
        fields=(
            product_field(till, PRODUCT, translate("Offers", "Product")),
            FormField(name="price_minor"),
            FormField(
                name="min_quantity_milli",
                caption=translate("Offers", "From quantity"),
                may_be_empty=True,
                help=translate("Offers", "Left empty, it applies from the first piece."),
            ),
        ),
        load=lambda item_id: till.ask(records.one, PriceListItem, item_id),
        save=save,
        values=values,
        title=lambda item: sku_of(till, item.product_id),
        new_title=translate("Offers", "New price"),
        remove=remove,
        remove_question=lambda item: delete_question(
            translate("Offers", "Delete price?"),
            translate("Offers", "The usual price applies again."),
        ),
    )


def product_field(till: Till, name: str, caption: str) -> FormField:
    """A field for one product: its SKU, PLU or barcode, typed or scanned."""

    def read(text: str) -> str:
        view = till.ask(products.by_code, text) if text.strip() else None
        if view is None:
            raise Refusal(
                translate("Offers", "No product has this code. Scan it, or type its SKU.")
            )
        return view.product.id

    return FormField(
        name=name,
        caption=caption,
        shape="text",
        span=2,
        read=read,
        write=lambda product_id: sku_of(till, product_id),
        help=translate("Offers", "Scan it, or type its SKU."),
    )


def sku_of(till: Till, product_id: str) -> str:
    """What a product is called in a field that takes codes."""
    view = till.ask(products.view, product_id)
    return view.product.sku if view is not None else ""
