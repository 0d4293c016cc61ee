"""Writes what a person changed into the audit log: before and after, who, and on which till.

A unit of work hands over what it inserted and edited; what ``WATCHED`` names is written down,
whichever service or page did it. Changes without a signed-in person (a set-up, the sync) are no
entries. Secrets and personal data are named and not shown.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from localdb.domain import resolution
from localdb.domain.labels import field_label, inside_sentence
from localdb.domain.money import PPM, Currency
from localdb.domain.ops import Op
from localdb.domain.records import RECORDS, Conflict, Product, Setting, StockMovement, Store
from localdb.store import rows, stock_levels
from localdb.store.identity import TillIdentity
from localdb.store.names import TITLES, name_of

DETAIL_MAX = 1000
VALUE_MAX = 60
SECRETS = frozenset({"pin_hash", "badge"})
COUNTED_BY_HAND = frozenset({"adjust", "count"})


@dataclass(frozen=True, slots=True)
class Watch:
    """The fields of a record type that are written down."""

    fields: frozenset[str] = frozenset()
    """None named means all of them."""
    new: bool = True
    """Whether a new record is an entry too; goods are added by the thousand."""

    def takes(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of these values that are written down."""
        return {n: v for n, v in values.items() if not self.fields or n in self.fields}


WATCHED: Mapping[str, Watch] = {
    "product": Watch(
        frozenset(
            {"name", "sku", "price_minor", "cost_minor", "tax_class_id", "unit", "kind"}
            | {"min_age", "deposit_id", "deleted"}
        ),
        new=False,
    ),
    "barcode": Watch(new=False),
    "customer": Watch(frozenset({"tax_exempt", "credit_limit_minor", "deleted"}), new=False),
    "price_list": Watch(),
    "price_list_item": Watch(),
    "promotion": Watch(),
    "tax_class": Watch(),
    "tax_rate": Watch(),
    "payment_method": Watch(),
    "setting": Watch(),
    "store": Watch(),
    "user": Watch(),
    "role": Watch(),
    "conflict": Watch(frozenset({"state"}), new=False),
    "stock_movement": Watch(),
}
_RECORD_OF = {"deposit": "product", "variant_of": "product", "group": "customer_group"}


def is_watched(op: Op) -> bool:
    """Whether this change belongs into the log."""
    watch = WATCHED.get(op.type)
    if watch is None:
        return False
    if op.kind == "edit":
        return bool(watch.takes(op.after or {}))
    if op.type == StockMovement.TYPE:
        return (op.values or {}).get("reason") in COUNTED_BY_HAND
    return watch.new


def entries(
    conn: Connection, identity: TillIdentity, ops: Iterable[Op]
) -> Iterator[tuple[str, str]]:
    """Action and detail of each entry; many changes of one kind share as few as hold them."""
    teller = _Teller(conn, identity)
    said: dict[str, list[str]] = defaultdict(list)
    for op in ops:
        said[_action(op)].append(teller.said(op))
    for action, lines in said.items():
        ending = f" (till {identity.till_code})"
        for text in _packed(lines, DETAIL_MAX - len(ending)):
            yield action, text + ending


def _action(op: Op) -> str:
    after = op.after or {}
    if op.type == StockMovement.TYPE:
        return "stock_adjusted"
    if op.type == Conflict.TYPE:
        return f"conflict_{after['state']}"
    if op.kind == "insert":
        return f"{op.type}_added"
    if after.get("deleted"):
        return f"{op.type}_removed"
    return "price_changed" if "price_minor" in after else f"{op.type}_changed"


def _packed(lines: Sequence[str], room: int) -> Iterator[str]:
    held = ""
    for line in lines:
        short = line if len(line) <= room else line[: room - 1] + "…"
        if held and len(held) + 2 + len(short) > room:
            yield held
            held = ""
        held = f"{held}; {short}" if held else short
    if held:
        yield held


