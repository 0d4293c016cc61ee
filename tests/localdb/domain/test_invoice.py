"""The buyer of an invoice as printed."""

import pytest

from localdb.domain.invoice import buyer_text
from localdb.errors import ValidationRefusal


def test_the_buyer_as_printed() -> None:
    """Name, address lines and the VAT number in one way of writing."""
    assert buyer_text(" Weber  GmbH ", "Hafenstr. 1\n\n 20457 Hamburg ", "de 123.456-789") == (
        "Weber GmbH\nHafenstr. 1\n20457 Hamburg\nVAT DE123456789"
    )
    assert buyer_text("Ada Byron") == "Ada Byron"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (("", "Hafenstr. 1", ""), "name"),
        (("Weber", "", "DE12"), "vat_number"),
        (("Weber", "", "DE/123456"), "vat_number"),
        (("Weber", "x" * 1000, ""), "address"),
    ],
)
def test_what_is_wrong_is_named(given: tuple[str, str, str], wrong: str) -> None:
    """The field that has to be mended is marked."""
    with pytest.raises(ValidationRefusal) as refused:
        buyer_text(*given)
    assert list(refused.value.errors) == [wrong]
