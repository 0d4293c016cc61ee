"""What goods call for before they become a line: variant, date, age, weight and price."""

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from app.kit.authority import need
from app.kit.flow import Ask, AskNumber, AskOpenItem, AskOption, OpenItemAnswer, Option
from app.kit.formats import Formats
from app.kit.translation import translate
from app.selling.lines import (
    ONE_MILLI,
    Measure,
    age_question,
    born_by,
    expired_question,
    label_measure,
    open_item,
    product_line,
)
from app.selling.variants import variants
from localdb.domain.cart import CartLine
from localdb.domain.local_time import LocalTime
from localdb.domain.permissions import Permission
from localdb.domain.records import Product
from localdb.domain.terms import Terms
from localdb.queries import lists, products, settings, taxes
from localdb.queries.products import ProductView
from localdb.queries.scanning import Scanned
from localdb.services.till import Till

Asking = Generator[Ask, Any, Any]


class Ringing:
    """Asks what there is to ask, once for each cart where once is enough."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        new_id: Callable[[], str],
        now_us: Callable[[], int],
    ) -> None:
        self._till = till
        self._formats = formats
        self._new_id = new_id
        self._now_us = now_us
        self.age_confirmed = 0

    def lines(
        self, scanned: Scanned, times_milli: int | None, terms: Terms
    ) -> Generator[Ask, Any, tuple[CartLine, ...]]:
        """The line that sells it and its deposit; nothing when the cashier backed out.

        What comes back (negative `times_milli`) is neither too old nor sold to the young.
        """
        view = yield from self.variant(scanned.view)
        if view is None:
            return ()
        scanned = replace(scanned, view=view)
        note = ""
        if times_milli is None or times_milli > 0:
            today = LocalTime.of(self._now_us(), terms.zone).day
            dated = yield from self._date(scanned, today)
            if dated is None or not (yield from self._age(view.product, today)):
                return ()
            note = dated
        measure = yield from self._measure(scanned, times_milli)
        if measure is None:
            return ()
        first, *deposit = product_line(
            view, self._new_id, measure.quantity_milli, measure.price_minor
        )
        line = replace(measure.applied_to(first), lot=scanned.lot, expires_day=scanned.expires_day)
        return replace(line, note=note), *deposit

    def variant(self, view: ProductView) -> Generator[Ask, Any, ProductView | None]:
        """The size or colour to sell, where there are several; None when none was chosen."""
        if not view.has_variants:
            return view
        found = self._till.ask(products.variants, view.product.id)
        chosen = yield AskOption(
            view.product.name, variants(view.product.name, found, self._formats)
        )
        return None if chosen is None else self._till.ask(products.view, chosen)

    def open_item(
        self, code: str, times_milli: int, terms: Terms
    ) -> Generator[Ask, Any, CartLine | None]:
        """A line for goods the catalogue does not know; None when the cashier backed out."""
        usual = translate("Sell", "Open item {code}", code=code).strip()
        tax = self._till.ask(taxes.of_open_items)
        offered = tuple(Option(one.id, one.name) for one in self._till.ask(lists.tax_classes))
        question = AskOpenItem(usual, offered, tax.id if tax else None)
        answer: OpenItemAnswer | None = yield question
        if answer is None:
            return None
        name = answer.name or usual
        price = yield from self._within_limit(name, answer.price_minor)
        if price is None:
            return None
        line = open_item(name, code, price, terms.taxes, self._new_id(), times_milli)
        tax_id = answer.tax_id or question.tax_id
        return line if tax_id is None else replace(line, tax_class_id=tax_id)

    def _date(self, scanned: Scanned, today: int) -> Generator[Ask, Any, str | None]:
        """The note of goods that are sold past their date; None when they are not sold."""
        if not 0 < scanned.expires_day < today:
            return ""
        name, expired = scanned.view.product.name, self._formats.day(scanned.expires_day)
        if not (yield expired_question(name, expired)):
            return None
        words = translate(
            "Sell", "Sell past its date ({expired}): {name}", expired=expired, name=name
        )
        approval = yield from need(self._till, Permission.SELL_EXPIRED, words)
        return (
            None
            if approval is None
            else translate("Sell", "Sold past its date, {expired}", expired=expired)
        )

    def _age(self, product: Product, today: int) -> Generator[Ask, Any, bool]:
        if product.min_age > self.age_confirmed:
            born = self._formats.day(born_by(today, product.min_age))
            if not (yield age_question(product.name, product.min_age, born)):
                return False
            self.age_confirmed = product.min_age
        return True

    def _measure(
        self, scanned: Scanned, times_milli: int | None
    ) -> Generator[Ask, Any, Measure | None]:
        product = scanned.view.product
        if scanned.quantity_milli is None and scanned.amount_minor is None:
            if product.kind == "weighed" and times_milli is None:
                times_milli = yield AskNumber(
                    translate("Sell", "Weight"), "weight", product.name, product.unit
                )
                if times_milli is None:
                    return None
            if product.kind == "open_price":
                price = yield from self._price(product.name)
                return None if price is None else Measure(times_milli or ONE_MILLI, price)
        return label_measure(scanned, ONE_MILLI if times_milli is None else times_milli)

    def _price(self, name: str) -> Generator[Ask, Any, int | None]:
        """A price typed in; above the shop's limit somebody must allow it."""
        price: int | None = yield AskNumber(translate("Sell", "Price"), "money", name)
        if price is None:
            return None
        return (yield from self._within_limit(name, price))

    def _within_limit(self, name: str, price: int) -> Generator[Ask, Any, int | None]:
        limit = self._till.ask(settings.in_force).open_price_max_minor
        if not 0 < limit < price:
            return price
        words = translate(
            "Sell", "Price typed in: {name}, {price}", name=name, price=self._formats.money(price)
        )
        approval = yield from need(self._till, Permission.PRICE_CHANGE, words, amount_minor=price)
        return None if approval is None else price
