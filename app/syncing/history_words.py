"""What became of a till's history when it joined a server, in the words of a shop."""

from typing import TYPE_CHECKING

from app.kit.formats import Formats
from app.kit.translation import translate
from app.syncing.words import counted

if TYPE_CHECKING:
    from sync.client.history import HistoryReport, TableFigures

_VERDICTS = {
    "applied": "taken as they were",
    "merged": "merged with what was there",
    "conflict": "met something else there: a manager is asked",
    "duplicate": "were there before",
    "held": "wait for something that has not come yet",
    "superseded": "came second",
    "rejected": "refused",
}
_CONFLICTS = {
    "unique": "a barcode or SKU that is used on both sides",
    "field": "a value that differs",
    "delete": "a record that was deleted on one side",
}
_IN_THOUSANDTHS = "stock_movement"
_WITHOUT_SUM = "journal_entry"


def history_words(report: "HistoryReport", formats: Formats) -> tuple[tuple[str, str], ...]:
    """A heading and a sentence for each table and each kind of thing that happened."""
    lines = [(translate("Sync", "Both sides"), _delivered(report))]
    lines += [(_name(table.type), _both(table, formats)) for table in report.facts]
    lines += [
        (_name(table.type), _counts(table.count_here, table.count_there, matches=table.matches))
        for table in report.references
        if table.count_here or table.count_there
    ]
    lines += [
        (translate("Sync", "Changes"), f"{count:,} {_VERDICTS.get(verdict, verdict)}")
        for verdict, count in report.verdicts.items()
    ]
    lines += [
        (translate("Sync", "Conflicts"), f"{count:,} x {_CONFLICTS.get(kind, kind)}")
        for kind, count in report.conflicts.items()
    ]
    return tuple(lines)


def _delivered(report: "HistoryReport") -> str:
    if report.agrees:
        return translate("Sync", "all of it is on the server")
    if report.waiting:
        return translate("Sync", "{waiting:,} changes still to send", waiting=report.waiting)
    return translate("Sync", "not the same; save a support file and ask for help")


def _both(table: "TableFigures", formats: Formats) -> str:
    said = _counts(table.count_here, table.count_there, matches=table.matches)
    if table.type == _WITHOUT_SUM:
        return said
    here, there = (_total(table.type, n, formats) for n in (table.total_here, table.total_there))
    return (
        translate("Sync", "{said}; {here} on both sides", said=said, here=here)
        if here == there
        else f"{said}; {here} here, {there} there"
    )


def _counts(here: int, there: int, *, matches: bool) -> str:
    if here == there:
        return translate("Sync", "{here:,} on both sides", here=here) + (
            "" if matches else translate("Sync", ", not the same")
        )
    return f"{here:,} here, {there:,} there"


def _total(record_type: str, total: int, formats: Formats) -> str:
    return formats.quantity(total) if record_type == _IN_THOUSANDTHS else formats.money(total)


def _name(record_type: str) -> str:
    words = counted(record_type, 2).split(" ", 1)[1]
    return words[0].upper() + words[1:]
