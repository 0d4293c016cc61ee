"""Who works here: the list, and the form of one person."""

from collections.abc import Mapping
from typing import Any

from app.kit.flow import AskYesNo
from app.kit.form import Choices, Form, FormField
from app.kit.listing import Cell, Column, Listing, read_few
from app.kit.translation import translate
from localdb.domain.permissions import role_name
from localdb.domain.records import User
from localdb.queries import lists, people, records
from localdb.services import staff
from localdb.services.till import Till

PIN, BADGE = "pin", "badge_code"
"""Fields of the form that are kept as hashes only: what is typed replaces what was there."""


def staff_listing(till: Till) -> Listing[User]:
    """Everybody who works here by name, or who used to."""

    def cells(user: User) -> tuple[Cell, ...]:
        badge = translate("Staff", "Badge") if user.badge else ""
        return (
            Cell(user.name, strong=True, muted=not user.active),
            Cell(role_name(user.role, till.ask(people.roles))),
            Cell(badge, muted=True),
        )

    return Listing(
        title=translate("Staff", "Staff"),
        columns=(
            Column(translate("Staff", "Name")),
            Column(translate("Staff", "Role"), 240),
            Column(translate("Staff", "Badge"), 160),
        ),
        cells=cells,
        read=read_few(
            lambda number: till.ask(lists.people, active=number == 0), lambda user: user.name
        ),
        types=frozenset({"user", "role"}),
        hint=translate("Staff", "Name (F2)"),
        empty=translate("Staff", "Nobody here yet."),
        filters=(translate("Staff", "Work here"), translate("Staff", "Left")),
    )


def staff_form(till: Till) -> Form[User]:
    """Name, role, PIN and badge; PIN and badge are never shown, only replaced."""

    def roles() -> Choices:
        return till.ask(people.role_names)

    def save(seen: User | None, changes: Mapping[str, Any]) -> object:
        values = {**changes}
        pin_digits, badge = values.pop(PIN, ""), values.pop(BADGE, "")
        return till.write(staff.save, seen, pin_digits=pin_digits, badge=badge, **values)

    return Form(
        record=User,
        fields=(
            FormField(name="name"),
            FormField(name="role", control="pick", choices=roles),
            FormField(
                name=PIN,
                caption=translate("Staff", "PIN"),
                shape="text",
                may_be_empty=True,
                is_secret=True,
                help=translate("Staff", "4 to 12 digits. Left empty, it stays as it is."),
            ),
            FormField(
                name=BADGE,
                caption=translate("Staff", "Badge"),
                shape="text",
                may_be_empty=True,
                is_secret=True,
                help=translate("Staff", "Scan the badge. Left empty, it stays as it is."),
            ),
            FormField(
                name="active", caption=translate("Staff", "Works here"), control="tick", span=2
            ),
        ),
        load=lambda user_id: till.ask(records.one, User, user_id),
        save=save,
        values=lambda user: {**user.values(), PIN: "", BADGE: ""},
        new_title=translate("Staff", "New person"),
        new_values=lambda: {"role": "cashier"},
        question=_question,
    )


def _question(seen: User | None, changes: Mapping[str, Any]) -> AskYesNo | None:
    if seen is None or changes.get("active", True):
        return None
    return AskYesNo(
        translate("Staff", "Remove from staff?"),
        translate(
            "Staff",
            "{name} can no longer sign in, on any till. Past sales keep the name.",
            name=seen.name,
        ),
        translate("Staff", "Remove"),
        translate("Staff", "Keep"),
    )
