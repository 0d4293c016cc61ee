"""The first run of a till that has no server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localdb.domain.records import Setting, Store, TaxClass, User
from localdb.domain.records import Till as TillRecord
from localdb.domain.settings import PREFIX, checked
from localdb.errors import Refusal
from localdb.services import catalogue, people
from localdb.store.identity import TillIdentity, load_identity, save_identity
from localdb.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShop:
    """What a shop's owner says at the first run."""

    store_name: str
    manager_name: str
    manager_pin: str
    store_code: str = "S01"
    till_code: str = "T01"
    currency: str = "EUR"
    timezone: str = "UTC"
    address: str = ""
    country: str = ""
    """ISO 3166, such as `DE`."""
    vat_number: str = ""


def stand_alone(uow: UnitOfWork, shop: NewShop) -> User:
    """Set this till up on its own: an organisation, a store, a till and its manager.

    All ids are the till's own, so that it can be enrolled later with its history. Raises Refusal
    when the till is set up already.
    """
    if load_identity(uow.connection) is not None:
        raise Refusal("This till is already set up.")
    identity = TillIdentity(
        org_id=uow.new_id(),
        store_id=uow.new_id(),
        device_id=uow.new_id(),
        till_code=shop.till_code,
        store_code=shop.store_code,
    )
    save_identity(uow.connection, identity)
    store = Store(
        id=identity.store_id,
        code=shop.store_code,
        name=shop.store_name,
        address=shop.address,
        currency=shop.currency,
        timezone=shop.timezone,
        country=shop.country,
        vat_number=shop.vat_number,
    )
    till = TillRecord(
        id=identity.device_id,
        store_id=store.id,
        code=shop.till_code,
        name=f"Till {shop.till_code}",
    )
    uow.insert(store, till)
    return people.create(uow, shop.manager_name, "manager", shop.manager_pin)


@dataclass(frozen=True, slots=True)
class NewTaxClass:
    """A tax class that a new shop begins with: its taxes by name, in parts per million."""

    code: str
    name: str
    rates_ppm: Mapping[str, int]
    included: bool = True


def choose_taxes(
    uow: UnitOfWork, classes: Sequence[NewTaxClass], *, cash_step_minor: int = 1
) -> None:
    """Give a new shop its taxes; the first is what goods without a product are sold under.

    ``cash_step_minor`` is what cash amounts are rounded to. Does nothing where there are taxes.
    """
    if uow.find(TaxClass):
        return
    for one in classes:
        catalogue.add_tax_class(uow, one.code, one.name, dict(one.rates_ppm), included=one.included)
    _decide(uow, "open_item_tax", classes[0].code)
    if cash_step_minor > 1:
        _decide(uow, "cash_step_minor", str(cash_step_minor))


def choose_keyboard(uow: UnitOfWork) -> None:
    """A new shop's tills show a keyboard of their own; does nothing where that is decided."""
    if not any(one.key == f"{PREFIX}keyboard" for one in uow.find(Setting)):
        _decide(uow, "keyboard", "1")


def _decide(uow: UnitOfWork, name: str, text: str) -> None:
    checked(name, text)
    uow.insert(Setting(id=uow.new_id(), key=PREFIX + name, value=text))
