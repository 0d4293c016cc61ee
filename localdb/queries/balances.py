"""What is on a gift card, and what a customer has in credit and points, or owes.

A balance is the newest checkpoint of the server plus the movements that this till holds beyond it:
its own, sent or not, and those of its store's other tills.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from localdb.domain.barcode import normalise
from localdb.domain.methods import GIFT_CARD, ON_ACCOUNT, POINTS, STORE_CREDIT
from localdb.domain.records import BALANCE_KINDS, Customer, GiftCard
from localdb.domain.settings import ShopSettings
from localdb.errors import Refusal
from localdb.queries import settings
from localdb.queries.shared_codes import first_accepted
from localdb.queries.unsent import unsent
from localdb.store.rows import get, to_json
from localdb.store.tables import TABLES

_CHECKPOINT, _CARD = TABLES["balance_checkpoint"], TABLES["gift_card"]
# The numbers of a checkpoint are unfolded once, not for each movement: a chain has many tills.
_BEYOND = (
    "WITH counted AS MATERIALIZED (SELECT key AS device, value AS dseq FROM json_each(?)) "
    "SELECT coalesce(sum(amount), 0) FROM balance_movement m LEFT JOIN counted "
    "ON device = m.origin_device WHERE account_id = ? AND kind = ? "
    "AND origin_dseq > coalesce(dseq, 0)"
)
_ALL = (
    "WITH wanted AS MATERIALIZED (SELECT value AS id FROM json_each(?)), "
    "summed AS MATERIALIZED (SELECT account_id, kind, amount, includes FROM balance_checkpoint "
    "WHERE NOT deleted AND account_id IN (SELECT id FROM wanted)), "
    "counted AS MATERIALIZED (SELECT account_id AS account, s.kind AS of_kind, j.key AS device, "
    "j.value AS dseq FROM summed s, json_each(s.includes) j) "
    "SELECT account_id, kind, amount FROM summed UNION ALL "
    "SELECT account_id, kind, sum(amount) FROM balance_movement m LEFT JOIN counted "
    "ON account = m.account_id AND of_kind = m.kind AND device = m.origin_device "
    "WHERE account_id IN (SELECT id FROM wanted) AND origin_dseq > coalesce(dseq, 0) "
    "GROUP BY account_id, kind"
)


@dataclass(frozen=True, slots=True)
class Spendable:
    """The most that an account pays now: ``minor`` in minor units, of a ``balance`` in its own.

    ``reason`` is a sentence for the cashier: why it pays nothing, or less than is there.
    """

    minor: int
    balance: int
    reason: str = ""


def balance(connection: Connection, kind: str, account_id: str) -> int:
    """What this till knows to be there: minor units, or points; on account, what is owed."""
    amount, includes = _checkpoint(connection, kind, account_id)
    beyond = connection.exec_driver_sql(_BEYOND, (includes, account_id, kind)).scalar_one()
    return amount + int(beyond)


def balances(connection: Connection, account_id: str) -> dict[str, int]:
    """All balances of one customer or card, by kind."""
    return of_accounts(connection, (account_id,))[account_id]


def of_accounts(connection: Connection, ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Account -> kind -> balance, of customers in a list."""
    wanted = list(ids)
    found = {account_id: dict.fromkeys(BALANCE_KINDS, 0) for account_id in wanted}
    for account_id, kind, amount in connection.exec_driver_sql(_ALL, (to_json(wanted),)):
        if kind in found[account_id]:
            found[account_id][kind] += amount
    return found


def spendable(
    connection: Connection,
    kind: str,
    account_id: str,
    *,
    day: int,
    taken_minor: int = 0,
    granted_minor: int | None = None,
) -> Spendable:
    """How much an account can pay towards a sale on a business ``day`` (YYYYMMDD).

    ``taken_minor`` is what payments of this same sale already take from it. ``granted_minor`` is
    what the server granted this sale just now; None when it was not asked or did not answer in
    time: then what the till knows decides, up to the shop's limit without the server.
    """
    shop = settings.in_force(connection)
    there = balance(connection, kind, account_id)
    worth, reason = _worth(connection, kind, account_id, there, day, shop)
    left = max((worth if granted_minor is None else granted_minor) - taken_minor, 0)
    if reason or not left:
        return Spendable(0, there, reason or _EMPTY[kind])
    if granted_minor is not None:
        return Spendable(_whole_points(kind, left, shop), there)
    if kind == ON_ACCOUNT:
        return Spendable(left, there)
    spent = max(unsent(connection, kind, account_id).used, 0)
    allowed = shop.gift_card_offline_minor - _minor(kind, spent, shop) - taken_minor
    if left <= allowed:
        return Spendable(left, there)
    return Spendable(_whole_points(kind, max(allowed, 0), shop), there, _OFFLINE)


def card_by_code(connection: Connection, text: str) -> GiftCard | None:
    """The gift card with a scanned or typed code, blocked or not; None when none is known here."""
    try:
        code = normalise(text).value
    except Refusal:
        return None
    live = select(_CARD, _CARD.c.id.label("claim")).where(
        _CARD.c.code == code, _CARD.c.deleted.is_(False)
    )
    found = first_accepted(connection, live.order_by(_CARD.c.version == 0, _CARD.c.id))
    return None if found is None else GiftCard.from_values(dict(found._mapping))


def card_trouble(card: GiftCard | None, day: int) -> str:
    """Why a card pays nothing on a business day (YYYYMMDD), whatever is on it; empty for none."""
    if card is None or card.deleted:
        return "This card isn't on this till. Scan it again."
    if not card.active:
        return "This card is blocked."
    if card.expires_day and day > card.expires_day:
        return "This card has expired."
    return ""


_OFFLINE = "The server cannot be asked: more than this may not be spent from it now."
_EMPTY = {
    GIFT_CARD: "Nothing is left on this card.",
    STORE_CREDIT: "This customer has no store credit left.",
    POINTS: "This customer has no points to spend.",
    ON_ACCOUNT: "This customer may not owe more. Take another payment.",
}


def _checkpoint(connection: Connection, kind: str, account_id: str) -> tuple[int, str]:
    wanted = (
        select(_CHECKPOINT.c.amount, _CHECKPOINT.c.includes)
        .where(_CHECKPOINT.c.account_id == account_id, _CHECKPOINT.c.kind == kind)
        .where(_CHECKPOINT.c.deleted.is_(False))
        .order_by(_CHECKPOINT.c.version.desc())
        .limit(1)
    )
    row = connection.execute(wanted).first()
    return (int(row.amount), str(row.includes)) if row else (0, "{}")


def _worth(
    connection: Connection, kind: str, account_id: str, there: int, day: int, shop: ShopSettings
) -> tuple[int, str]:
    """What an account is worth in payment, in minor units; or why it pays nothing at all."""
    if kind == GIFT_CARD:
        return there, card_trouble(get(connection, GiftCard, account_id), day)
    customer = get(connection, Customer, account_id)
    if customer is None or customer.deleted:
        return 0, "This customer isn't on this till. Choose another."
    if kind == ON_ACCOUNT:
        reason = "" if customer.credit_limit_minor else "This customer has no account to buy on."
        return customer.credit_limit_minor - there, reason
    if kind == POINTS and not shop.point_minor:
        return 0, "This shop takes no points in payment."
    return _minor(kind, there, shop), ""


def _minor(kind: str, amount: int, shop: ShopSettings) -> int:
    return amount * shop.point_minor if kind == POINTS else amount


def _whole_points(kind: str, minor: int, shop: ShopSettings) -> int:
    return minor - minor % shop.point_minor if kind == POINTS and shop.point_minor else minor
