"""Stores and their tills: the lists, and the form of each."""

from collections.abc import Mapping
from typing import Any

from app.kit.flow import AskYesNo
from app.kit.form import Form, FormField
from app.kit.listing import Cell, Column, Listing, read_few
from app.kit.translation import translate
from localdb.domain.records import Store
from localdb.domain.records import Till as TillRecord
from localdb.queries import lists, records
from localdb.queries.names import name_of
from localdb.services import stores
from localdb.services.till import Till


def store_listing(till: Till) -> Listing[Store]:
    """All stores by code."""

    def cells(one: Store) -> tuple[Cell, ...]:
        here = one.id == till.identity.store_id
        return (
            Cell(one.name, below=one.address.replace("\n", ", "), strong=True),
            Cell(one.code),
            Cell(one.currency),
            Cell(translate("Stores", "This store") if here else "", badge="info" if here else ""),
        )

    return Listing(
        title=translate("Stores", "Stores"),
        columns=(
            Column(translate("Stores", "Store")),
            Column(translate("Stores", "Code"), 120),
            Column(translate("Stores", "Currency"), 130),
            Column("", 150),
        ),
        cells=cells,
        read=read_few(lambda _filter: till.ask(lists.stores), lambda one: f"{one.code} {one.name}"),
        types=frozenset({"store"}),
        hint=translate("Stores", "Code or name (F2)"),
        empty=translate("Stores", "No stores yet. Add the first."),
    )


def store_form(till: Till) -> Form[Store]:
    """Name, address and country of a store; its code and currency stay once it is made."""

    def save(seen: Store | None, changes: Mapping[str, Any]) -> object:
        return till.write(stores.save, seen, **changes)

    def like_this_one() -> Mapping[str, Any]:
        here = till.ask(records.one, Store, till.identity.store_id)
        if here is None:
            return {}
        return {"currency": here.currency, "timezone": here.timezone, "country": here.country}

    def question(seen: Store | None, changes: Mapping[str, Any]) -> AskYesNo | None:
        if seen is None or not changes.keys() & {"timezone", "day_cutoff_min", "country"}:
            return None
        return AskYesNo(
            translate("Stores", "Change the store?"),
            translate(
                "Stores",
                "The business day or the way amounts are written changes in {store}. Paid sales "
                "stay as they are.",
                store=seen.name,
            ),
            translate("Stores", "Change store"),
            translate("Stores", "Go back"),
            main=False,
        )

    return Form(
        record=Store,
        fields=(
            FormField(name="name"),
            FormField(
                name="code",
                help=translate("Stores", "Printed in receipt numbers, such as S02."),
            ),
            FormField(name="address", control="lines", span=2, may_be_empty=True),
            FormField(name="vat_number", may_be_empty=True),
            FormField(
                name="country",
                may_be_empty=True,
                help=translate("Stores", "Two letters, such as DE or IN."),
            ),
            FormField(
                name="currency", help=translate("Stores", "Three letters, such as EUR or INR.")
            ),
            FormField(name="timezone", help=translate("Stores", "Such as Europe/Berlin.")),
            FormField(name="receipt_footer", control="lines", span=2, may_be_empty=True),
        ),
        load=lambda store_id: till.ask(records.one, Store, store_id),
        save=save,
        new_title=translate("Stores", "New store"),
        new_values=like_this_one,
        question=question,
    )


def till_listing(till: Till) -> Listing[TillRecord]:
    """All tills by store and code."""

    def cells(one: TillRecord) -> tuple[Cell, ...]:
        here = one.id == till.identity.device_id
        return (
            Cell(translate("Stores", "Till {code}", code=one.code), below=one.name, strong=True),
            Cell(till.ask(name_of, Store.TYPE, one.store_id)),
            Cell(translate("Stores", "This till") if here else "", badge="info" if here else ""),
        )

    return Listing(
        title=translate("Stores", "Tills"),
        columns=(
            Column(translate("Stores", "Till")),
            Column(translate("Stores", "Store"), 300),
            Column("", 150),
        ),
        cells=cells,
        read=read_few(lambda _filter: till.ask(lists.tills), lambda one: f"{one.code} {one.name}"),
        types=frozenset({"till", "store"}),
        hint=translate("Stores", "Code or name (F2)"),
        empty=translate("Stores", "No tills yet."),
    )


def till_form(till: Till) -> Form[TillRecord]:
    """What a till is called; its code stays, because receipts have it."""

    def save(seen: TillRecord | None, changes: Mapping[str, Any]) -> object:
        assert seen is not None, "a till is made by enrolling it"
        return till.write(stores.rename_till, seen, str(changes["name"]))

    return Form(
        record=TillRecord,
        fields=(FormField(name="name", span=2),),
        load=lambda till_id: till.ask(records.one, TillRecord, till_id),
        save=save,
    )
