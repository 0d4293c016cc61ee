"""The pages of price lists and promotions."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from app.catalogue.offer_words import kind_names
from app.catalogue.price_lists import (
    PRODUCT,
    list_price_form,
    list_price_listing,
    price_list_form,
    price_list_listing,
)
from app.catalogue.promotions import promotion_form, promotion_listing, promotion_of
from app.kit.authority import may
from app.kit.flow import AskOption, Option
from app.kit.form import Form
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button
from app.kit.qt.form import FormSheet
from app.kit.qt.list_page import ListPage
from app.kit.qt.page import reachable
from app.kit.qt.records_page import RecordsPage
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.permissions import Permission
from localdb.domain.records import PriceList, PriceListItem, Promotion
from localdb.queries.offers import ListedPrice


class PriceListSheet(FormSheet[PriceList]):
    """Whom a price list is for; `show_prices` leads to the prices on it, once it is there."""

    def __init__(
        self, *args: Any, show_prices: Callable[[PriceList], object], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._show_prices = show_prices
        self.prices.setVisible(self.presenter.loaded is not None)

    def more_parts(self) -> list[QWidget]:
        """The way to the prices."""
        self.prices = reachable(Button(translate("Offers", "Prices on this list")))
        self.prices.doing(self._to_prices)
        return [self.prices]

    def _to_prices(self) -> None:
        price_list = self.presenter.loaded
        assert price_list is not None, "a list that is not there yet has no prices"
        self.cancel()
        self._show_prices(price_list)


def price_lists_page(
    place: Workplace, show_prices: Callable[[PriceList], object]
) -> RecordsPage[PriceList]:
    """All price lists."""
    return RecordsPage(
        place,
        price_list_listing(place.till, place.formats),
        lambda _record: price_list_form(place.till),
        new=translate("Offers", "New price list"),
        permission=Permission.PRICES,
        sheet=partial(PriceListSheet, show_prices=show_prices),
    )


class ListPriceSheet(FormSheet[PriceListItem]):
    """A scan says which product."""

    def scanned(self, code: str) -> bool:
        """Take the code for the product's."""
        self.presenter.type(PRODUCT, code)
        return True


class ListPricesPage(ListPage[ListedPrice]):
    """The prices on one list; `back` leads to all lists."""

    def __init__(self, place: Workplace, price_list: PriceList) -> None:
        super().__init__(
            place, list_price_listing(place.till, place.formats, price_list), self._opened
        )
        self._price_list = price_list
        self.new = self.add_tool(translate("Offers", "New price"), "plus", self.add)

    def add(self) -> None:
        """The form of a price for a product that has none here."""
        typed = self.search.text().strip()
        sheet = self._form(None)
        if typed:
            sheet.presenter.type(PRODUCT, typed)

    def take_scan(self, code: str) -> bool:
        """A scanned product gets a price on this list."""
        self._form(None).presenter.type(PRODUCT, code)
        return True

    def _opened(self, listed: ListedPrice) -> None:
        self._form(listed.item.id)

    def _form(self, item_id: str | None) -> ListPriceSheet:
        form = list_price_form(self.place.till, self._price_list)
        return ListPriceSheet(self.window(), self.place, form, item_id, self.changed)


class PromotionSheet(FormSheet[Promotion]):
    """What a promotion of a kind gives; it can be tried on past sales before it is saved."""

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        self._kind = kind
        super().__init__(*args, **kwargs)

    def more_parts(self) -> list[QWidget]:
        """The way to try it."""
        words = translate("Offers", "Try on past sales")
        self.trial = reachable(Button(words).with_icon(self.theme, "report").doing(self._try))
        return [self.trial]

    def _try(self) -> None:
        from app.catalogue.qt.offer_trial import TrialSheet

        draft = self.presenter.draft()
        if draft is not None:
            TrialSheet(self.host, self.place, promotion_of(self._kind, draft))


class PromotionsPage(RecordsPage[Promotion]):
    """All promotions; a new one begins with the question of which kind."""

    def __init__(self, place: Workplace) -> None:
        self._kind = kind_names()[0][0]
        super().__init__(
            place,
            promotion_listing(place.till, place.formats),
            self._form_of,
            new=translate("Offers", "New promotion"),
            permission=Permission.PRICES,
            sheet=lambda *args: PromotionSheet(*args, kind=self._kind),
        )

    def add(self) -> None:
        """Ask what kind it is, then show the form of that kind."""
        kinds = tuple(Option(kind, words) for kind, words in kind_names())
        question = AskOption(translate("Offers", "What kind of promotion?"), kinds)
        ask(self.window(), self.place, question, self._kind_chosen)

    def _kind_chosen(self, kind: object) -> None:
        if isinstance(kind, str) and may(self.place.till, Permission.PRICES):
            self._kind = kind
            super().add()

    def _form_of(self, record: Promotion | None) -> Form[Promotion]:
        """The form of the kind that was chosen, or that the record has."""
        self._kind = record.kind if record is not None else self._kind
        return promotion_form(self.place.till, self.place.formats, self._kind)
