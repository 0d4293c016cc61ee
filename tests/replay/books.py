"""What a shop's books come to: counted once from the file and once from the server."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DIFFERENCES_SHOWN = 5
_DIGEST_BITS = 128


@dataclass(slots=True)
class Digest:
    """A fingerprint of a collection of texts, in whatever order they come."""

    value: int = 0

    def add(self, text: str) -> None:
        """Take one more in; the same text twice counts twice."""
        hashed = hashlib.sha256(text.encode()).digest()[: _DIGEST_BITS // 8]
        self.value = (self.value + int.from_bytes(hashed, "big")) % 2**_DIGEST_BITS

    def __str__(self) -> str:
        return f"#{self.value % 2**40:010x}"


@dataclass(slots=True)
class Books:
    """The trade of one store or of all; money in cents, quantities in thousandths."""

    sales: int = 0
    lines: int = 0
    receipted_returns: int = 0
    """Lines that give back a line of an earlier sale."""
    quantity_milli: int = 0
    total_cents: int = 0
    discount_cents: int = 0
    tax_cents: int = 0
    """Of all sales but receipted returns, which give back a share of what was taxed."""
    payments: Counter[str] = field(default_factory=Counter)
    """Method -> how many."""
    paid_cents: Counter[str] = field(default_factory=Counter)
    """Method -> how much."""
    movements: int = 0
    stock_milli: Counter[str] = field(default_factory=Counter)
    """SKU -> what the movements sum to."""
    days: Counter[int] = field(default_factory=Counter)
    """Business day (YYYYMMDD) -> takings in cents."""
    notes: Counter[str] = field(default_factory=Counter)
    """The basket or invoice that a sale was rung from -> its total in cents."""
    customers: set[str] = field(default_factory=set)
    """The card numbers of those who bought."""
    line_digest: Digest = field(default_factory=Digest)

    def add_line(
        self, note: str, sku: str, quantity_milli: int, total_cents: int, discount_cents: int
    ) -> None:
        """Count one line of a sale rung from the basket or invoice ``note``."""
        self.lines += 1
        self.quantity_milli += quantity_milli
        self.line_digest.add(f"{note}|{sku}|{quantity_milli}|{total_cents}|{discount_cents}")

    def add_payment(self, method: str, cents: int) -> None:
        """Count one payment."""
        self.payments[method] += 1
        self.paid_cents[method] += cents

    def move_stock(self, sku: str, quantity_milli: int) -> None:
        """Count one stock movement, signed."""
        self.movements += 1
        self.stock_milli[sku] += quantity_milli

    def add_takings(self, note: str, day: int, cents: int) -> None:
        """Count what a basket or invoice came to."""
        self.total_cents += cents
        self.notes[note] += cents
        self.days[day] += cents

    def figures(self) -> dict[str, str]:
        """Every figure as it is printed and compared."""
        figures: dict[str, int | Digest] = {
            "sales": self.sales,
            "total, cents": self.total_cents,
            "discounts, cents": self.discount_cents,
            "tax, cents": self.tax_cents,
            "lines": self.lines,
            "lines of receipted returns": self.receipted_returns,
            "quantity, thousandths": self.quantity_milli,
            "every line": self.line_digest,
            "customers": len(self.customers),
            "baskets": len(self.notes),
            "total of every basket": _digest(self.notes),
            "business days": len(self.days),
            "takings of every day": _digest(self.days),
        }
        for method in sorted(self.payments):
            figures[f"payments by {method}"] = self.payments[method]
            figures[f"paid by {method}, cents"] = self.paid_cents[method]
        figures["stock movements"] = self.movements
        figures["products moved"] = len(self.stock_milli)
        figures["stock of every product"] = _digest(self.stock_milli)
        return {
            name: f"{value:,}" if isinstance(value, int) else str(value)
            for name, value in figures.items()
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of one store (``all`` for all of them) on both sides."""

    store: str
    name: str
    file: str
    server: str

    @property
    def agrees(self) -> bool:
        return self.file == self.server


def compare(file: Mapping[str, Books], server: Mapping[str, Books]) -> list[Comparison]:
    """Every figure of every store, side by side; what one side lacks is an empty text."""
    return [
        Comparison(store, name, here.get(name, ""), there.get(name, ""))
        for store in sorted({*file, *server})
        for here, there in [(_figures(file, store), _figures(server, store))]
        for name in dict.fromkeys((*here, *there))
    ]


def table(rows: Iterable[Comparison], other_side: str = "PostgreSQL") -> str:
    """The comparison as a person reads it."""
    cells = [
        (row.store, row.name, row.file, row.server, "yes" if row.agrees else "NO") for row in rows
    ]
    cells.insert(0, ("store", "figure", "file", other_side, "agree"))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}  {e}"
        for a, b, c, d, e in cells
    )


def differences(file: Books, server: Books) -> list[str]:
    """The first baskets and products that differ, for whoever has to find out why."""
    found = []
    for what, here, there in (
        ("basket", file.notes, server.notes),
        ("stock of", file.stock_milli, server.stock_milli),
    ):
        keys = [key for key in sorted({*here, *there}) if here.get(key) != there.get(key)]
        found += [
            f"{what} {key}: {here.get(key)} in the file, {there.get(key)} in PostgreSQL"
            for key in keys[:DIFFERENCES_SHOWN]
        ]
    return found


def _figures(books: Mapping[str, Books], store: str) -> dict[str, str]:
    return books[store].figures() if store in books else {}


def _digest(amounts: Mapping[str, int] | Mapping[int, int]) -> Digest:
    digest = Digest()
    for key, amount in amounts.items():
        digest.add(f"{key}|{amount}")
    return digest
