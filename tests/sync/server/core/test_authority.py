"""What a till may change: its enrolment, its revocation and the person named decide."""

from dataclasses import replace
from typing import Any

import pytest

from localdb.domain.guards import GUARDS
from localdb.domain.ops import Group, Op
from localdb.domain.permissions import Permission, write_permissions
from localdb.domain.pin import hash_pin
from localdb.domain.records import (
    REFERENCES,
    Conflict,
    Customer,
    GiftCard,
    Product,
    Record,
    Role,
    Setting,
    Store,
    TaxRate,
    User,
)
from sync.server.core import authority
from sync.server.core.authority import (
    NO_PERMISSION,
    PLAIN_TILL,
    REVOKED,
    THE_SERVER,
    People,
    Sender,
)
from sync.server.core.decisions import Decision, decide
from tests.sync.server.deciding import HERE, NEW_ID, NOW_US, STORE, World
from tests.sync.server.tills import Shop, edit, insert, product

PLAIN, MANAGING, STOLEN = Sender(), Sender(manages=True), Sender(manages=True, revoked_at=1)
PIN = hash_pin("4321", bytes(16))


def person(role: str, **changes: Any) -> User:
    """Somebody who works here."""
    return User(**{"id": NEW_ID(), "name": role, "role": role, "pin_hash": PIN} | changes)


class Staffed(World):
    """A shop with a manager, a cashier, goods and a role of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.manager, self.cashier = person("manager"), person("cashier")
        self.beans = product()
        self.do(HERE, *map(insert, (self.manager, self.cashier, self.beans)))

    def send(
        self,
        sender: Sender,
        user: User | None,
        *ops: Op,
        approved_by: User | None = None,
        device: str = HERE,
    ) -> Decision:
        """A till's next group, in somebody's name."""
        dseq = self.dseqs[device] = self.dseqs.get(device, 0) + 1
        names = (user.id if user else None, approved_by.id if approved_by else None)
        group = Group(NEW_ID(), device, dseq, STORE, names[0], NOW_US, ops, approved_by=names[1])
        self.snapshot.people = replace(
            self.snapshot.people, users=self._rows("user"), roles=self._rows("role")
        )
        decision = decide(group, self.snapshot, NEW_ID, NOW_US, sender)
        self.snapshot.apply(decision)
        return decision

    def _rows(self, type_name: str) -> dict[str, Any]:
        return {key[1]: row for key, row in self.snapshot.rows.items() if key[0] == type_name}

    def has(self, record: Record) -> bool:
        """Whether a record is there and in use."""
        row = self.snapshot.rows.get((record.TYPE, record.id))
        return row is not None and not row.values["deleted"]


def repriced(beans: Product, price_minor: int = 1) -> Op:
    return edit(Product, beans.id, {"price_minor": 400}, {"price_minor": price_minor})


def new_pin(user: User, pin: str = "9999") -> Op:
    hashed = hash_pin(pin, bytes(16))
    return edit(User, user.id, {"pin_hash": user.pin_hash}, {"pin_hash": hashed})


def settled(conflict: dict[str, Any], **chosen: Any) -> tuple[Op, Op]:
    """The group of a manager who decides a conflict, as the till writes it."""
    key = (conflict["record_type"], conflict["record_id"])
    before = {name: conflict["fields"][name]["remote"] for name in chosen}
    return (
        edit(Conflict, conflict["id"], {"state": "open"}, {"state": "settled"}),
        Op("edit", *key, before=before, after=chosen),
    )


def test_every_reference_says_what_changing_it_takes() -> None:
    """A record type that nobody thought of must not be everybody's to change."""
    assert GUARDS.keys() == {record.TYPE for record in REFERENCES}


def test_a_manager_reprices_at_a_plain_till() -> None:
    """What the catalogue page does today works at any till, for whoever may."""
    shop = Staffed()
    assert shop.send(PLAIN, shop.manager, repriced(shop.beans, 350)).kind == "applied"
    assert shop.value(shop.beans, "price_minor") == 350


