"""What people call records and fields, and how a file and a search find them by it."""

import re
from collections import Counter

import pytest

from localdb.domain.labels import field_label, inside_sentence, record_label
from localdb.domain.records import RECORDS, Barcode, Product

_PLAIN = re.compile(r"[A-Z][A-Za-z -]*( \([a-z ]+\))?")
_UNIT = re.compile(r"\b(minor|milli|ppm|us|json)\b")


@pytest.mark.parametrize("record_type", sorted(RECORDS))
def test_every_record_and_field_has_a_plain_label(record_type: str) -> None:
    """No label is missing, spelled like a column, or names a unit of storage."""
    record = RECORDS[record_type]
    labels = [record_label(record_type), *(field.label.text for field in record.fields())]
    assert "LABEL" in vars(record)
    assert all(_PLAIN.fullmatch(label) and not _UNIT.search(label) for label in labels), labels


def test_no_two_records_have_one_label() -> None:
    """A label is the context of its fields' labels, and tells records apart."""
    labels = [record.LABEL for record in RECORDS.values()]
    assert len(set(labels)) == len(labels)


def test_only_products_and_their_barcodes_are_searched_and_imported() -> None:
    """A mark on any other record would promise what neither the index nor an import does."""
    marked = {
        record.TYPE
        for record in RECORDS.values()
        for field in record.fields()
        if field.label.searched or field.label.headings
    }
    assert marked == {Product.TYPE, Barcode.TYPE}


def test_a_heading_leads_to_one_field() -> None:
    """Import words are unambiguous, and spelled as a heading is compared."""
    headings = [
        heading
        for record in (Product, Barcode)
        for field in record.fields()
        for heading in field.label.headings
    ]
    assert [heading for heading, times in Counter(headings).items() if times > 1] == []
    assert headings == [heading.casefold().replace("_", " ").strip() for heading in headings]


def test_labels_are_read_from_the_declaration() -> None:
    """One field name may be called differently in another record."""
    assert field_label("product", "price_minor") == "Price"
    assert field_label("tax_rate", "rate_ppm") == "Rate"
    assert record_label("price_list_item") == "List price"


def test_what_a_newer_program_knows_is_made_readable() -> None:
    """A field or record that is not declared here has a name all the same."""
    assert field_label("product", "shelf_life_milli") == "Shelf life"
    assert field_label("loan", "due_us") == "Due"
    assert record_label("loan_item") == "Loan item"


def test_an_abbreviation_stays_in_capitals_inside_a_sentence() -> None:
    """Only an ordinary word loses its capital letter."""
    assert inside_sentence("Tax class") == "tax class"
    assert inside_sentence("SKU") == "SKU"
