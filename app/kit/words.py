"""Field names and values of synced records in the words of a shop."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.fields import FieldInfo
from localdb.domain.labels import field_label, inside_sentence, record_label
from localdb.domain.records import RECORDS, Conflict, Reference
from localdb.domain.validate import problems
from localdb.errors import Refusal
from localdb.queries.names import names
from localdb.services.till import Till

Shape = Literal["money", "percent", "number", "quantity", "day", "text", "fixed"]
"""How a value is typed; what is ``fixed`` can only be picked."""

KIND_WORDS = {
    "field": "Different values",
    "delete": "Edit or delete",
    "unique": "Duplicate code",
    "flag": "Please check",
    "parked": "Refused",
}
MERGED_WORDS = "Merged"
WAITING_WORDS = "Needs approval"
REASON_WORDS = {
    "plain_till": "This was changed at a till that does not manage, so it was not applied.",
    "no_permission": "The person signed in may not change this, so it was not applied.",
    "revoked": "This came from a till that was revoked, so it was not applied.",
}
"""Why a change waits for a manager that contradicts nobody."""
OTHER_REASON = "It was not applied: a manager decides."
_NAMED = {
    "tax_class_id": "tax_class",
    "category_id": "category",
    "product_id": "product",
    "deposit_id": "product",
    "variant_of": "product",
    "store_id": "store",
}
"""Field that holds an id -> the type of the record it names."""
_HIDDEN = frozenset({"id", "deleted", "pin_hash", "cart"})
NOTHING = "–"
EXAMPLE_DAY = 20261231


@dataclass(frozen=True, slots=True)
class Wording:
    """Puts the values of one record type into words."""

    record_type: str
    formats: Formats
    named: Mapping[str, str]
    """Id -> name, for the ids among the values."""

    @classmethod
    def of(
        cls, till: Till, formats: Formats, record_type: str, values: Iterable[tuple[str, Any]]
    ) -> "Wording":
        """With the names of whatever the ``values`` (field, value) refer to."""
        wanted: dict[str, set[str]] = {}
        for field, value in values:
            if field in _NAMED and value:
                wanted.setdefault(_NAMED[field], set()).add(value)
        named: dict[str, str] = {}
        for kind, ids in wanted.items():
            named |= till.ask(names, kind, ids)
        return cls(record_type, formats, named)

    def label(self, field: str) -> str:
        """What a field is called."""
        return field_words(self.record_type, field)

    def inside(self, field: str) -> str:
        """What a field is called inside a sentence."""
        return field_inside(self.record_type, field)

    def value(self, field: str, value: Any) -> str:
        """A value as it is shown."""
        shape = self.shape(field)
        if value in (None, "") or (shape == "day" and not value):
            return NOTHING
        if isinstance(value, bool):
            return translate("Till", "Yes") if value else translate("Till", "No")
        if field in _NAMED:
            return self.named.get(str(value), translate("Till", "unknown here"))
        if field == "pin_hash":
            return "••••"
        written: dict[Shape, Callable[[int], str]] = {
            "money": self.formats.money,
            "percent": self.formats.percent,
            "quantity": self.formats.quantity,
            "day": self.formats.day,
        }
        if shape in written:
            return written[shape](value)
        if field.endswith("_us"):
            return self.formats.stamp(value)
        if field == "kind":
            return str(value).replace("_", " ")
        return str(value)

    def entry(self, field: str, value: Any) -> str:
        """A value as it would be typed."""
        if field == "pin_hash":
            return self.value(field, value)
        return self.written(self.shape(field), value)

    def written(self, shape: Shape, value: Any) -> str:
        """A value of a shape as it would be typed."""
        match shape:
            case "money":
                return self.formats.entry(value or 0)
            case "percent":
                return self.formats.percent_entry(value or 0)
            case "quantity":
                return self.formats.quantity_entry(value or 0)
            case "day":
                return self.formats.day_entry(value) if value else ""
        return "" if value is None else str(value)

    def shape(self, field: str) -> Shape:
        """How a field is typed."""
        info = self._info(field)
        if field == "pin_hash":
            return "fixed"
        if info is None or info.spec.choices or info.spec.kind in ("id", "flag"):
            return "fixed"
        if field.endswith("_minor"):
            return "money"
        if field.endswith("_ppm"):
            return "percent"
        if field.endswith("_day"):
            return "day"
        if field.endswith("_milli"):
            return "quantity"
        return "number" if info.spec.kind == "int" else "text"

    def unit(self, field: str) -> str:
        """What stands beside the typed value."""
        return {"money": self.formats.symbol, "percent": "%"}.get(self.shape(field), "")

    def typed(self, field: str, text: str) -> Any:
        """The value somebody typed; raises Refusal with what is wrong with it."""
        value = self.parsed(self.shape(field), text.strip())
        wrong = problems(RECORDS[self.record_type], {field: value})
        if wrong:
            raise Refusal(f"{self.label(field)} {wrong[field]}.")
        return value

    def parsed(self, shape: Shape, text: str) -> Any:
        """The value of a shape that a text says; raises Refusal for none."""
        if shape in ("text", "fixed"):
            return text
        formats = self.formats
        read: dict[Shape, tuple[Callable[[str], int | None], str]] = {
            "money": (
                formats.parse_money,
                translate("Form", "Type an amount, such as {amount}.", amount=formats.entry(450)),
            ),
            "percent": (
                formats.parse_percent,
                translate("Form", "Type a percentage, such as 19."),
            ),
            "number": (formats.parse_whole, translate("Form", "Type a whole number.")),
            "quantity": (
                formats.parse_quantity,
                translate("Form", "Type a quantity, such as 12."),
            ),
            "day": (
                formats.parse_day,
                translate(
                    "Form", "Type a date, such as {day}.", day=formats.day_entry(EXAMPLE_DAY)
                ),
            ),
        }
        parse, refusal = read[shape]
        value = parse(text)
        if value is None:
            raise Refusal(refusal)
        return value

    def _info(self, field: str) -> FieldInfo | None:
        record = RECORDS.get(self.record_type)
        declared = record.fields() if record is not None else ()
        return next((info for info in declared if info.name == field), None)


def kind_words(conflict: Conflict) -> str:
    """What sort of question a conflict is."""
    if conflict.state == "merged":
        return MERGED_WORDS
    return WAITING_WORDS if conflict.reason else KIND_WORDS[conflict.kind]


def field_words(record_type: str, field: str) -> str:
    """A field's name for people: a product's ``price_minor`` is its price."""
    return translate(record_label(record_type), field_label(record_type, field))


def field_inside(record_type: str, field: str) -> str:
    """A field's name inside a sentence: ``price``, but ``SKU``."""
    return inside_sentence(field_words(record_type, field))


