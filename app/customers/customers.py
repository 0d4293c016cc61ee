"""Finding a customer, making or changing one on the spot, and what they have and owe; offline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.kit.authority import need
from app.kit.flow import Asker, AskNumber, AskText, Flow, FlowRunner
from app.kit.formats import Formats
from app.kit.translation import translate
from app.kit.words import field_words
from localdb.domain.numbers import AmbiguousNumber
from localdb.domain.permissions import Permission
from localdb.domain.records import Customer
from localdb.errors import EvertillError, Refusal, ValidationRefusal
from localdb.queries import customers as queries
from localdb.queries import products
from localdb.queries.customers import CustomerView
from localdb.services import customers
from localdb.services.till import Till

Page = Literal["find", "shown", "form"]
TYPED = ("name", "phone", "email", "card", "vat_number", "address", "note", "credit_limit_minor")
NO_GROUP, NEW_GROUP = "No group", "New group…"
_NEW = "new"
"""Picked in place of a group's id."""


@dataclass(frozen=True, slots=True)
class CustomersState:
    """What the customer sheet shows."""

    page: Page = "find"
    title: str = "Customer"
    found: tuple[CustomerView, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    """Name, and what tells two of one name apart with what they have and owe."""
    searched: str = ""
    shown: CustomerView | None = None
    facts: tuple[tuple[str, str], ...] = ()
    """Caption and value, of the customer shown."""
    can_pay_off: bool = False
    entries: Mapping[str, str] = field(default_factory=dict)
    """Field -> what stands in it: typed words, the id picked, or ``1`` for yes."""
    groups: tuple[tuple[str, str], ...] = ()
    """Id and name of what can be picked."""
    errors: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


class CustomersPresenter:
    """Calls `chosen` with the customer to sell to, or `pay_off` with one and an amount."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        show: Callable[[CustomersState], None],
        ask: Asker,
        chosen: Callable[[Customer], None],
        pay_off: Callable[[Customer, int], None],
    ) -> None:
        self._till = till
        self._formats = formats
        self._show = show
        self._runner = FlowRunner(ask, self._refused)
        self._chosen = chosen
        self._pay_off = pay_off
        self._edited: Customer | None = None
        self._sells_to_new = True
        self.state = CustomersState()

    # ------------------------------------------------------------ finding

    def search(self, text: str) -> None:
        """Show customers by name, phone or card."""
        found = tuple(self._till.ask(queries.search, text))
        rows = tuple((view.customer.name, self._beside(view)) for view in found)
        self.state = CustomersState(found=found, rows=rows, searched=text)
        self._show(self.state)

    def choose(self, number: int) -> None:
        """Take one of those found."""
        if 0 <= number < len(self.state.found):
            self._chosen(self.state.found[number].customer)

    def scan(self, code: str) -> bool:
        """Whether a scan was a card: of a customer, who is taken, or for the form."""
        customer = self._till.ask(queries.by_card, code)
        if self.state.page == "form" and customer is None:
            if self._till.ask(products.by_code, code) is not None:
                return False
            self.type("card", code)
            self._show(self.state)
            return True
        if customer is not None:
            self._chosen(customer)
        return customer is not None

    def look(self, number: int) -> None:
        """Show one of those found."""
        if 0 <= number < len(self.state.found):
            self.open(self.state.found[number].customer.id)

    def open(self, customer_id: str) -> None:
        """Show a customer; back to the list when there is no such any more."""
        view = self._till.ask(queries.view, customer_id)
        if view is None:
            self.search("")
            return
        self._set(
            page="shown",
            title=view.customer.name,
            shown=view,
            facts=self._facts(view),
            can_pay_off=view.owed_minor > 0,
            error="",
        )

    def back(self) -> None:
        """From the form to the customer it changes, or to the list."""
        if self.state.page == "form" and self._edited is not None:
            self.open(self._edited.id)
        else:
            self.search(self.state.searched)

    def take(self) -> None:
        """Sell to the customer shown."""
        if self.state.shown is not None:
            self._chosen(self.state.shown.customer)

    def owes(self) -> None:
        """Ask how much of what is owed the customer pays off now."""
        if self.state.shown is not None and self.state.can_pay_off:
            self._runner.run(self._pay_off_flow(self.state.shown))

    # ------------------------------------------------------------ the form

    def start_new(self, typed: str, *, sell: bool = True) -> None:
        """An empty form, with what was searched for as a name, or as a phone number.

        Once saved the new customer is sold to at once, or else shown.
        """
        self._edited, self._sells_to_new = None, sell
        field_name = "phone" if typed.strip()[:1] in tuple("+0123456789") else "name"
        self._open_form(translate("Customers", "New customer"), {field_name: typed.strip()})

    def edit(self) -> None:
        """The form of the customer shown."""
        if self.state.shown is not None:
            self._edited = self.state.shown.customer
            self._open_form(translate("Customers", "Change customer"), self._entries(self._edited))

    def type(self, name: str, entry: str) -> None:
        """A field was typed into or picked."""
        if (name, entry) == ("group_id", _NEW):
            self._runner.run(self._new_group_flow())
            return
        errors = {n: said for n, said in self.state.errors.items() if n != name}
        entries = {**self.state.entries, name: entry}
        self.state = replace(self.state, entries=entries, errors=errors, error="")

    def save(self) -> None:
        """Store what was typed; a new customer is taken at once."""
        self._runner.run(self._save_flow())

    # ------------------------------------------------------------ inside

    def _save_flow(self) -> Flow:
        values, errors = self._values()
        if errors:
            self._set(errors=errors)
            return
        approval = None
        if self._changes_terms(values):
            words = translate(
                "Customers",
                "House account or tax exemption for {value}",
                value=values["name"] or "a new customer",
            )
            amount = values["credit_limit_minor"]
            approval = yield from need(
                self._till, Permission.ADJUST_BALANCE, words, amount_minor=amount
            )
            if approval is None:
                return
        before = self._edited
        try:
            if before is None:
                saved = self._till.write(customers.create, approval=approval, **values)
            else:
                saved = self._till.write(customers.change, before.id, approval=approval, **values)
        except ValidationRefusal as refusal:
            said = {
                name: f"{field_words(Customer.TYPE, name)} {message}."
                for name, message in refusal.errors.items()
            }
            self._set(errors=said)
            return
        if before is None and self._sells_to_new:
            self._chosen(saved)
        else:
            self.open(saved.id)

    def _new_group_flow(self) -> Flow:
        # What was picked is no group: the form shows the one before until there is a new one.
        self._show(self.state)
        name = yield AskText(NEW_GROUP)
        if name is None:
            return
        words = translate("Customers", "New customer group {name}", name=name)
        approval = yield from need(self._till, Permission.PRICES, words)
        if approval is None:
            return
        group = self._till.write(customers.new_group, name, approval=approval)
        self._set(groups=self._groups(), entries={**self.state.entries, "group_id": group.id})

    def _groups(self) -> tuple[tuple[str, str], ...]:
        known = ((group.id, group.name) for group in self._till.ask(queries.groups))
        return (("", NO_GROUP), *known, (_NEW, NEW_GROUP))

    def _pay_off_flow(self, view: CustomerView) -> Flow:
        customer, owed = view.customer, view.owed_minor
        initial = self._formats.entry(owed)
        amount = yield AskNumber(
            translate("Customers", "Pay account"), "money", customer.name, initial=initial
        )
        if amount is not None:
            if not 0 < amount <= owed:
                raise Refusal(
                    translate(
                        "Customers", "Enter an amount up to {owed}.", owed=self._formats.money(owed)
                    )
                )
            self._pay_off(customer, amount)

    def _changes_terms(self, values: Mapping[str, Any]) -> bool:
        before = self._edited
        return any(
            values[name] != (getattr(before, name) if before else given)
            for name, given in customers.TERMS.items()
        )

    def _open_form(self, title: str, entries: Mapping[str, str]) -> None:
        blank = dict.fromkeys((*TYPED, "group_id", "tax_exempt"), "")
        self._set(
            page="form",
            title=title,
            entries=blank | dict(entries),
            groups=self._groups(),
            errors={},
            error="",
        )

    def _entries(self, customer: Customer) -> dict[str, str]:
        typed = {name: str(getattr(customer, name)) for name in TYPED}
        limit = customer.credit_limit_minor
        typed["credit_limit_minor"] = self._formats.entry(limit) if limit else ""
        picked = {
            "group_id": customer.group_id or "",
            "tax_exempt": "1" if customer.tax_exempt else "",
        }
        return typed | picked

    def _values(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What the form says, as the record keeps it; and what is wrong with what was typed."""
        values: dict[str, Any] = dict(self.state.entries)
        errors = {}
        typed = values["credit_limit_minor"].strip()
        limit: int | None = 0
        try:
            limit = self._formats.parse_money(typed) if typed else 0
        except AmbiguousNumber as both:
            errors["credit_limit_minor"] = str(both)
        if limit is None or limit < 0:
            errors["credit_limit_minor"] = translate("Customers", "Type an amount, such as 200.00.")
        values["credit_limit_minor"] = limit
        values["group_id"] = values["group_id"] or None
        values["tax_exempt"] = bool(values["tax_exempt"])
        return values, errors

    def _beside(self, view: CustomerView) -> str:
        return "  ·  ".join(filter(None, (contact(view.customer), has(view, self._formats))))

    def _facts(self, view: CustomerView) -> tuple[tuple[str, str], ...]:
        customer, money = view.customer, self._formats.money
        limit = customer.credit_limit_minor
        owed = (
            f"{money(view.owed_minor)} (limit {money(limit)})" if limit else money(view.owed_minor)
        )
        facts = (
            (translate("Customers", "Points"), f"{view.points:,}"),
            (translate("Customers", "Store credit"), money(view.credit_minor)),
            (translate("Customers", "House account"), owed if limit or view.owed_minor else ""),
            (translate("Customers", "Phone"), customer.phone),
            (field_words(Customer.TYPE, "email"), customer.email),
            (translate("Customers", "Card"), customer.card),
            (translate("Customers", "Group"), view.group),
            (field_words(Customer.TYPE, "vat_number"), customer.vat_number),
            (translate("Customers", "Address"), customer.address),
            (
                field_words(Customer.TYPE, "tax_exempt"),
                translate("Customers", "Yes") if customer.tax_exempt else "",
            ),
            (translate("Customers", "Note"), customer.note),
        )
        return tuple((caption, value) for caption, value in facts if value)

    def _refused(self, error: EvertillError) -> None:
        self._set(error=str(error))

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def contact(customer: Customer) -> str:
    """What tells two customers of one name apart, in a few words."""
    return customer.phone or customer.email or customer.card


def standing(till: Till, formats: Formats, customer_id: str) -> str:
    """What a customer has and owes, in a line; empty for nothing."""
    view = till.ask(queries.view, customer_id)
    return has(view, formats) if view else ""


def has(view: CustomerView, formats: Formats) -> str:
    """What a customer has and owes, in a line; empty for nothing."""
    said = (
        f"{view.points:,} points" if view.points else "",
        f"credit {formats.money(view.credit_minor)}" if view.credit_minor else "",
        f"owes {formats.money(view.owed_minor)}" if view.owed_minor else "",
    )
    return "  ·  ".join(filter(None, said))
