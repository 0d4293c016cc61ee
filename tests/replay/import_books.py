"""What a file of barcodes and names must become, worked out with nothing of the product's own.

A GTIN is known by its check digit and keyed without leading zeros; eight digits that are no EAN-8
may be a UPC-E, keyed as the UPC-A it stands for. Everything else is opaque, kept as it is written.
The first row of a key comes in; a later one changes nothing, and stays out where its name differs.
A row without a name stays out too.
"""

import csv
import html
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.replay.books import Digest
from tests.replay.grocer import opened

NO_NAME = "has no name"
DUPLICATE = "barcode is already in the catalogue, by an earlier row of this file that differs"


@dataclass(slots=True)
class ImportBooks:
    """An import, counted."""

    rows: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Reason -> rows."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Accepted codes: ``opaque``, ``store`` or ``other``."""
    codes: Digest = field(default_factory=Digest)
    """Every accepted code with its product's name."""
    upc_e: int = 0

    def figures(self) -> dict[str, str]:
        """Every figure as it is printed and compared."""
        counts: dict[str, object] = {
            "rows in the file": self.rows,
            "in the catalogue": self.accepted,
            "refused": self.refused.total(),
            **{f"refused: {reason}": self.refused[reason] for reason in sorted(self.refused)},
            "opaque codes": self.kinds["opaque"],
            "store codes": self.kinds["store"],
            "every code and name": self.codes,
        }
        return {n: f"{v:,}" if isinstance(v, int) else str(v) for n, v in counts.items()}


def count(path: Path) -> ImportBooks:
    """The books of a file with the columns barcode and name."""
    books = ImportBooks()
    seen: dict[str, str] = {}
    with opened(path) as text:
        for row in csv.DictReader(text):
            books.rows += 1
            key, kind = classify(row["barcode"].strip())
            name = cleaned(row["name"])
            if not name or seen.get(key, name) != name:
                books.refused[DUPLICATE if name else NO_NAME] += 1
                continue
            if key in seen:
                continue
            seen[key] = name
            books.accepted += 1
            books.kinds[kind if kind in ("opaque", "store") else "other"] += 1
            books.upc_e += kind == "upc-e"
            books.codes.add(f"{key}|{name}")
    return books


def cleaned(name: str) -> str:
    """A name without HTML entities, control characters and needless spaces."""
    plain = "".join(" " if _is_control(c) else c for c in html.unescape(name.strip()))
    return " ".join(plain.split())


def classify(code: str) -> tuple[str, str]:
    """The key of a code and what it is."""
    if not (code.isascii() and code.isdigit()) or not int(code):
        return code, "opaque"
    key, kind = code, "gtin"
    if len(code) not in (8, 12, 13, 14):
        return code, "opaque"
    if not _checks(code):
        key, kind = _upc_a(code), "upc-e"
        if not key or not _checks(key):
            return code, "opaque"
    key = key.lstrip("0")
    # An EAN-13 that begins with 2, or a UPC-A: an EAN-13 that begins with 02.
    return key, "store" if len(key) in (12, 13) and key[0] == "2" else kind


def _checks(code: str) -> bool:
    odd, even = code[-1::-2], code[-2::-2]
    return (sum(map(int, odd)) + 3 * sum(map(int, even))) % 10 == 0


def _upc_a(code: str) -> str:
    """The UPC-A that eight digits stand for; empty when they cannot be a UPC-E."""
    if len(code) != 8 or code[0] not in "01":
        return ""
    body, last = code[1:7], code[6]
    if last in "012":
        digits = body[:2] + last + "0000" + body[2:5]
    else:
        maker = {"3": 3, "4": 4}.get(last, 5)
        item = body[maker:5] or last
        digits = body[:maker] + item.rjust(10 - maker, "0")
    return code[0] + digits + code[7]


def _is_control(char: str) -> bool:
    return ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0
