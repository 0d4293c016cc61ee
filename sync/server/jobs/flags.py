"""Rules for suspicious facts: pure functions over what some groups brought.

A fact is never refused and never changed. What looks wrong becomes a conflict record of kind
``flag``, for a manager to look into. Its id follows from what it is about, so that the same facts
looked at again raise nothing new.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localdb.domain.balances import PAID
from localdb.domain.ids import derived_id
from localdb.domain.merge import Values
from localdb.domain.methods import GIFT_CARD, ON_ACCOUNT
from localdb.domain.ops import Group
from localdb.domain.records import (
    BalanceMovement,
    Conflict,
    Customer,
    GiftCard,
    JournalEntry,
    Payment,
    Product,
    Sale,
    SaleLine,
    Till,
)
from sync.server.core.journal_facts import Doubt

JUDGED = (Sale.TYPE, SaleLine.TYPE, Payment.TYPE, JournalEntry.TYPE, BalanceMovement.TYPE)
"""The fact types that the rules look at."""


@dataclass(frozen=True, slots=True)
class FactGroup:
    """The facts that one group brought, by type, and who wrote it when (that till's clock)."""

    device_id: str
    dseq: int
    user_id: str | None
    at_us: int
    facts: Mapping[str, Sequence[Values]]

    def of(self, type_name: str) -> Sequence[Values]:
        """Its facts of a type."""
        return self.facts.get(type_name, ())


@dataclass(frozen=True, slots=True)
class Questions:
    """What the rules need besides the groups themselves."""

    products: frozenset[str]
    refunded: frozenset[str]
    """Ids of sale lines of which something was given back."""
    numbers: frozenset[str]
    """Receipt numbers."""
    journal: Mapping[str, frozenset[int]]
    """Device -> journal numbers: those brought, and the one before each."""
    held_carts: frozenset[str]
    """Held carts that were sold."""
    accounts: frozenset[tuple[str, str]]
    """(kind, gift card or customer) that paid."""
    devices: frozenset[str] = frozenset()
    """The tills that brought the groups."""


@dataclass(frozen=True, slots=True)
class Account:
    """What all movements of an account sum to, whose it is, and how much may be owed on it."""

    amount: int
    name: str = ""
    limit_minor: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """The answers, from everything the server holds."""

    products: frozenset[str] = frozenset()
    """Those asked about that exist, deleted or not."""
    sold: Sequence[Values] = ()
    """The lines of which something was given back."""
    refunds: Sequence[Values] = ()
    """All lines that give something of these back."""
    sales: Sequence[Values] = ()
    """All sales under the numbers asked about."""
    journal: Sequence[Values] = ()
    """The entries under the journal numbers asked about."""
    sold_carts: Sequence[Values] = ()
    """All sales of the held carts asked about."""
    accounts: Mapping[tuple[str, str], Account] = field(default_factory=dict)
    """Those asked about."""
    revoked: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Device that was revoked -> when, and its till code."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One suspicion about one record."""

    record_type: str
    record_id: str
    title: str
    odd: Mapping[str, tuple[Any, Any]]
    """What is odd, a field or what it is compared with -> (what was found, what should be)."""
    by: FactGroup
    mark: str = ""
    """Tells two suspicions about one thing apart: how much was given back by then."""
    other: Values = field(default_factory=dict)
    """The earlier fact it collides with."""

    @property
    def id(self) -> str:
        """Of the conflict record: the time of what it is about, then a hash of what is odd."""
        about = "|".join((self.record_type, self.record_id, *sorted(self.odd), self.mark))
        return derived_id(self.record_id, about)

    def conflict(self) -> Conflict:
        """As the managers' tills receive it."""
        sides = {
            name: {"base": None, "local": found, "remote": expected}
            for name, (found, expected) in self.odd.items()
        }
        return Conflict(
            id=self.id,
            kind="flag",
            record_type=self.record_type,
            record_id=self.record_id,
            title=self.title,
            fields_json=json.dumps(sides, ensure_ascii=False, separators=(",", ":")),
            device_id=self.by.device_id,
            user_id=self.by.user_id,
            at_us=self.by.at_us,
            remote_device_id=self.other.get("device_id"),
            remote_user_id=self.other.get("cashier_id"),
            remote_at_us=self.other.get("rung_at_us"),
            local_vector=json.dumps({self.by.device_id: self.by.dseq} if self.by.dseq else {}),
        )


def questions(groups: Sequence[FactGroup]) -> Questions:
    """What to look up before these groups can be judged."""
    products, refunded, numbers, carts = set(), set(), set(), set()
    accounts: set[tuple[str, str]] = set()
    journal: dict[str, set[int]] = defaultdict(set)
    for group in groups:
        for line in group.of(SaleLine.TYPE):
            products |= {line["product_id"]} - {None}
            refunded |= {line["refund_of"]} - {None}
        numbers |= {sale["receipt_number"] for sale in group.of(Sale.TYPE)}
        carts |= {sale["held_cart_id"] for sale in group.of(Sale.TYPE)} - {None}
        accounts |= {(m["kind"], m["account_id"]) for m in _spent(group)}
        for entry in group.of(JournalEntry.TYPE):
            journal[entry["device_id"]] |= {entry["seq"], entry["seq"] - 1}
    return Questions(
        frozenset(products),
        frozenset(refunded),
        frozenset(numbers),
        {device: frozenset(seqs) for device, seqs in journal.items()},
        frozenset(carts),
        frozenset(accounts),
        frozenset(group.device_id for group in groups),
    )


def judge(groups: Sequence[FactGroup], known: Known) -> list[Flag]:
    """The suspicions about these groups, each once."""
    found: dict[str, Flag] = {}
    rules = (
        _unknown_products,
        _refunded_beyond,
        _numbered_twice,
        _sold_twice,
        _overdrawn,
        _unbalanced,
        _broken_journal,
        _after_its_end,
    )
    for group in groups:
        for rule in rules:
            for flag in rule(group, known):
                found.setdefault(flag.id, flag)
    return list(found.values())


# ---------------------------------------------------------------- the rules


def _unknown_products(group: FactGroup, known: Known) -> Iterator[Flag]:
    """A product that no group ever created; however often it is sold, it is missing once."""
    for line in group.of(SaleLine.TYPE):
        product = line["product_id"]
        if product is not None and product not in known.products:
            number = _number_of(group, line["sale_id"])
            yield Flag(Product.TYPE, product, line["name"], {"id": (number, None)}, group)


def _refunded_beyond(group: FactGroup, known: Known) -> Iterator[Flag]:
    """A line of which all tills together gave back more than was sold."""
    back: Counter[str] = Counter()
    for line in known.refunds:
        back[line["refund_of"]] += line["quantity_milli"]
    sold = {line["id"]: line for line in known.sold}
    for line in group.of(SaleLine.TYPE):
        original = sold.get(line["refund_of"] or "")
        if original is None:
            continue
        quantity, returned = original["quantity_milli"], -back[original["id"]]
        # Both have the sign of what was sold: a return rung as a sale is negative.
        if abs(returned) > abs(quantity) and returned * quantity > 0:
            number = _number_of(group, line["sale_id"])
            title = ", ".join(filter(None, (line["name"], number)))
            odd = {"quantity_milli": (returned, quantity)}
            yield Flag(SaleLine.TYPE, original["id"], title, odd, group, mark=str(returned))


def _numbered_twice(group: FactGroup, known: Known) -> Iterator[Flag]:
    """Two sales under one receipt number: a till was copied, and nobody noticed."""
    for sale in group.of(Sale.TYPE):
        number = sale["receipt_number"]
        same = sorted((s for s in known.sales if s["receipt_number"] == number), key=_id_of)
        for later in same[1:]:
            odd, by = {"receipt_number": (number, None)}, _rung_by(later, group)
            yield Flag(Sale.TYPE, later["id"], number, odd, by, other=same[0])


def _sold_twice(group: FactGroup, known: Known) -> Iterator[Flag]:
    """Two sales of one held cart: two tills took it back and could not see each other."""
    for cart in {sale["held_cart_id"] for sale in group.of(Sale.TYPE)} - {None}:
        same = sorted((s for s in known.sold_carts if s["held_cart_id"] == cart), key=_rung)
        for later in same[1:]:
            odd, by = {"held_cart_id": (same[0]["receipt_number"], None)}, _rung_by(later, group)
            title = later["receipt_number"]
            yield Flag(Sale.TYPE, later["id"], title, odd, by, other=same[0])


def _overdrawn(group: FactGroup, known: Known) -> Iterator[Flag]:
    """A card or credit that paid more than was there, or an account that owes beyond its limit."""
    for kind, account_id in dict.fromkeys((m["kind"], m["account_id"]) for m in _spent(group)):
        account = known.accounts.get((kind, account_id), Account(0))
        owed = account.amount - account.limit_minor if kind == ON_ACCOUNT else -account.amount
        if owed > 0:
            record = GiftCard.TYPE if kind == GIFT_CARD else Customer.TYPE
            odd = {kind: (account.amount, account.limit_minor)}
            mark = str(account.amount)
            yield Flag(record, account_id, account.name, odd, group, mark=mark)


def _spent(group: FactGroup) -> Iterator[Values]:
    """The movements by which balances paid."""
    for movement in group.of(BalanceMovement.TYPE):
        adds = movement["amount"] > 0
        if movement["reason"] == PAID and adds == (movement["kind"] == ON_ACCOUNT):
            yield movement


def _unbalanced(group: FactGroup, _known: Known) -> Iterator[Flag]:
    """A sale that its own lines and payments do not add up to; what was printed is kept."""
    for sale in group.of(Sale.TYPE):
        lines = [ln for ln in group.of(SaleLine.TYPE) if ln["sale_id"] == sale["id"]]
        payments = [p for p in group.of(Payment.TYPE) if p["sale_id"] == sale["id"]]
        odd: dict[str, tuple[int, int]] = {}
        if len(lines) != sale["line_count"]:
            odd["line_count"] = (len(lines), sale["line_count"])
        total, tax = sale["total_minor"], sale["tax_minor"]
        listed = sum(line["total_minor"] for line in lines)
        if not _is_added_tax(total - listed, tax):
            odd["total_minor"] = (listed, total)
        paid, due = sum(p["amount_minor"] for p in payments), total + sale["rounding_minor"]
        if paid != due:
            odd["paid_minor"] = (paid, due)
        if odd:
            yield Flag(Sale.TYPE, sale["id"], sale["receipt_number"], odd, group)


def _broken_journal(group: FactGroup, known: Known) -> Iterator[Flag]:
    """A journal with a hole, or one that two machines went on with."""
    at: dict[tuple[str, int], list[Values]] = defaultdict(list)
    for entry in sorted(known.journal, key=_id_of):
        at[entry["device_id"], entry["seq"]].append(entry)
    for entry in group.of(JournalEntry.TYPE):
        device, seq = entry["device_id"], entry["seq"]
        for twin in at[device, seq][1:]:
            yield _journal(twin, "previous_hash", twin["hash"], at[device, seq][0]["hash"], group)
        before = at[device, seq - 1]
        if seq == 1:
            # The first entry of a till that was enrolled anew cites the journal that it continues.
            continue
        if not before:
            yield _journal(entry, "seq", seq, seq - 1, group)
        elif entry["previous_hash"] not in {one["hash"] for one in before}:
            cited = entry["previous_hash"]
            yield _journal(entry, "previous_hash", cited, before[0]["hash"], group)


def doubts_about(doubtful: Sequence[tuple[Group, Sequence[Doubt]]]) -> list[Flag]:
    """Journal entries that do not agree with themselves, or with the facts they were sent with."""
    return [
        _journal(
            doubt.entry,
            doubt.what,
            doubt.found,
            doubt.expected,
            FactGroup(group.device_id, group.dseq, group.user_id, group.at_us, {}),
        )
        for group, found in doubtful
        for doubt in found
    ]


def _after_its_end(group: FactGroup, known: Known) -> Iterator[Flag]:
    """A till that went on after it was revoked, by its own clock: a till is flagged once."""
    revoked_at, till_code = known.revoked.get(group.device_id, (group.at_us, ""))
    if group.facts and group.at_us > revoked_at:
        number = next((sale["receipt_number"] for sale in group.of(Sale.TYPE)), None)
        odd = {"revoked_at": (number, revoked_at)}
        yield Flag(Till.TYPE, group.device_id, f"Till {till_code}", odd, group)


def _journal(entry: Values, odd: str, found: Any, expected: Any, group: FactGroup) -> Flag:
    title = f"Journal entry {entry['seq']}"
    return Flag(JournalEntry.TYPE, entry["id"], title, {odd: (found, expected)}, group)


def _is_added_tax(rest: int, tax: int) -> bool:
    """Whether what a total has beyond its lines may be tax that came on top of some of them."""
    return rest == 0 or (rest * tax > 0 and abs(rest) <= abs(tax))


def _rung_by(sale: Values, group: FactGroup) -> FactGroup:
    """Who brought a sale: the group looked at, or one that was looked at before."""
    if sale["id"] in {one["id"] for one in group.of(Sale.TYPE)}:
        return group
    return FactGroup(sale["device_id"], 0, sale["cashier_id"], sale["rung_at_us"], {})


def _number_of(group: FactGroup, sale_id: str) -> str:
    numbers = (s["receipt_number"] for s in group.of(Sale.TYPE) if s["id"] == sale_id)
    return next(numbers, "")


def _rung(sale: Values) -> tuple[int, str]:
    return sale["rung_at_us"], sale["id"]


def _id_of(fact: Values) -> str:
    return str(fact["id"])
