"""What the catalogue adds to the program: its pages, and products for Ctrl+K."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.catalogue.qt.product import ProductSheet
from app.kit.authority import may
from app.kit.qt.page import Page
from app.kit.qt.shell import Shell
from app.kit.registry import Found, PageEntry
from app.kit.translation import translate
from localdb.domain.permissions import Permission
from localdb.domain.records import PriceList
from localdb.queries import products

if TYPE_CHECKING:
    from app.catalogue.qt.offers import ListPricesPage

FOUND_MAX = 8


class Catalogue:
    """Products and their import; `sell` puts a product into the cart."""

    def __init__(
        self,
        shell: Shell,
        exports: Path,
        sell: Callable[[str], object],
        stopping: Callable[[Callable[[], object]], object],
    ) -> None:
        self._shell = shell
        self._exports = exports
        self._sell = sell
        self._stopping = stopping
        self._prices: dict[str, ListPricesPage] = {}
        """The page of each price list that was looked at, by the list's id."""
        shell.finders.append(self._find)
        shell.pages.add(
            PageEntry(
                name="products",
                title=translate("Pages", "Products"),
                section="products",
                make=self._products,
                keywords=("items", "articles", "stock", "price"),
            ),
            PageEntry(
                name="categories",
                title=translate("Pages", "Categories"),
                section="products",
                make=self._categories,
                permission=Permission.CATALOGUE,
                keywords=("groups", "departments"),
            ),
            PageEntry(
                name="price_lists",
                title=translate("Pages", "Price lists"),
                section="products",
                make=self._price_lists,
                permission=Permission.PRICES,
                keywords=("wholesale", "groups", "tiers"),
            ),
            PageEntry(
                name="promotions",
                title=translate("Pages", "Promotions"),
                section="products",
                make=self._promotions,
                permission=Permission.PRICES,
                keywords=("offers", "discounts", "coupons", "sale"),
            ),
            PageEntry(
                name="taxes",
                title=translate("Pages", "Taxes"),
                section="products",
                make=self._taxes,
                permission=Permission.SETTINGS,
                keywords=("vat", "gst", "rates"),
            ),
            PageEntry(
                name="import",
                title=translate("Pages", "Import"),
                section="products",
                make=self._import,
                permission=Permission.CATALOGUE,
                keywords=("csv", "file", "upload"),
            ),
        )

    def _products(self) -> Page:
        from app.catalogue.qt.products import ProductsScreen

        return ProductsScreen(self._shell.place)

    def _categories(self) -> Page:
        from app.catalogue.categories import category_form, category_listing
        from app.kit.qt.records_page import RecordsPage

        place = self._shell.place
        return RecordsPage(
            place,
            category_listing(place.till),
            lambda _record: category_form(place.till),
            new=translate("Categories", "New category"),
            permission=Permission.CATALOGUE,
        )

    def _taxes(self) -> Page:
        from app.catalogue.taxes import tax_form, tax_listing
        from app.kit.qt.records_page import RecordsPage

        place = self._shell.place
        return RecordsPage(
            place,
            tax_listing(place.till, place.formats),
            lambda _record: tax_form(place.till, place.formats),
            new=translate("Taxes", "New tax"),
            permission=Permission.SETTINGS,
        )

    def _price_lists(self) -> Page:
        from app.catalogue.qt.offers import price_lists_page

        return price_lists_page(self._shell.place, self._show_prices)

    def _show_prices(self, price_list: PriceList) -> None:
        """The prices on one list; leaving them leads back to the lists."""
        from app.catalogue.qt.offers import ListPricesPage

        navigator = self._shell.navigator
        known = self._prices.get(price_list.id)
        page = known or ListPricesPage(self._shell.place, price_list)
        navigator.bring_up(page, "products")
        if known is None:
            self._prices[price_list.id] = page
            # After the way home that bringing it up connected.
            page.left.connect(lambda: navigator.show_page("price_lists"))
        page.open()

    def _promotions(self) -> Page:
        from app.catalogue.qt.offers import PromotionsPage

        return PromotionsPage(self._shell.place)

    def _import(self) -> Page:
        from app.catalogue.qt.import_products import ImportScreen

        screen = ImportScreen(self._shell.place, self._exports)
        self._stopping(screen.stop)
        return screen

    def _find(self, text: str) -> Sequence[Found]:
        place = self._shell.place
        found = place.till.ask(products.search, text, FOUND_MAX)
        return [
            Found(tile.name, self._detail(tile.price_minor), partial(self._open, tile.id))
            for tile in found
        ]

    def _detail(self, price_minor: int) -> str:
        price = self._shell.place.formats.money(price_minor)
        return translate("Palette", "Product  ·  {price}", price=price)

    def _open(self, product_id: str) -> None:
        """Who may changes it; anybody else sells it."""
        place = self._shell.place
        if may(place.till, Permission.CATALOGUE):
            ProductSheet(self._shell.host, place, product_id, lambda: None)
        else:
            self._shell.navigator.show_home()
            self._sell(product_id)
