"""The Cash page: the shift of this till's drawer as a card."""

from dataclasses import dataclass

from app.drawer.shift import ShiftPresenter
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.queries import names
from localdb.queries import shifts as shift_queries
from localdb.services.till import Till


@dataclass(frozen=True, slots=True)
class CashView:
    """What the card shows."""

    title: str
    facts: tuple[tuple[str, str], ...]
    """Names and what they are."""
    is_open: bool


def cash_view(till: Till, formats: Formats, shift: ShiftPresenter) -> CashView:
    """The shift as it stands; what should be in the drawer only where the shop shows it."""
    found = till.ask(shift_queries.newest)
    if found is None:
        return CashView(translate("Cash", "No shift was opened on this till yet."), (), False)
    if not found.is_open:
        left = formats.money(found.counted_minor or 0)
        fact = (translate("Cash", "Left in the drawer"), left)
        return CashView(translate("Cash", "The shift is closed"), (fact,), False)
    who = till.ask(names.names, "user", [found.opened_by]).get(found.opened_by, "")
    expected = shift.shown_expected_minor
    hidden = translate("Cash", "Not shown (blind cash count)")
    facts = (
        (translate("Cash", "Opened by"), who),
        (translate("Cash", "Since"), formats.stamp(found.opened_at_us)),
        (translate("Cash", "Opening float"), formats.money(found.float_minor)),
        (translate("Cash", "Pay in"), formats.money(found.paid_in_minor)),
        (translate("Cash", "Pay out"), formats.money(found.paid_out_minor)),
        (translate("Cash", "Safe drops"), formats.money(found.dropped_minor)),
        (
            translate("Cash", "Expected in the drawer"),
            hidden if expected is None else formats.money(expected),
        ),
    )
    return CashView(translate("Cash", "Shift open"), facts, True)
