"""Roles: the list, and the form with what a role may do."""

from collections.abc import Mapping
from typing import Any

from app.kit.form import Form, FormField, delete_question
from app.kit.formats import Formats
from app.kit.listing import Cell, Column, Listing, read_few
from app.kit.translation import translate
from app.people.permission_words import permission_choices
from localdb.domain.permissions import Permission, read_permissions
from localdb.domain.records import Role
from localdb.queries import people
from localdb.services import staff
from localdb.services.till import Till


def role_listing(till: Till, formats: Formats) -> Listing[Role]:
    """The roles that every shop has, and the shop's own, by name."""

    def cells(role: Role) -> tuple[Cell, ...]:
        allowed = len(read_permissions(role.permissions) or ())
        said = translate("Roles", "{count} of {all}", count=allowed, all=len(Permission))
        return (
            Cell(role.name, strong=True),
            Cell(said),
            Cell(formats.percent(role.discount_max_ppm), right=True),
            Cell(f"{till.ask(people.bearers_of, role.code)}", right=True),
        )

    return Listing(
        title=translate("Roles", "Roles"),
        columns=(
            Column(translate("Roles", "Role")),
            Column(translate("Roles", "Permissions"), 180),
            Column(translate("Roles", "Discount limit"), 160, right=True),
            Column(translate("Roles", "Staff"), 120, right=True),
        ),
        cells=cells,
        read=read_few(lambda _filter: till.ask(people.all_roles), lambda role: role.name),
        types=frozenset({"user", "role"}),
        hint=translate("Roles", "Name (F2)"),
        empty=translate("Roles", "No roles."),
    )


def role_form(till: Till) -> Form[Role]:
    """Name, discount limit, and what the role may do without asking anybody."""

    def load(code: str) -> Role | None:
        return next((role for role in till.ask(people.all_roles) if role.id == code), None)

    def values(role: Role) -> Mapping[str, Any]:
        allowed = read_permissions(role.permissions) or frozenset()
        return {**role.values(), "permissions": tuple(one.value for one in allowed)}

    def save(seen: Role | None, changes: Mapping[str, Any]) -> object:
        shown = {**(values(seen) if seen is not None else {}), **changes}
        return till.write(
            staff.save_role,
            seen.code if seen is not None else "",
            shown["name"],
            (Permission(one) for one in shown["permissions"]),
            shown["discount_max_ppm"],
        )

    return Form(
        record=Role,
        fields=(
            FormField(name="name"),
            FormField(name="discount_max_ppm", may_be_empty=True),
            FormField(
                name="permissions",
                caption=translate("Roles", "Allowed without a manager"),
                control="ticks",
                choices=permission_choices,
                span=2,
            ),
        ),
        load=load,
        save=save,
        values=values,
        new_title=translate("Roles", "New role"),
        new_values=lambda: {"permissions": ()},
        remove=lambda role: till.write(staff.drop_role, role.code),
        remove_question=lambda role: delete_question(
            translate("Roles", "Delete role?"),
            translate(
                "Roles", "{role} goes; a built-in role is as it was at first.", role=role.name
            ),
        ),
    )