def test_a_cashiers_price_waits_for_a_manager() -> None:
    """Nothing of it is applied, nothing is lost, and a manager takes it with one decision."""
    shop = Staffed()
    assert shop.send(MANAGING, shop.cashier, repriced(shop.beans)).kind == "conflict"
    assert shop.value(shop.beans, "price_minor") == 400
    (waiting,) = shop.conflicts()
    assert (waiting["reason"], waiting["kind"]) == (NO_PERMISSION, "field")
    assert waiting["fields"] == {"price_minor": {"base": 400, "local": 1, "remote": 400}}
    shop.send(PLAIN, shop.manager, *settled(waiting, price_minor=1))
    assert shop.value(shop.beans, "price_minor") == 1
    assert not shop.conflicts()


def test_whoever_allowed_it_stands_in_for_the_cashier() -> None:
    """A manager's PIN at the cashier's till is the manager's permission."""
    shop = Staffed()
    ana = Customer(id=NEW_ID(), name="Ana")
    limit = edit(Customer, ana.id, {"credit_limit_minor": 0}, {"credit_limit_minor": 9_000})
    assert shop.send(PLAIN, shop.cashier, insert(ana)).kind == "applied"
    assert shop.send(PLAIN, shop.cashier, limit).kind == "conflict"
    assert shop.value(ana, "credit_limit_minor") == 0
    assert shop.send(PLAIN, shop.cashier, limit, approved_by=shop.manager).kind == "conflict"
    shop.send(PLAIN, shop.manager, *settled(shop.conflicts()[0], credit_limit_minor=0))
    assert shop.send(PLAIN, shop.cashier, limit, approved_by=shop.manager).kind == "applied"
    assert shop.value(ana, "credit_limit_minor") == 9_000


def test_of_one_edit_only_what_is_not_allowed_waits() -> None:
    """A cashier's new phone number holds, the freedom from tax beside it does not."""
    shop = Staffed()
    ana = Customer(id=NEW_ID(), name="Ana", phone="1", tax_exempt=True)
    assert shop.send(PLAIN, shop.cashier, insert(ana)).kind == "conflict"
    assert (shop.value(ana, "phone"), shop.value(ana, "tax_exempt")) == ("1", False)
    both = edit(
        Customer,
        ana.id,
        {"phone": "1", "credit_limit_minor": 0},
        {"phone": "2", "credit_limit_minor": 5},
    )
    shop.send(PLAIN, shop.cashier, both)
    assert (shop.value(ana, "phone"), shop.value(ana, "credit_limit_minor")) == ("2", 0)
    (waiting,) = shop.conflicts()
    assert waiting["fields"].keys() == {"tax_exempt", "credit_limit_minor"}


@pytest.mark.parametrize("sender", [PLAIN, STOLEN], ids=["plain", "revoked"])
def test_no_plain_or_revoked_till_touches_people_settings_stores_or_taxes(sender: Sender) -> None:
    """Not in a manager's name either: the till itself says who was signed in."""
    shop = Staffed()
    store = Store(id=STORE, code="S01", name="Main street")
    setting = Setting(id=NEW_ID(), key="shop.cash_step_minor", value="5")
    rate = TaxRate(id=NEW_ID(), tax_class_id=NEW_ID(), name="VAT", rate_ppm=190_000)
    shop.do(HERE, *map(insert, (store, setting, rate)))
    before = {key: row.values for key, row in shop.snapshot.rows.items()}
    thief = person("manager", name="Mallory")
    role = Role(id=NEW_ID(), code="cashier", name="Cashier", permissions='["people"]')
    ops = (
        new_pin(shop.manager),
        edit(User, shop.cashier.id, {"role": "cashier"}, {"role": "manager"}),
        insert(thief),
        insert(role),
        edit(Store, STORE, {"timezone": "UTC"}, {"timezone": "Mars/Base"}),
        edit(Setting, setting.id, {"value": "5"}, {"value": "1000"}),
        edit(TaxRate, rate.id, {"rate_ppm": 190_000}, {"rate_ppm": 0}),
    )
    for op in ops:
        assert shop.send(sender, shop.manager, op).kind == "conflict"
    assert all(shop.snapshot.rows[key].values == values for key, values in before.items())
    assert not shop.has(thief)
    assert not shop.has(role)
    reason = PLAIN_TILL if sender is PLAIN else REVOKED
    assert [one["reason"] for one in shop.conflicts()] == [reason] * len(ops)


