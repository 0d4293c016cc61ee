"""The methods of payment: those every till knows, and a shop's own ``PaymentMethod`` records."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from string import ascii_uppercase

from localdb.domain.records import PaymentMethod

CASH = "cash"
"""The only method that gives change, is rounded to coins and lies in the drawer."""
CARD = "card"
UPI = "upi"
WALLET = "wallet"
GIFT_CARD = "gift_card"
STORE_CREDIT = "store_credit"
POINTS = "points"
"""Loyalty points, at what the shop says a point is worth."""
ON_ACCOUNT = "on_account"
"""Owed by the customer, to be paid later."""
COUPON = "coupon"
EXCHANGE = "exchange"
"""What a refund leaves for the sale beside it; the two sum to nothing."""

METHODS = (
    CASH, CARD, UPI, WALLET, GIFT_CARD, STORE_CREDIT, POINTS, ON_ACCOUNT, COUPON, EXCHANGE,
)  # fmt: skip
FROM_BALANCE = (GIFT_CARD, STORE_CREDIT, POINTS, ON_ACCOUNT)
"""Methods that move a balance: its kind has the method's name."""
FROM_CUSTOMER = (STORE_CREDIT, POINTS, ON_ACCOUNT)
"""Those whose balance is the customer's: without one they pay nothing."""
TIP_KEY = "T"
"""The letter of the tip on the charge screen; no method has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a payment can be made."""

    code: str
    name: str
    kind: str = "other"
    """``cash``, ``card`` (a terminal can be asked), ``upi``, ``wallet``, ``balance``, ``other``."""
    key: str = ""
    """The letter that chooses it on the charge screen."""
    asks_reference: bool = False
    opens_drawer: bool = False
    position: int = 0

    @property
    def carries_tip(self) -> bool:
        """Whether a tip can be given with it: only with money the customer pays now."""
        return self.kind not in ("balance", "other") or self.code not in METHODS

    @property
    def needs_customer(self) -> bool:
        return self.code in FROM_CUSTOMER


BUILT_IN = {
    method.code: method
    for method in (
        Method(code=CASH, name="Cash", kind="cash", opens_drawer=True),
        Method(code=CARD, name="Card", kind="card", key="C", position=10),
        Method(code=UPI, name="UPI", kind="upi", key="U", position=20),
        Method(code=WALLET, name="Wallet", kind="wallet", key="W", position=30),
        Method(code=GIFT_CARD, name="Gift card", kind="balance", key="G", position=40),
        Method(code=COUPON, name="Coupon", key="K", position=50),
        Method(code=STORE_CREDIT, name="Store credit", kind="balance", key="S", position=60),
        Method(code=POINTS, name="Points", kind="balance", key="P", position=70),
        Method(code=ON_ACCOUNT, name="On account", kind="balance", key="A", position=80),
        Method(code=EXCHANGE, name="Exchange"),
    )
}
OWN_POSITION = 100
"""Where a shop's own methods begin, after the built-in ones."""
_WHERE = {UPI: ("INR",)}
"""Built-in methods that are at home under some currencies only; a record offers them elsewhere."""


def known(records: Iterable[PaymentMethod]) -> dict[str, Method]:
    """Every method by its code, also those no longer offered: old receipts name them.

    A record of a built-in code changes its name and place. Of two records with one code, as two
    offline tills may make, the older one counts.
    """
    methods = dict(BUILT_IN)
    for record in sorted(records, key=lambda r: r.id, reverse=True):
        if record.code == EXCHANGE:
            continue
        built_in = BUILT_IN.get(record.code)
        methods[record.code] = Method(
            code=record.code,
            name=record.name,
            kind=built_in.kind if built_in else record.kind,
            key=built_in.key if built_in else "",
            asks_reference=record.asks_reference,
            opens_drawer=record.opens_drawer or record.code == CASH,
            position=record.position if built_in else OWN_POSITION + record.position,
        )
    return methods


def in_force(records: Iterable[PaymentMethod]) -> dict[str, PaymentMethod]:
    """The record of each code, of two the older one; what was deleted is left out."""
    live = [record for record in records if not record.deleted]
    return {r.code: r for r in sorted(live, key=lambda r: r.id, reverse=True)}


def offered(
    records: Iterable[PaymentMethod], currency: str, *, takes_points: bool = False
) -> tuple[Method, ...]:
    """The methods of the charge screen in their order, cash first, each with a letter of its own.

    A built-in method is left out by an inactive record of its code.
    """
    rows = [record for record in records if not record.deleted]
    oldest = in_force(rows)
    shown = []
    for method in known(rows).values():
        record = oldest.get(method.code)
        at_home = currency in _WHERE.get(method.code, (currency,))
        if method.code == EXCHANGE or (method.code == POINTS and not takes_points):
            continue
        if method.code == CASH or (record.active if record else at_home):
            shown.append(method)
    order = sorted(shown, key=lambda m: (m.code != CASH, m.position, m.name, m.code))
    return _with_keys(order)


def _with_keys(methods: list[Method]) -> tuple[Method, ...]:
    """Give each a letter: the first free one of its name, else any that is left."""
    taken = {TIP_KEY, *(method.key for method in methods)}
    keyed = []
    for method in methods:
        if method.code != CASH and not method.key:
            letters = [*method.name.upper(), *ascii_uppercase]
            free = (c for c in letters if c in ascii_uppercase and c not in taken)
            method = replace(method, key=next(free, ""))
            taken.add(method.key)
        keyed.append(method)
    return tuple(keyed)
