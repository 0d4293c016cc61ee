"""Cards, credit, points and accounts: loaded and spent at tills that cannot see each other."""

import random
from dataclasses import dataclass
from datetime import UTC

from localdb.domain.balances import account_line, card_line
from localdb.domain.business_day import business_day
from localdb.domain.cart import Cart
from localdb.domain.claims import HELD_CART, NO_WORD, SALE_LINE, Wish, Word
from localdb.domain.methods import FROM_BALANCE, GIFT_CARD, STORE_CREDIT
from localdb.domain.records import Customer, GiftCard, HeldCart, Sale, SaleLine
from localdb.domain.tender import Tender
from localdb.errors import Refusal
from localdb.queries import balances
from localdb.services import customers
from localdb.services import settings as shop_settings
from localdb.store.unit_of_work import UnitOfWork
from sync.client.channel import InlineChannel
from sync.client.claims import Claims
from tests.simulation import actions
from tests.simulation.till import SimTill

CARDS = ("GC-1", "GC-2")
"""The codes of cards: few, so that two tills meet on one."""
EVERYTHING_MINOR = 10**9
LIMIT_MINOR = 2_000
"""What every customer with an account may owe."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose balance, and of which kind."""

    kind: str
    id: str


def load_card(till: SimTill, rng: random.Random) -> None:
    """Sell a gift card, or load one that somebody sold before."""

    def rung(uow: UnitOfWork) -> Cart:
        code = rng.choice(CARDS)
        known = uow.find(GiftCard, code=code)
        card = known[0] if known else GiftCard(id=uow.new_id(), code=code)
        if not known:
            uow.insert(card)
        amount = 100 * rng.randrange(1, 20)
        return Cart().add(card_line(uow.new_id(), card, amount, is_new=not known))

    till.cart = till.write(rung)
    actions.sell(till, rng)


def open_account(till: SimTill, rng: random.Random) -> None:
    """Let a customer buy on account, and have the shop give points."""
    till.write(shop_settings.change, "points_per_unit", "10")
    till.write(shop_settings.change, "point_minor", "1")
    till.write(customers.change, _customer(till, rng).id, credit_limit_minor=LIMIT_MINOR)


def pay_off(till: SimTill, rng: random.Random) -> None:
    """A customer pays something of what is owed."""
    one = _customer(till, rng)
    amount = 100 * rng.randrange(1, 10)
    till.cart = till.write(lambda uow: Cart().add(account_line(uow.new_id(), one, amount)))
    actions.sell(till, rng)


def credit_back(till: SimTill, rng: random.Random) -> None:
    """Refund a sale to a customer's store credit."""
    actions.open_shift(till)
    one = _customer(till, rng)
    sold = till.write(lambda uow: uow.find(Sale, kind="sale"))
    if sold:

        def pay(tender: Tender) -> Tender:
            return tender.pay(STORE_CREDIT, account_id=one.id)

        actions.refund_of(till, rng.choice(sold), rng, pay)


def spend(till: SimTill, rng: random.Random) -> None:
    """Pay a sale from a balance, as far as the server grants or the till knows; the rest in cash.

    Now and then a till does what it does offline: it asks nobody.
    """
    spend_from(till, rng, _account(till, rng), asking=rng.random() < 0.5)


def spend_from(till: SimTill, rng: random.Random, account: Account, *, asking: bool) -> None:
    """Pay a sale from this balance."""
    actions.open_shift(till)
    cart = till.write(actions.rung, Cart(), rng)
    if account.kind != GIFT_CARD:
        cart = cart.set_customer(account.id, "Customer")
    due = actions.due_minor(till, cart)
    word = _asked(till, account, due) if asking else NO_WORD
    minor = _spendable(till, account, word)
    tender = Tender(due, actions.EURO)
    amount = min(minor, due if rng.random() < 0.7 else rng.randrange(due + 1))
    if amount > 0:
        tender = tender.pay(account.kind, amount, account_id=account.id)
    if not tender.is_complete:
        tender = tender.pay_cash()
    till.cart = cart
    actions.charge(till, cart, tender)


def ask_for_cart(till: SimTill, rng: random.Random) -> None:
    """Ask for a cart that was set aside, as whoever recalls it does."""
    held = till.write(lambda uow: uow.find(HeldCart))
    _claimed(till, HELD_CART, [one.id for one in held], rng, 1)


def ask_for_line(till: SimTill, rng: random.Random) -> None:
    """Ask for what may still be given back of a line that was sold."""
    sold = till.write(lambda uow: uow.find(SaleLine))
    _claimed(till, SALE_LINE, [one.id for one in sold], rng, 1_000)


def _claimed(till: SimTill, kind: str, ids: list[str], rng: random.Random, amount: int) -> None:
    if till.enrolled:
        id_ = rng.choice([*ids, till.write(lambda uow: uow.new_id())])
        Claims(till.database, InlineChannel(till.gateway)).ask(Wish(kind, id_, amount))


def known_balances(till: SimTill) -> dict[tuple[str, str], int]:
    """(kind, account) -> what a till takes to be there, for each account that it ever heard of."""
    sql = (
        "SELECT kind, account_id FROM balance_checkpoint "
        "UNION SELECT kind, account_id FROM balance_movement"
    )
    with till.database.read() as conn:
        known = conn.exec_driver_sql(sql).all()
        return {(row[0], row[1]): balances.balance(conn, row[0], row[1]) for row in known}


def claimable(till: SimTill) -> dict[tuple[str, str], int | None]:
    """(kind, account) -> how much of it the server lets a till have, which gives it up at once."""
    claims = Claims(till.database, InlineChannel(till.gateway))
    found: dict[tuple[str, str], int | None] = {}
    for kind, account_id in known_balances(till):
        found[kind, account_id] = claims.ask(Wish(kind, account_id, EVERYTHING_MINOR)).granted
        claims.ask(Wish(kind, account_id, 0))
    return found


def _account(till: SimTill, rng: random.Random) -> Account:
    kind = rng.choice((GIFT_CARD, GIFT_CARD, *FROM_BALANCE))
    if kind == GIFT_CARD:
        cards = till.write(lambda uow: uow.find(GiftCard, deleted=False))
        if not cards:
            load_card(till, rng)
            raise Refusal("There were no cards.")
        return Account(kind, rng.choice(cards[:2]).id)
    return Account(kind, _customer(till, rng).id)


def _customer(till: SimTill, rng: random.Random) -> Customer:
    known = till.write(lambda uow: uow.find(Customer, deleted=False))
    # The first few, so that people meet on the same ones.
    return rng.choice(known[:2]) if known else till.write(customers.create, "Cust", phone="1")


def _asked(till: SimTill, account: Account, minor: int) -> Word:
    if not till.enrolled:
        return NO_WORD
    claims = Claims(till.database, InlineChannel(till.gateway))
    # A point is worth one minor unit here.
    return claims.ask(Wish(account.kind, account.id, minor))


def _spendable(till: SimTill, account: Account, word: Word) -> int:
    day = business_day(till.now_us(), UTC)
    return till.ask(
        balances.spendable, account.kind, account.id, day=day, granted_minor=word.granted
    ).minor