def test_a_till_that_manages_does_what_its_person_may() -> None:
    """There the same edits are applied for a manager, and not for a cashier."""
    shop = Staffed()
    assert shop.send(MANAGING, shop.cashier, new_pin(shop.manager)).kind == "conflict"
    assert shop.send(MANAGING, shop.manager, new_pin(shop.cashier)).kind == "applied"
    assert shop.send(MANAGING, None, insert(person("cashier"))).kind == "applied"
    assert shop.send(PLAIN, None, insert(product())).kind == "conflict"


def test_nobody_gives_what_they_do_not_have() -> None:
    """A role that manages people makes no manager, and no role beyond itself."""
    shop = Staffed()
    lead = Role(
        id=NEW_ID(),
        code="lead",
        name="Lead",
        permissions=write_permissions([Permission.PEOPLE, Permission.CATALOGUE]),
    )
    anna = person("lead")
    shop.send(MANAGING, shop.manager, insert(lead), insert(anna))
    promoted = edit(User, anna.id, {"role": "lead"}, {"role": "manager"})
    assert shop.send(MANAGING, anna, promoted).kind == "conflict"
    more = write_permissions([*Permission])
    wider = edit(Role, lead.id, {"permissions": lead.permissions}, {"permissions": more})
    assert shop.send(MANAGING, anna, wider).kind == "conflict"
    assert shop.send(MANAGING, anna, new_pin(shop.manager)).kind == "conflict"
    assert shop.send(MANAGING, anna, insert(person("lead"))).kind == "applied"


def test_rights_are_judged_as_they_were_before_the_group() -> None:
    """A group that makes its own author a manager gains nothing by it."""
    shop = Staffed()
    promoted = edit(User, shop.cashier.id, {"role": "cashier"}, {"role": "manager"})
    shop.send(MANAGING, shop.cashier, promoted, repriced(shop.beans))
    assert shop.value(shop.cashier, "role") == "cashier"
    assert shop.value(shop.beans, "price_minor") == 400


@pytest.mark.parametrize("gone", [{"active": False}, {"deleted": True}], ids=str)
def test_who_left_may_nothing(gone: dict[str, bool]) -> None:
    """What somebody does after the server knows that they left waits for a manager."""
    shop = Staffed()
    leaver = person("manager", **gone)
    shop.do(HERE, insert(leaver))
    assert shop.send(MANAGING, leaver, repriced(shop.beans)).kind == "conflict"
    nobody = person("manager")
    assert shop.send(MANAGING, nobody, repriced(shop.beans, 2)).kind == "conflict"


def test_a_one_time_pin_is_replaced_at_any_live_till() -> None:
    """Who was given a PIN chooses another where they stand; a lasting one is not changed so."""
    shop = Staffed()
    fresh = person("manager", pin_hash=hash_pin("123456", bytes(16), one_time=True))
    shop.do(HERE, insert(fresh))
    assert shop.send(STOLEN, fresh, new_pin(fresh)).kind == "conflict"
    shop = Staffed()
    shop.do(HERE, insert(fresh))
    assert shop.send(PLAIN, fresh, new_pin(fresh)).kind == "applied"
    assert shop.send(PLAIN, fresh, new_pin(fresh, "1111")).kind == "conflict"


