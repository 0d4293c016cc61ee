"""What a file may hold is what the records declare."""

from collections import Counter

from localdb.domain.records import Product
from localdb.services.imports.columns import FILE_FIELDS, PLAIN_TEXTS, READ_BY_RULE, SET_BY_FILE
from localdb.services.imports.source import guess_mapping


def test_a_heading_leads_to_one_column_of_an_import() -> None:
    """No two things that a file may hold share a heading or a name."""
    headings = Counter(heading for one in FILE_FIELDS for heading in one.headings)
    names = Counter(one.name for one in FILE_FIELDS)
    assert {*headings.values(), *names.values()} == {1}


def test_every_heading_is_recognised_as_its_field() -> None:
    """Each declared heading is found alone, in any case and with underscores."""
    for one in FILE_FIELDS:
        for heading in one.headings:
            column = heading.replace(" ", "_").upper()
            assert guess_mapping((column,)) == {one.name: column}


def test_every_declared_field_of_a_product_is_set() -> None:
    """A heading on a field would be an empty promise if the import left the field alone."""
    declared = {field.name for field in Product.fields() if field.label.headings}
    assert {*SET_BY_FILE.values(), "sku"} == declared
    plain = {one.field for one, _limit in PLAIN_TEXTS}
    texts = {f.name for f in Product.fields() if f.name in declared and f.spec.kind == "text"}
    assert plain == texts - READ_BY_RULE
