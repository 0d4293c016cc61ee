"""What a product file may hold, read from the declarations of a product and its barcodes."""

from dataclasses import dataclass

from localdb.domain.fields import FieldInfo
from localdb.domain.records import Barcode, Product


@dataclass(frozen=True, slots=True)
class FileField:
    """One thing that a column of a file may say of a product."""

    name: str
    """What an import calls it."""
    headings: tuple[str, ...]
    """Column headings it is recognised by, lower-case, with spaces."""
    field: str = ""
    """The product's field that it sets; empty for what is kept elsewhere."""


REFERENCES = {
    "category_id": ("category", "name"),
    "tax_class_id": ("tax_class", "code"),
    "deposit_id": ("product", "sku"),
    "variant_of": ("product", "sku"),
}
"""Field that refers to another record -> its type, and what a file calls it by."""


def _declared(field: FieldInfo) -> FileField:
    headings = field.label.headings
    return FileField(headings[0].replace(" ", "_"), headings, field.name)


_PRODUCT = {field.name: field for field in Product.fields() if field.label.headings}
_FIELDS = {name: _declared(field) for name, field in _PRODUCT.items()}
_CODE = next(field for field in Barcode.fields() if field.label.headings)
FILE_FIELDS: tuple[FileField, ...] = (
    # "id" is no heading for it: many programs call their own numbers so.
    FileField("id", ("product id", "evertill id")),
    FileField(_CODE.label.headings[0], _CODE.label.headings),
    *_FIELDS.values(),
    # A ledger: taken for new products only.
    FileField("stock", ("stock", "quantity", "on hand", "qty")),
)
SET_BY_FILE = {
    one.name: one.field
    for one in sorted(FILE_FIELDS, key=lambda one: one.name != "price")
    if one.field and one.field != "sku"
}
"""Field of the file -> field of the product; the price is said first; a SKU says which product."""
READ_BY_RULE = frozenset({"sku", "name", "unit", "kind", "plu"})
"""Texts that ``rows.RowRules`` cleans or checks by a rule of their own."""
PLAIN_TEXTS: tuple[tuple[FileField, int], ...] = tuple(
    (_FIELDS[name], field.spec.high)
    for name, field in _PRODUCT.items()
    if field.spec.kind == "text" and name not in READ_BY_RULE
)
"""Texts that are taken as they stand, each with its length at most."""
