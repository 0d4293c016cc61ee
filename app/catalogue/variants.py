"""The form that makes the variants of a product: sizes by colours, and the like."""

from collections.abc import Mapping
from typing import Any

from app.kit.form import Form, FormField
from app.kit.translation import translate
from localdb.domain.records import Product
from localdb.services import catalogue
from localdb.services.till import Till

KINDS = ("first", "second", "third")


def variants_form(till: Till, product: Product) -> Form[Product]:
    """Up to three lists; each combination becomes a variant of the product."""

    def save(_seen: Product | None, values: Mapping[str, Any]) -> object:
        kinds = [str(values[name]).split(",") for name in KINDS]
        return till.write(catalogue.add_variants, product.id, kinds)

    captions = (
        translate("Product", "Sizes"),
        translate("Product", "Colours"),
        translate("Product", "Anything else, such as a fabric"),
    )
    example = translate("Product", "With commas between them, such as S, M, L.")
    return Form(
        record=Product,
        fields=tuple(
            FormField(name=name, caption=caption, shape="text", span=2, help=help_words)
            for name, caption, help_words in zip(KINDS, captions, (example, "", ""), strict=True)
        ),
        load=lambda _id: None,
        save=save,
        new_title=translate("Product", "Variants of {product}", product=product.name),
    )
