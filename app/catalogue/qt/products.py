"""The products page: search, look, and open one to change it."""

from app.catalogue.products import product_listing
from app.catalogue.qt.product import ProductSheet
from app.kit.authority import may
from app.kit.qt.list_page import ListPage
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.permissions import Permission
from localdb.queries.products import ListedProduct


class ProductsScreen(ListPage[ListedProduct]):
    """A row opens its product over the window, for those who may change it."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place, product_listing(place.till, place.formats), self._opened)
        self.prices = self.add_tool(
            translate("Products", "Change prices"), "price", self.change_prices
        )
        self.new = self.add_tool(translate("Products", "New product"), "plus", self.add)
        self.sheet: ProductSheet | None = None

    def open(self) -> None:
        """Show the catalogue as it is now, ready to search."""
        super().open()
        for button in (self.new, self.prices):
            button.setVisible(self._may_change())

    def take_scan(self, code: str) -> bool:
        """On this page a scan looks a product up, and sells nothing."""
        return self.look_up(code)

    def add(self) -> None:
        """The form of a new product, with what was searched for as its name or code."""
        self.sheet = ProductSheet(
            self.window(), self.place, None, self._closed, self.search.text().strip()
        )

    def change_prices(self) -> None:
        """Change the prices of all that is searched."""
        from app.catalogue.qt.price_change import PriceChangeSheet

        found = (listed.product for listed in self.presenter.everything())
        PriceChangeSheet(self.window(), self.place, found, self.changed)

    def open_product(self, product_id: str) -> None:
        """Open a product over the window."""
        self.sheet = ProductSheet(self.window(), self.place, product_id, self._closed)

    def _opened(self, listed: ListedProduct) -> None:
        if self._may_change():
            self.open_product(listed.product.id)
        else:
            said = translate(
                "Products", "Only a manager may change products. Ask a manager to sign in."
            )
            self.strip.say("warning", said)

    def _may_change(self) -> bool:
        return may(self.place.till, Permission.CATALOGUE)

    def _closed(self) -> None:
        self.sheet = None
        self.changed()
