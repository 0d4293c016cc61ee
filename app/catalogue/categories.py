"""Categories: the list, and the form of one."""

from collections.abc import Mapping
from typing import Any

from app.kit.form import Choices, Form, FormField, delete_question
from app.kit.listing import Cell, Column, Listing, read_few
from app.kit.translation import translate
from localdb.domain.records import Category
from localdb.queries import lists, records
from localdb.services import catalogue
from localdb.services.till import Till


def colours() -> Choices:
    """The colours of tiles, by the name of their accent."""
    return (
        ("", translate("Category", "No colour")),
        ("sky", translate("Category", "Blue")),
        ("teal", translate("Category", "Turquoise")),
        ("leaf", translate("Category", "Green")),
        ("butter", translate("Category", "Yellow")),
        ("amber", translate("Category", "Orange")),
        ("brick", translate("Category", "Red")),
        ("rose", translate("Category", "Pink")),
        ("plum", translate("Category", "Violet")),
        ("cocoa", translate("Category", "Brown")),
        ("slate", translate("Category", "Grey")),
    )


def category_listing(till: Till) -> Listing[Category]:
    """All categories in the order of the selling screen."""

    def cells(category: Category) -> tuple[Cell, ...]:
        said = dict(colours()).get(category.colour, category.colour)
        return (
            Cell(category.name, strong=True),
            Cell(said if category.colour else "", muted=True),
        )

    return Listing(
        title=translate("Categories", "Categories"),
        columns=(
            Column(translate("Categories", "Category")),
            Column(translate("Categories", "Colour"), 200),
        ),
        cells=cells,
        read=read_few(lambda _filter: till.ask(lists.categories), lambda one: one.name),
        types=frozenset({"category"}),
        hint=translate("Categories", "Name (F2)"),
        empty=translate("Categories", "No categories yet. Add the first."),
    )


def category_form(till: Till) -> Form[Category]:
    """Name, colour and place of a category."""

    def save(seen: Category | None, changes: Mapping[str, Any]) -> object:
        values = {**changes, "colour": changes["colour"] or ""} if "colour" in changes else changes
        return till.write(catalogue.save_category, seen, **values)

    def position() -> int:
        return len(till.ask(lists.categories))

    return Form(
        record=Category,
        fields=(
            FormField(name="name", span=2),
            FormField(name="colour", control="pick", choices=colours),
            FormField(
                name="position",
                may_be_empty=True,
                help=translate("Category", "The lowest number comes first at the till."),
            ),
        ),
        load=lambda category_id: till.ask(records.one, Category, category_id),
        save=save,
        new_title=translate("Category", "New category"),
        new_values=lambda: {"position": position()},
        remove=lambda category: till.write(catalogue.remove_category, category),
        remove_question=lambda category: delete_question(
            translate("Category", "Delete category?"),
            translate("Category", "{category} goes from the till.", category=category.name),
        ),
    )
