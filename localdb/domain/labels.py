"""What people call records and fields, in plain English, as the records declare it."""

from localdb.domain.records import RECORDS

_UNITS = ("_minor", "_milli", "_ppm", "_id", "_us")


def record_label(record_type: str) -> str:
    """What a record of this type is called; of a newer program's, its name made readable."""
    record = RECORDS.get(record_type)
    return _readable(record_type) if record is None else record.LABEL


def field_label(record_type: str, field: str) -> str:
    """What a field is called; of one that only a newer program knows, its name made readable."""
    record = RECORDS.get(record_type)
    declared = record.fields() if record is not None else ()
    label = next((info.label.text for info in declared if info.name == field), "")
    return label or _readable(field)


def inside_sentence(label: str) -> str:
    """A label inside a sentence: ``price``, but ``SKU``."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _readable(name: str) -> str:
    ending = next((unit for unit in _UNITS if name.endswith(unit)), "")
    return name.removesuffix(ending).replace("_", " ").capitalize()
