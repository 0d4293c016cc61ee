"""Suspicious facts in words: what was found, what should have been, what to do about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.kit.formats import Formats
from app.kit.translation import translate

ANSWERS = ("No action needed", "Corrected")
"""What a manager mostly notes, by the keys 1 and 2."""


@dataclass(frozen=True, slots=True)
class FlagWords:
    """A notice in the list (``question``) and in full."""

    question: str
    said: str
    advice: str = ""


def flag_words(
    record_type: str, fields: Mapping[str, Mapping[str, Any]], formats: Formats
) -> FlagWords:
    """The words for a flag; one of a newer server is shown without a reason.

    ``fields`` maps what is odd to its sides: *local* is what was found, *remote* what should have
    been.
    """
    told = [
        tell(sides["local"], sides["remote"], formats)
        for name, sides in fields.items()
        if (tell := _WORDS.get((record_type, name))) is not None
    ]
    if told:
        return FlagWords(told[0].question, " ".join(one.said for one in told), told[0].advice)
    return FlagWords(
        translate("Inbox", "For information"), translate("Inbox", "This record looks inconsistent.")
    )


def _unknown_product(found: Any, expected: Any, formats: Formats) -> FlagWords:
    where = translate("Inbox", ", first on receipt {found}", found=found) if found else ""
    return FlagWords(
        translate("Inbox", "Sold, but not in the catalogue"),
        translate(
            "Inbox", "A product was sold{where}, and the server does not know it.", where=where
        ),
        translate(
            "Inbox",
            "It may have been refused when it was created: look at the sync panel of that till.",
        ),
    )


def _refunded_beyond(found: Any, expected: Any, formats: Formats) -> FlagWords:
    back, sold = formats.quantity(abs(found or 0)), formats.quantity(abs(expected or 0))
    return FlagWords(
        translate("Inbox", "{back} refunded of {sold} sold", back=back, sold=sold),
        translate(
            "Inbox",
            "{back} of {sold} sold on this line have been refunded, across all tills.",
            back=back,
            sold=sold,
        ),
        translate("Inbox", "Two tills refunded it while apart, or it was refunded twice."),
    )


def _number_twice(found: Any, expected: Any, formats: Formats) -> FlagWords:
    return FlagWords(
        translate("Inbox", "Two receipts are numbered {found}", found=found),
        translate(
            "Inbox", "Two different sales were printed as {found}. Both are kept.", found=found
        ),
        translate(
            "Inbox", "A till was copied or restored and both kept selling. Re-enrol one of them."
        ),
    )


def _lines_differ(found: Any, expected: Any, formats: Formats) -> FlagWords:
    lines, total = formats.money(found or 0), formats.money(expected or 0)
    return FlagWords(
        translate("Inbox", "Lines {lines}, total {total}", lines=lines, total=total),
        translate(
            "Inbox",
            "The lines of this receipt come to {lines}; its total says {total}.",
            lines=lines,
            total=total,
        ),
        translate(
            "Inbox", "The server keeps what was printed. Compare with the paper, and report it."
        ),
    )


def _payments_differ(found: Any, expected: Any, formats: Formats) -> FlagWords:
    paid, due = formats.money(found or 0), formats.money(expected or 0)
    return FlagWords(
        translate("Inbox", "Paid {paid} of {due}", paid=paid, due=due),
        translate(
            "Inbox",
            "The payments of this receipt come to {paid}; it asks for {due}.",
            paid=paid,
            due=due,
        ),
        translate(
            "Inbox", "The server keeps what was printed. Compare with the drawer, and report it."
        ),
    )


def _lines_missing(found: Any, expected: Any, formats: Formats) -> FlagWords:
    return FlagWords(
        f"{found} of {expected} lines",
        translate(
            "Inbox",
            "This receipt says it has {expected} lines; the server holds {found}.",
            expected=expected,
            found=found,
        ),
        translate(
            "Inbox", "The server keeps what was printed. Compare with the paper, and report it."
        ),
    )


def _journal_hole(found: Any, expected: Any, formats: Formats) -> FlagWords:
    return FlagWords(
        translate("Inbox", "Journal entry {expected} is missing", expected=expected),
        translate(
            "Inbox",
            "The journal of this till goes on with entry {found}; entry {expected} never came.",
            found=found,
            expected=expected,
        ),
        translate(
            "Inbox",
            "It may have been refused: open that till's sync panel, retry or save a support file.",
        ),
    )


def _journal_fork(found: Any, expected: Any, formats: Formats) -> FlagWords:
    return FlagWords(
        translate("Inbox", "The journal forks"),
        translate(
            "Inbox",
            "Two entries of this till's journal claim the same place, or do not follow each other.",
        ),
        translate(
            "Inbox", "A till was copied or restored and both kept selling. Re-enrol one of them."
        ),
    )


def _journal_changed(found: Any, expected: Any, formats: Formats) -> FlagWords:
    return FlagWords(
        translate("Inbox", "A journal entry was changed"),
        translate("Inbox", "This entry of the till's journal was changed after it was written."),
        translate(
            "Inbox",
            "Compare receipts and Z reports on paper with the server, and ask who had access.",
        ),
    )


def _journal_other_facts(found: Any, expected: Any, formats: Formats) -> FlagWords:
    return FlagWords(
        translate("Inbox", "A sale was changed before it was sent"),
        translate(
            "Inbox",
            "What this till sent differs from its journal: a line, a payment or something else "
            "was changed on the till.",
        ),
        translate(
            "Inbox", "Compare with the receipt on paper, and ask who had access to the till's data."
        ),
    )


def _recalled_twice(found: Any, expected: Any, formats: Formats) -> FlagWords:
    return FlagWords(
        translate("Inbox", "Recalled on two tills"),
        translate(
            "Inbox", "Two tills recalled this held sale while offline, and both may have sold it."
        ),
        translate(
            "Inbox",
            "Look for two receipts with the same goods. If the customer paid once, refund one.",
        ),
    )


def _sold_twice(found: Any, expected: Any, formats: Formats) -> FlagWords:
    return FlagWords(
        translate("Inbox", "The same cart was sold as {found} too", found=found),
        translate(
            "Inbox",
            "This held sale was recalled on two tills. It was sold before as {found}.",
            found=found,
        ),
        translate(
            "Inbox",
            "If the customer paid once, refund one of the two. If both were paid, do nothing.",
        ),
    )


def _overdrawn(what: str) -> Callable[[Any, Any, Formats], FlagWords]:
    def words(found: Any, expected: Any, formats: Formats) -> FlagWords:
        over = formats.money(-(found or 0))
        return FlagWords(
            translate("Inbox", "{what} is overdrawn by {over}", what=what, over=over),
            translate("Inbox", "Overspent by {over} across all tills.", over=over),
            translate(
                "Inbox",
                "Two tills could not see each other. Ask for the difference, or let it stand.",
            ),
        )

    return words


def _points_overdrawn(found: Any, expected: Any, formats: Formats) -> FlagWords:
    points = -(found or 0)
    return FlagWords(
        translate("Inbox", "{points} points too many were spent", points=points),
        translate(
            "Inbox", "This customer spent {points} points too many across all tills.", points=points
        ),
        translate(
            "Inbox", "Two tills used them while offline. The next points earned make up for it."
        ),
    )


def _owed_beyond(found: Any, expected: Any, formats: Formats) -> FlagWords:
    owed, limit = formats.money(found or 0), formats.money(expected or 0)
    return FlagWords(
        translate("Inbox", "Account balance {owed} (limit {limit})", owed=owed, limit=limit),
        translate(
            "Inbox",
            "This customer bought on account for {owed} across all tills; the limit is {limit}.",
            owed=owed,
            limit=limit,
        ),
        translate("Inbox", "Ask for a payment, or raise the limit."),
    )


def _after_its_end(found: Any, expected: Any, formats: Formats) -> FlagWords:
    when, number = formats.stamp(expected or 0), found or "a record"
    return FlagWords(
        translate("Inbox", "Used after it was revoked"),
        translate(
            "Inbox",
            "This till was revoked on {when}. By its own clock it recorded {number} after that.",
            when=when,
            number=number,
        ),
        translate(
            "Inbox",
            "Its sales are kept. Find out who has the till, and check them against the money.",
        ),
    )


_WORDS = {
    ("till", "revoked_at"): _after_its_end,
    ("sale", "held_cart_id"): _sold_twice,
    ("gift_card", "gift_card"): _overdrawn("A gift card"),
    ("customer", "store_credit"): _overdrawn("A store credit"),
    ("customer", "points"): _points_overdrawn,
    ("customer", "on_account"): _owed_beyond,
    ("product", "id"): _unknown_product,
    ("sale_line", "quantity_milli"): _refunded_beyond,
    ("sale", "receipt_number"): _number_twice,
    ("sale", "total_minor"): _lines_differ,
    ("sale", "paid_minor"): _payments_differ,
    ("sale", "line_count"): _lines_missing,
    ("journal_entry", "seq"): _journal_hole,
    ("journal_entry", "previous_hash"): _journal_fork,
    ("journal_entry", "hash"): _journal_changed,
    ("journal_entry", "facts"): _journal_other_facts,
    ("held_cart", "state"): _recalled_twice,
}