def test_a_revoked_till_loses_no_sale_and_changes_nothing() -> None:
    """Facts beside a reference edit are taken; every edit waits, a new customer too."""
    shop = Staffed()
    moved = Op("insert", "stock_movement", NEW_ID(), values={"id": NEW_ID()})
    ana = Customer(id=NEW_ID(), name="Ana")
    decision = shop.send(STOLEN, shop.manager, moved, repriced(shop.beans), insert(ana))
    assert [fact.type for fact in decision.facts] == ["stock_movement"]
    assert decision.enters_streams
    assert shop.value(shop.beans, "price_minor") == 400
    assert not shop.has(ana)
    let_in = next(one for one in shop.conflicts() if one["record_id"] == ana.id)
    assert (let_in["kind"], let_in["title"]) == ("delete", "Ana")
    shop.send(MANAGING, shop.manager, *settled(let_in, deleted=False))
    assert shop.has(ana)


def test_no_till_settles_what_it_may_not_change_itself() -> None:
    """A thief does not let his own changes in; a plain till settles prices and no PINs."""
    shop = Staffed()
    shop.send(PLAIN, shop.manager, new_pin(shop.manager))
    (waiting,) = shop.conflicts()
    wanted = waiting["fields"]["pin_hash"]["local"]
    for sender, user in ((PLAIN, shop.manager), (STOLEN, shop.manager), (MANAGING, shop.cashier)):
        decision = shop.send(sender, user, *settled(waiting, pin_hash=wanted))
        assert (decision.kind, decision.code) == ("superseded", "not_permitted")
    assert shop.value(shop.manager, "pin_hash") == PIN
    shop.send(MANAGING, shop.manager, *settled(waiting, pin_hash=wanted))
    assert shop.value(shop.manager, "pin_hash") == wanted


def test_a_settlement_gives_no_right_to_what_is_not_in_dispute() -> None:
    """Who may decide conflicts and no prices decides the name in dispute, and no price with it."""
    shop = Staffed()
    may = write_permissions([Permission.CONFLICTS])
    judge = Role(id=NEW_ID(), code="judge", name="Judge", permissions=may)
    anna = person("judge")
    shop.send(MANAGING, shop.manager, insert(judge), insert(anna))
    renamed = edit(Product, shop.beans.id, {"name": shop.beans.name}, {"name": "Better beans"})
    shop.send(PLAIN, shop.cashier, renamed)
    (waiting,) = shop.conflicts()
    shop.send(PLAIN, anna, *settled(waiting, name="Better beans"), repriced(shop.beans))
    assert shop.value(shop.beans, "name") == "Better beans"
    assert shop.value(shop.beans, "price_minor") == 400
    (other,) = shop.conflicts()
    assert (other["reason"], other["fields"].keys()) == (NO_PERMISSION, {"price_minor"})


def test_naming_a_conflict_without_deciding_it_gives_no_right() -> None:
    """A note about a conflict is no settlement: the field in dispute stays as it was."""
    shop = Staffed()
    may = write_permissions([Permission.CONFLICTS])
    judge = Role(id=NEW_ID(), code="judge", name="Judge", permissions=may)
    anna = person("judge")
    shop.send(MANAGING, shop.manager, insert(judge), insert(anna))
    shop.send(PLAIN, shop.cashier, repriced(shop.beans, 1))
    (waiting,) = shop.conflicts()
    noted = edit(Conflict, waiting["id"], {"settled_by": None}, {"settled_by": anna.id})
    shop.send(PLAIN, anna, noted, repriced(shop.beans, 2))
    assert shop.value(shop.beans, "price_minor") == 400


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thief fills no manager's list: beyond a number the facts alone are taken."""
    monkeypatch.setattr(authority, "WAITING_MAX", 3)
    shop = Staffed()
    for _ in range(3):
        shop.send(STOLEN, shop.manager, insert(product()))
    moved = Op("insert", "stock_movement", NEW_ID(), values={"id": NEW_ID()})
    decision = shop.send(STOLEN, shop.manager, moved, insert(product()))
    assert (decision.kind, decision.code) == ("superseded", "not_permitted")
    assert len(decision.facts) == 1
    assert len(shop.conflicts()) == 3