def record_words(record_type: str) -> str:
    """A record type for people."""
    return translate("Record", record_label(record_type))


def is_known(record_type: str) -> bool:
    """Whether this program knows what a record of this type holds."""
    return record_type in RECORDS


def key_may_go(record_type: str) -> bool:
    """Whether a record of this type may be without the code that another one keeps."""
    record = RECORDS.get(record_type)
    return record is not None and issubclass(record, Reference) and record.KEY_MAY_GO


def worth_showing(field: str) -> bool:
    """Whether a field says something to a manager."""
    return field not in _HIDDEN


def age_words(age_us: int) -> str:
    """How long ago something was: ``5 min``, ``3 h``, ``2 days``."""
    minutes = max(age_us, 0) // 60_000_000
    if minutes < 1:
        return translate("Till", "just now")
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def till_words(conflict: Conflict, own_device: str, tills: Mapping[str, str]) -> tuple[str, str]:
    """The two tills of a conflict: whose change waits, and whose value holds."""
    waiting = (
        translate("Till", "This till")
        if conflict.device_id == own_device
        else tills.get(conflict.device_id)
    )
    holding = tills.get(conflict.remote_device_id or "")
    if conflict.remote_device_id == own_device:
        holding = translate("Till", "This till")
    return waiting or translate("Till", "Another till"), holding or translate(
        "Till", "The back office"
    )


def inside(title: str) -> str:
    """What a side is called, inside a sentence."""
    return (
        title[0].lower() + title[1:]
        if title.startswith(("This", "The", "Another", "Till "))
        else title
    )