class _Teller:
    """Puts changes into words; knows the store's currency and what records are called."""

    def __init__(self, conn: Connection, identity: TillIdentity) -> None:
        self._conn = conn
        self._identity = identity
        store = rows.get(conn, Store, identity.store_id)
        self._currency = Currency.of(store.currency if store else "EUR")

    def said(self, op: Op) -> str:
        """One change: what it is about, and each field's value before and after."""
        match op.type:
            case StockMovement.TYPE:
                return self._stock(op.values or {})
            case Conflict.TYPE:
                return self._conflict(op)
            case Setting.TYPE:
                return self._setting(op)
        title = name_of(self._conn, op.type, op.id)
        if op.type == "price_list_item" or op.type == "barcode":
            title = self._bearer(op)
        changes = self._changes(op.type, op.before or {}, self._shown(op))
        return f"{title}: {changes}" if changes else title

    def _shown(self, op: Op) -> Mapping[str, Any]:
        if op.kind == "edit":
            return WATCHED[op.type].takes(op.after or {})
        return {n: v for n, v in (op.values or {}).items() if v and n not in TITLES and n != "id"}

    def _changes(
        self, record_type: str, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> str:
        """Each field with what it was, where it was anything, and what it is."""
        return ", ".join(
            f"{_word(record_type, name)} {self._change(name, before, value)}"
            for name, value in sorted(after.items())
        )

    def _change(self, name: str, before: Mapping[str, Any], value: Any) -> str:
        if name in SECRETS:
            return "changed" if name in before else "set"
        if name == "permissions":
            return _permissions(before.get(name, "[]"), value)
        now = self._value(name, value)
        return f"{self._value(name, before[name])} -> {now}" if name in before else now

    def _stock(self, values: Mapping[str, Any]) -> str:
        moved, product_id = values["quantity_milli"], values["product_id"]
        now = stock_levels.level(self._conn, values["store_id"], product_id)
        name = name_of(self._conn, Product.TYPE, product_id)
        return f"{name}: {_milli(now - moved)} -> {_milli(now)}"

    def _conflict(self, op: Op) -> str:
        conflict = rows.get(self._conn, Conflict, op.id)
        assert conflict is not None, "it was just edited"
        step = resolution.last(conflict.resolution_json)
        if step is None or not step.chosen:
            return conflict.title
        if conflict.record_type not in WATCHED or conflict.record_type == "user":
            words = (_word(conflict.record_type, name) for name in sorted(step.chosen))
            return f"{conflict.title}: {', '.join(words)}"
        chosen = {name: value for name, value in step.chosen.items() if name != "id"}
        changes = self._changes(conflict.record_type, step.replaced, chosen)
        return f"{conflict.title}: {changes}"

    def _setting(self, op: Op) -> str:
        setting = rows.get(self._conn, Setting, op.id)
        assert setting is not None, "it was just written"
        name = setting.key.rpartition(".")[2]
        where = "all stores"
        if setting.store_id is not None:
            where = name_of(self._conn, Store.TYPE, setting.store_id) or "one store"
        before = (op.before or {}).get("value")
        value = self._value(name, setting.value)
        change = value if before is None else f"{self._value(name, before)} -> {value}"
        removed = " removed" if setting.deleted else ""
        return f"{_word(Setting.TYPE, name)}, {where}{removed}: {change}"

    def _bearer(self, op: Op) -> str:
        row = rows.load(self._conn, op.type, [op.id])[op.id]
        name = name_of(self._conn, Product.TYPE, row["product_id"])
        return f"{name} {row.get('code', '')}".strip()

    def _value(self, name: str, value: Any) -> str:
        if value is None or value == "":
            return "none"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if name.endswith("_minor"):
            return self._money(value)
        if name.endswith("_ppm") and str(value).isdecimal():
            return f"{int(value) * 100 / PPM:g} %"
        if name.endswith("_id"):
            return self._named(name.removesuffix("_id"), value)
        text = str(value)
        return text if len(text) <= VALUE_MAX else text[: VALUE_MAX - 1] + "…"

    def _named(self, of: str, record_id: str) -> str:
        record_type = _RECORD_OF.get(of, of)
        found = name_of(self._conn, record_type, record_id) if record_type in RECORDS else ""
        return found or "another one"

    def _money(self, value: Any) -> str:
        if not str(value).lstrip("-").isdecimal():
            return str(value)
        minor, exponent = int(value), self._currency.exponent
        whole, rest = divmod(abs(minor), 10**exponent)
        text = f"{whole}.{rest:0{exponent}}" if exponent else str(whole)
        return f"{'-' if minor < 0 else ''}{text} {self._currency.code}"


def _word(record_type: str, field: str) -> str:
    return inside_sentence(field_label(record_type, field))


def _permissions(before: str, after: str) -> str:
    """Only what came and what went: a role has dozens."""
    had, has = set(json.loads(before)), set(json.loads(after))
    return " ".join(
        [*(f"+{one}" for one in sorted(has - had)), *(f"-{one}" for one in sorted(had - has))]
    )


def _milli(quantity: int) -> str:
    return f"{quantity / 1000:g}"
