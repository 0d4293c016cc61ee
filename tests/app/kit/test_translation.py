"""Texts are translated as whole sentences, and their places are filled in afterwards."""

from collections.abc import Iterator

import pytest

from app.kit import translation
from app.kit.translation import translate


@pytest.fixture
def german() -> Iterator[None]:
    """A translator that knows one sentence of one context."""
    known = {("Cart", "{count} items on {till}"): "Auf {till}: {count} Artikel"}
    translation.install(lambda context, text: known.get((context, text), text))
    yield
    translation.install(lambda _context, text: text)


def test_places_follow_the_word_order_of_the_language(german: None) -> None:
    """A translation may name its places in another order."""
    assert translate("Cart", "{count} items on {till}", count=3, till="T01") == "Auf T01: 3 Artikel"


def test_what_is_not_translated_stays_english(german: None) -> None:
    """A text without a translation is shown as it was written; braces without places stay."""
    assert translate("Charge", "{count} items on {till}") == "{count} items on {till}"