def test_a_cashier_makes_a_gift_card_and_unblocks_none() -> None:
    """Loading a card makes it; what a lost card is worth is a manager's decision."""
    shop = Staffed()
    card = GiftCard(id=NEW_ID(), code="77", expires_day=20301231)
    assert shop.send(PLAIN, shop.cashier, insert(card)).kind == "applied"
    blocked = edit(GiftCard, card.id, {"active": True}, {"active": False})
    assert shop.send(PLAIN, shop.cashier, blocked).kind == "conflict"


def test_the_servers_own_edits_ask_nobody() -> None:
    """Commands and the API are the organisation's own device."""
    shop = Staffed()
    assert shop.send(THE_SERVER, None, new_pin(shop.manager)).kind == "applied"
    assert People().waiting == {}


# ---------------------------------------------------------------- over the wire


def test_a_stolen_till_takes_no_shop_over(shop: Shop) -> None:
    """Revoked, it hands its sales over: no PIN, manager, price or time zone of its is applied."""
    office, stolen = shop.till(), shop.till(manages=None)
    manager, beans = person("manager"), product()
    office.send(insert(manager), insert(beans))
    shop.operator.run(lambda backend: backend.devices.revoke(shop.org_id, stolen.id))
    thief = person("manager", name="Mallory")
    zone = edit(Store, shop.store_id, {"timezone": "UTC"}, {"timezone": "Europe/Berlin"})
    named: dict[str, Any] = {"user_id": manager.id}
    verdicts = stolen.push(
        stolen.group(*map(insert, stolen.sale(beans.id)), repriced(beans), **named),
        stolen.group(new_pin(manager), insert(thief), zone, **named),
    )
    assert [verdict.kind for verdict in verdicts] == ["conflict", "conflict"]
    assert shop.rows("SELECT count(*) FROM sale") == [(1,)]
    assert shop.rows("SELECT price_minor FROM product") == [(400,)]
    assert shop.rows("SELECT timezone FROM store") == [("UTC",)]
    assert shop.rows('SELECT name, pin_hash FROM "user" WHERE NOT deleted') == [("manager", PIN)]
    reasons = shop.rows("SELECT reason, count(*) FROM conflict WHERE state = 'open' GROUP BY 1")
    assert reasons == [("revoked", 4)]


def test_a_revoked_till_gets_one_successor(shop: Shop) -> None:
    """Asking again under new requests makes no device after the first, by neither's token."""
    shop.till()
    stolen = shop.till()
    shop.operator.run(lambda backend: backend.devices.revoke(shop.org_id, stolen.id))

    def ask(http: Any) -> Any:
        body = {"request_id": NEW_ID(), "reason": "fork", "dseq_after": 0}
        return http.post("/v1/reenrol", json=body)

    first = ask(stolen.http)
    assert first.status_code == 200
    assert ask(stolen.http).json()["code"] == "device_revoked"
    stolen.http.headers["Authorization"] = f"Bearer {first.json()['token']}"
    assert ask(stolen.http).json()["code"] == "device_revoked"
    assert shop.rows("SELECT count(*) FROM device WHERE store_id IS NOT NULL") == [(3,)]


def test_the_first_till_manages_and_the_next_do_not(shop: Shop) -> None:
    """A shop begins with somebody who can decide; a code may say otherwise, either way."""
    shop.till(manages=None)
    shop.till(manages=None)
    shop.till(manages=True)
    shop.till(manages=False)
    found = shop.rows(
        "SELECT manages FROM device WHERE store_id IS NOT NULL ORDER BY enrolled_at, device_id"
    )
    assert found == [(True,), (False,), (True,), (False,)]
