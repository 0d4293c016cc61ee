"""Conflict records as the server would raise them, put straight into a till's database."""

import json
from typing import Any

from localdb.domain.records import Barcode, Conflict, Product, Till
from localdb.domain.resolution import ResolutionStep, with_step
from localdb.services import catalogue, conflicts
from localdb.store import outbox
from localdb.store.unit_of_work import UnitOfWork
from tests.support.shops import Shop
from tests.support.verdicts import record_verdict

OTHER_TILL = "01890000-0000-7000-8000-0000000000b2"


def other_till(shop: Shop) -> str:
    """A second till of the shop; its id."""
    shop.till.write(_other_till)
    return OTHER_TILL


def clash(base: Any, local: Any, remote: Any) -> dict[str, Any]:
    """The sides of one disputed field."""
    return {"base": base, "local": local, "remote": remote}


def price_conflict(shop: Shop, local_minor: int = 450, remote_minor: int = 129) -> str:
    """Two tills gave the milk different prices; what the server holds stands."""
    return raised(
        shop, "field", {"price_minor": clash(119, local_minor, remote_minor)}, title="Milk 1 l"
    )


def waiting_pin(shop: Shop) -> str:
    """The manager's PIN was changed at a till that does not manage."""
    fields = {"pin_hash": clash(shop.manager.pin_hash, "scrypt$new", shop.manager.pin_hash)}
    about = {"title": shop.manager.name, "record_type": "user", "record_id": shop.manager.id}
    return raised(shop, "field", fields, reason="plain_till", **about)


def deletion_conflict(shop: Shop) -> str:
    """The other till edited the milk that had been deleted meanwhile."""
    fields = {"name": clash("Milk 1 l", "Fresh milk", "Milk 1 l")}
    shop.till.write(lambda uow: uow.edit(type(shop.milk), shop.milk.id, deleted=True))
    return raised(shop, "delete", fields | {"deleted": clash(False, False, True)}, title="Milk 1 l")


def barcode_conflict(shop: Shop, code: str) -> str:
    """A second till gave bread the code that finds the milk."""
    owner = shop.till.write(lambda uow: uow.find(Barcode, code=code)[0])
    later = shop.till.write(_second_barcode, code, shop.bread.id)
    return raised(
        shop,
        "unique",
        {"code": clash(None, code, code), "id": clash(None, later.id, owner.id)},
        title=code,
        record_type="barcode",
        record_id=later.id,
    )


def merged_note(shop: Shop) -> str:
    """Both tills wrote a note about the milk; the last one holds, and nobody was asked."""
    shop.till.write(lambda uow: uow.edit(type(shop.milk), shop.milk.id, note="Fair trade"))
    conflict_id = raised(
        shop, "field", {"note": clash("", "Fair trade", "Organic")}, title="Milk 1 l"
    )
    step = ResolutionStep("merged", shop.clock.us - 300_000_000, chosen={"note": "Fair trade"})

    def merge(uow: UnitOfWork) -> None:
        uow.edit(Conflict, conflict_id, state="merged", resolution_json=with_step("{}", step))

    shop.till.write(merge)
    return conflict_id


def merged_fields(shop: Shop) -> str:
    """One till priced the bread while the other renamed it: both hold."""
    fields = {"price_minor": clash(349, 375, 349)}
    conflict_id = raised(shop, "field", fields, title="Rye bread", record_id=shop.bread.id)
    step = ResolutionStep("merged", shop.clock.us - 300_000_000, chosen={"price_minor": 375})

    def merge(uow: UnitOfWork) -> None:
        uow.edit(type(shop.bread), shop.bread.id, price_minor=375)
        uow.edit(Conflict, conflict_id, state="merged", resolution_json=with_step("{}", step))

    shop.till.write(merge)
    return conflict_id


def last_group(shop: Shop) -> int:
    """The number of the group written last."""
    with shop.database.read() as connection:
        return outbox.next_batch(connection, 10_000, 10**9)[-1].dseq


def parked_group(shop: Shop, name: str = "Garden") -> int:
    """A group the server refused; its number."""
    shop.till.write(catalogue.add_category, name)
    dseq = last_group(shop)
    shop.till.write(record_verdict, dseq, "rejected", "invalid", "name: empty", {})
    return dseq


def overtaken_price(shop: Shop) -> str:
    """The milk's price was settled here, but the server had taken Grace's decision first."""
    conflict_id = price_conflict(shop)
    for dseq in range(1, last_group(shop) + 1):
        shop.till.write(record_verdict, dseq, "applied", "", "", {})
    shop.till.write(conflicts.settle, conflict_id, {"price_minor": 450})
    shop.till.write(
        record_verdict, last_group(shop), "superseded", "already_settled", "", {"store": 9}
    )

    def first(uow: UnitOfWork) -> None:
        uow.edit(Conflict, conflict_id, state="settled", settled_by=shop.cashier.id)

    shop.till.write(first)
    return conflict_id


def raised(
    shop: Shop,
    kind: str,
    fields: dict[str, Any],
    *,
    title: str,
    record_type: str = "product",
    record_id: str = "",
    reason: str = "",
) -> str:
    """Put an open conflict into the database; its id."""
    other = other_till(shop)
    here = shop.till.identity.device_id
    at_us = shop.clock.us

    def insert(uow: UnitOfWork) -> str:
        conflict = Conflict(
            id=uow.new_id(),
            kind=kind,
            record_type=record_type,
            record_id=record_id or shop.milk.id,
            title=title,
            fields_json=json.dumps(fields),
            device_id=other,
            user_id=shop.cashier.id,
            at_us=at_us - 300_000_000,
            remote_device_id=here,
            remote_user_id=shop.manager.id,
            remote_at_us=at_us - 900_000_000,
            local_vector=json.dumps({here: 3}),
            remote_vector=json.dumps({here: 9}),
            reason=reason,
        )
        uow.insert(conflict)
        return conflict.id

    return shop.till.write(insert)


def _other_till(uow: UnitOfWork) -> None:
    if uow.get(Till, OTHER_TILL) is None:
        store = uow.identity.store_id
        uow.insert(Till(id=OTHER_TILL, store_id=store, code="T02", name="Till T02"))


def _second_barcode(uow: UnitOfWork, code: str, product_id: str) -> Barcode:
    barcode = Barcode(id=uow.new_id(), code=code, product_id=product_id)
    uow.insert(barcode)
    return barcode


def number_twice(shop: Shop) -> str:
    """Two tills printed receipts with one number."""
    number = "S01-T02-000017"
    return raised(
        shop,
        "flag",
        {"receipt_number": clash(None, number, number)},
        title=number,
        record_type="sale",
        record_id="01890000-0000-7000-8000-0000000000f1",
    )


def many_conflicts(shop: Shop) -> list[str]:
    """One of each kind, and two more of the plain sort; their ids."""
    two_fields = {
        "name": clash("Rye bread", "Rye loaf", "Dark rye bread"),
        "price_minor": clash(349, 375, 389),
        "min_age": clash(0, 0, 16),
    }
    held = {name: sides["remote"] for name, sides in two_fields.items()}
    shop.till.write(lambda uow: uow.edit(Product, shop.bread.id, **held))
    return [
        price_conflict(shop),
        raised(shop, "field", two_fields, title="Rye bread", record_id=shop.bread.id),
        barcode_conflict(shop, "4006381333931"),
        number_twice(shop),
        deletion_conflict(shop),
    ]
