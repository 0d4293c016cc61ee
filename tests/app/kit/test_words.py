"""Labels are declared with the records, and looked up and translated in one place."""

from collections.abc import Iterator

import pytest

from app.catalogue.import_state import field_names
from app.kit import translation
from app.kit.words import field_inside, field_words, record_words


@pytest.fixture
def german() -> Iterator[None]:
    """A translator that knows two labels, each in its record's context."""
    known = {("Product", "Price"): "Preis", ("Record", "Product"): "Artikel"}
    translation.install(lambda context, text: known.get((context, text), text))
    yield
    translation.install(lambda _context, text: text)


def test_a_label_is_translated_in_the_context_of_its_record(german: None) -> None:
    """The price of a list is not the price of a product."""
    assert field_words("product", "price_minor") == "Preis"
    assert field_words("price_list_item", "price_minor") == "Price"
    assert (record_words("product"), record_words("gift_card")) == ("Artikel", "Gift card")
    assert field_names()["price"] == "Preis *"


def test_labels_in_english() -> None:
    """What the import page and a sentence call a field."""
    assert (field_inside("product", "price_minor"), field_inside("product", "sku")) == (
        "price",
        "SKU",
    )
    assert list(field_names().values()) == [
        "Product ID", "Name *", "Price *", "Barcode", "SKU", "Category", "Tax class", "Cost",
        "Stock", "Unit", "Kind", "Minimum age", "PLU", "Deposit (SKU)", "Variant of (SKU)",
    ]  # fmt: skip
