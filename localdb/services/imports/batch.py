"""One batch of a product file against the catalogue: what is new, what changes, what stays out."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, select

from localdb.domain.records import Barcode, Category, Product
from localdb.errors import ValidationRefusal
from localdb.services import catalogue, stock
from localdb.services.imports.columns import REFERENCES, SET_BY_FILE
from localdb.services.imports.rows import Candidate, RefusedRow
from localdb.store import rows
from localdb.store.tables import TABLES
from localdb.store.unit_of_work import UnitOfWork

Fate = Literal["added", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a product that is here; amounts in minor units, references by their names."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that came in, and what it did."""

    row: Candidate
    fate: Fate
    changes: tuple[Change, ...] = ()
    name: str = ""
    """What a product that is here was called before."""


@dataclass(slots=True)
class Written:
    """What became of a batch; ``waiting`` are rows that name an SKU not seen yet."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    waiting: list[Candidate] = field(default_factory=list)


def write_batch(
    uow: UnitOfWork, candidates: list[Candidate], default_tax: str, seen: set[int] | None = None
) -> Written:
    """Add and change what the candidates say; one transaction.

    ``seen`` holds hashes of the products that earlier rows of the file were about: a later row
    that says something else of one is refused, so that a file means one thing, and the same twice.
    """
    return _Batch(uow, candidates, default_tax, set() if seen is None else seen).write()


class _Refused(Exception):
    """Why a row stays out."""

    def __init__(self, *reasons: str) -> None:
        super().__init__()
        self.reasons = reasons


class _Batch:
    """One batch against the catalogue as it stands."""

    def __init__(
        self, uow: UnitOfWork, candidates: list[Candidate], default_tax: str, seen: set[int]
    ) -> None:
        self._uow, self._candidates, self._seen = uow, candidates, seen
        connection = uow.connection
        self._taxes = _by_key(connection, "tax_class", "code")
        self._default_tax = default_tax or next(iter(self._taxes), "")
        self._categories = _by_key(connection, "category", "name")
        codes = [c.code.value for c in candidates if c.code]
        self._codes = _owners(connection, codes)
        named = {s for c in candidates for s in (c.sku, c.deposit_sku, c.variant_of) if s}
        self._skus = _ids_by_sku(connection, sorted(named))
        ids = {*self._codes.values(), *self._skus.values(), *(c.product_id for c in candidates)}
        held = rows.load(connection, "product", sorted(ids))
        self._held = {at: values for at, values in held.items() if not values["deleted"]}

    def write(self) -> Written:
        done = Written()
        for candidate in self._candidates:
            try:
                held_id = self._match(candidate)
                self._check(candidate, held_id)
                if self._names_a_stranger(candidate):
                    done.waiting.append(candidate)
                else:
                    done.taken.append(self._take(candidate, held_id))
            except _Refused as refused:
                done.refused.append(candidate.refused(*refused.reasons))
            except ValidationRefusal as wrong:
                said = (f"{name} {words}" for name, words in wrong.errors.items())
                done.refused.append(candidate.refused(*said))
        return done

    # ------------------------------------------------------------ which product it is

    def _match(self, row: Candidate) -> str | None:
        """The product that is here: by its id, else its SKU, else its barcode; None for a new one.

        Raises _Refused where they lead to different ones.
        """
        by_sku = self._skus.get(row.sku) if row.sku else None
        by_code = self._codes.get(row.code.value) if row.code else None
        if row.product_id and row.product_id not in self._held:
            raise _Refused(f"id {row.product_id} is not in the catalogue")
        found = row.product_id or by_sku
        if by_code is not None and by_code != found and (found or "sku" in row.given):
            other = self._held[by_code]["sku"]
            raise _Refused(
                f"{_barcode(row)} is already in the catalogue, of another product (SKU {other})"
            )
        if row.product_id and "sku" in row.given and by_sku not in (None, row.product_id):
            raise _Refused(f"SKU {row.sku} is already in the catalogue, of another product")
        return found or by_code

    def _check(self, row: Candidate, held_id: str | None) -> None:
        """Raises _Refused for what can be told without looking at the values."""
        tax = row.tax if row.tax or held_id else self._default_tax
        if (tax or not held_id) and tax not in self._taxes:
            raise _Refused(f"tax {tax or '(none)'} is not one of {', '.join(self._taxes)}")
        if held_id is None and row.lacking:
            raise _Refused(*row.lacking)
        if held_id is None and not row.sku:
            raise _Refused("has neither a barcode nor an SKU")

    def _names_a_stranger(self, row: Candidate) -> bool:
        named = (row.deposit_sku, row.variant_of)
        return any(sku and sku not in self._skus for sku in named)

    # ------------------------------------------------------------ what it does

    def _take(self, row: Candidate, held_id: str | None) -> Taken:
        if held_id is None:
            self._add(row)
            return Taken(row, "added")
        name = str(self._held[held_id]["name"])
        changes = self._changes(row, held_id)
        new_code = row.code is not None and row.code.value not in self._codes
        shown = tuple(self._change(held_id, name, value) for name, value in changes.items())
        if not changes and not new_code:
            self._seen.add(hash(held_id))
            return Taken(row, "unchanged", (), name)
        if changes and hash(held_id) in self._seen:
            what = f"SKU {row.sku}" if "sku" in row.given else _barcode(row)
            raise _Refused(
                f"{what} is already in the catalogue, by an earlier row of this file that differs"
            )
        if changes:
            catalogue.change_product(self._uow, held_id, **changes)
            self._held[held_id] = {**self._held[held_id], **changes}
            self._skus[self._held[held_id]["sku"]] = held_id
        if new_code:
            self._add_code(row, held_id)
            shown += (Change("barcode", "", row.code.value if row.code else ""),)
        self._seen.add(hash(held_id))
        return Taken(row, "changed", shown, name)

    def _changes(self, row: Candidate, held_id: str) -> dict[str, Any]:
        """The fields that the row gives and that differ; nothing else is ever touched."""
        wanted = {
            column: self._value(row, column)
            for given, column in SET_BY_FILE.items()
            if given in row.given
        }
        if row.product_id and "sku" in row.given:
            wanted["sku"] = row.sku
        if wanted.get("variant_of") == held_id:
            raise _Refused("is a variant of itself")
        held = self._held[held_id]
        return {name: value for name, value in wanted.items() if held[name] != value}

    def _value(self, row: Candidate, column: str) -> Any:
        match column:
            case "category_id":
                return self._category(row.category)
            case "tax_class_id":
                return self._taxes[row.tax]
            case "deposit_id":
                return self._skus.get(row.deposit_sku)
            case "variant_of":
                return self._skus.get(row.variant_of)
            case _:
                return row.texts[column] if column in row.texts else getattr(row, column)

    def _change(self, held_id: str, column: str, after: Any) -> Change:
        before = self._held[held_id][column]
        if column in REFERENCES:
            before, after = self._name(column, before), self._name(column, after)
        return Change(column, before, after)

    def _name(self, column: str, record_id: str | None) -> str:
        """What a reference is called; empty for none."""
        if record_id is None:
            return ""
        record_type, called = REFERENCES[column]
        table = TABLES[record_type]
        wanted = select(table.c[called]).where(table.c.id == record_id)
        return str(self._uow.connection.execute(wanted).scalar() or "")

    def _add(self, row: Candidate) -> None:
        uow = self._uow
        product = Product(
            id=uow.new_id(),
            sku=row.sku,
            name=row.name,
            price_minor=row.price_minor,
            cost_minor=row.cost_minor,
            tax_class_id=self._taxes[row.tax or self._default_tax],
            category_id=self._category(row.category),
            unit=row.unit,
            kind=row.kind,
            min_age=row.min_age,
            deposit_id=self._skus.get(row.deposit_sku),
            variant_of=self._skus.get(row.variant_of),
            plu=row.plu,
        )
        product = Product.from_values({**product.values(), **row.texts})
        uow.insert(product)
        self._skus[product.sku] = product.id
        self._held[product.id] = product.values()
        self._seen.add(hash(product.id))
        self._add_code(row, product.id)
        if row.stock_milli:
            stock.move(uow, product.id, row.stock_milli, "import")

    def _add_code(self, row: Candidate, product_id: str) -> None:
        if row.code:
            self._codes[row.code.value] = product_id
            code = Barcode(id=self._uow.new_id(), code=row.code.value, product_id=product_id)
            self._uow.insert(code)

    def _category(self, name: str) -> str | None:
        if not name:
            return None
        if name not in self._categories:
            category = Category(id=self._uow.new_id(), name=name, position=len(self._categories))
            self._uow.insert(category)
            self._categories[name] = category.id
        return self._categories[name]


def _barcode(row: Candidate) -> str:
    return f"barcode {row.code.value}" if row.code else f"id {row.product_id}"


def _by_key(connection: Connection, record_type: str, key: str) -> dict[str, str]:
    table = TABLES[record_type]
    found = connection.execute(
        select(table.c[key], table.c.id).where(table.c.deleted.is_(False)).order_by(table.c.id)
    )
    return {row[0]: row[1] for row in found}


def _owners(connection: Connection, codes: list[str]) -> dict[str, str]:
    """The product of each barcode; of one that two tills gave away, the older."""
    code, product = TABLES["barcode"], TABLES["product"]
    found = connection.execute(
        select(code.c.code, code.c.product_id)
        .join(product, product.c.id == code.c.product_id)
        .where(code.c.code.in_(codes), code.c.deleted.is_(False), product.c.deleted.is_(False))
        .order_by(code.c.id.desc())
    )
    return {row.code: row.product_id for row in found}


def _ids_by_sku(connection: Connection, skus: list[str]) -> dict[str, str]:
    table = TABLES["product"]
    found = connection.execute(
        select(table.c.sku, table.c.id).where(table.c.sku.in_(skus), table.c.deleted.is_(False))
    )
    return {row.sku: row.id for row in found}
