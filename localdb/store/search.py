"""Product search on a full-text index whose row ids are the rank.

A row id is ``band * 2**40 + counter`` and a better seller has a lower band, so the first hits in
row-id order are the best and the index can stop there; sorting a million products by rank could
not. The index keeps no text and no positions (``detail=none``): it knows only whether a product
has a word, which is what prefix search over several words needs.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from localdb.domain.records import Barcode, Product, Record
from localdb.store import local

BAND_SHIFT = 40
BAND_LAST = 15
"""The band of what never sold; each doubling of its sale lines moves a product one band up."""
WORDS_MAX = 8
"""Words of a query that count."""
WORD_CHARS_MAX = 40

RANKED_TO = "search_ranked_to"
"""The local setting that names the last sale line counted into the ranks."""


def _searched(record: type[Record]) -> tuple[str, ...]:
    return tuple(field.name for field in record.fields() if field.label.searched)


SEARCHED = {record.TYPE: _searched(record) for record in (Product, Barcode)}
"""Record type -> its fields that a product is found by, as the records declare them."""
_WATCHED = {"deleted", "product_id", *SEARCHED["product"], *SEARCHED["barcode"]}
PRODUCT_WORDS = " || ' ' || ".join(f"p.{name}" for name in SEARCHED["product"])
BARCODE_WORDS = " || ' ' || ".join(f"b.{name}" for name in SEARCHED["barcode"])
"""The words of a product ``p`` and of a barcode ``b``, in SQL."""
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)

_FIND = (
    "SELECT e.product_id FROM product_search s JOIN search_entry e ON e.rowid = s.rowid "
    "WHERE s.product_search MATCH ? ORDER BY s.rowid LIMIT ?"
)
_STANDING = f"""
    SELECT asked.value, e.rowid, coalesce(s.lines, 0), (
        SELECT {PRODUCT_WORDS} || ' ' || coalesce(group_concat({BARCODE_WORDS}, ' '), '')
        FROM product p LEFT JOIN barcode b ON b.product_id = p.id AND b.deleted = 0
        WHERE p.id = asked.value AND p.deleted = 0 GROUP BY p.id
    )
    FROM json_each(?) asked LEFT JOIN search_entry e ON e.product_id = asked.value
    LEFT JOIN product_sold s ON s.product_id = asked.value
"""  # noqa: S608 - only our own constants
"""Of each product: its entry, its sale lines and its words; no words when it is gone."""
_ENTRY_OF = "SELECT rowid FROM search_entry WHERE product_id = ?"
_LAST_IN_BAND = "SELECT max(rowid) FROM search_entry WHERE rowid >= ? AND rowid < ?"
_REMOVE = (
    "DELETE FROM product_search WHERE rowid = ?",
    "DELETE FROM search_entry WHERE rowid = ?",
)
_PUT_WORDS = "INSERT INTO product_search (rowid, words) VALUES (?, ?)"
_PUT_ENTRY = "INSERT INTO search_entry (rowid, product_id) VALUES (?, ?)"


def search(conn: Connection, text: str, limit: int = 50) -> list[str]:
    """Ids of the products that have every word of ``text`` as a prefix, best sellers first.

    Words are matched in the fields of ``SEARCHED``, without regard to case or accents.
    """
    words = fold(text).split()[:WORDS_MAX]
    if not words:
        return []
    query = " AND ".join(f'"{word[:WORD_CHARS_MAX]}"*' for word in words)
    return [str(row[0]) for row in conn.exec_driver_sql(_FIND, (query, limit))]


def fold(text: str) -> str:
    """The words of ``text``, lower-case and without accents, separated by single spaces."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
        text = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join("".join(c if _in_word(c) else " " for c in text.lower()).split())


def index_text(words: str) -> str:
    """The text for the index; the index itself folds plain ASCII, and faster."""
    return words if words.isascii() else fold(words)


def affected(record_type: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The products whose search entry a change from ``before`` to ``after`` touches."""
    if record_type not in ("product", "barcode"):
        return set()
    if all(before.get(name) == after.get(name) for name in _WATCHED):
        return set()
    key = "id" if record_type == "product" else "product_id"
    return {row[key] for row in (before, after) if key in row}


def product_of(conn: Connection, record_type: str, record_id: str) -> set[str]:
    """The product whose search entry shows this row, if any."""
    if record_type == "product":
        return {record_id}
    if record_type != "barcode":
        return set()
    sql = "SELECT product_id FROM barcode WHERE id = ?"
    return {row[0] for row in conn.exec_driver_sql(sql, (record_id,))}


def refresh(conn: Connection, product_ids: Iterable[str]) -> None:
    """Write the search entries of these products again, in the caller's transaction."""
    wanted = sorted(product_ids)
    if not wanted:
        return
    standing = conn.exec_driver_sql(_STANDING, (json.dumps(wanted),)).all()
    free: dict[int, int] = {}
    entries = []
    for product_id, row, lines_sold, words in standing:
        if words is not None:
            place = row if row is not None else _next_free(conn, free, band(lines_sold))
            entries.append((place, product_id, index_text(words)))
    # Only now, so that a place that its product keeps never looks free.
    _remove(conn, [row for _, row, _, _ in standing if row is not None])
    if entries:
        conn.exec_driver_sql(_PUT_WORDS, [(row, words) for row, _, words in entries])
        conn.exec_driver_sql(_PUT_ENTRY, [(row, product_id) for row, product_id, _ in entries])


def _in_word(char: str) -> bool:
    # What the index's ascii tokenizer takes for a word, so that a word here is one token there.
    return char.isalnum() or (not char.isascii() and unicodedata.category(char)[0] == "M")


def _remove(conn: Connection, entries: list[int]) -> None:
    if entries:
        for statement in _REMOVE:
            conn.exec_driver_sql(statement, [(row,) for row in entries])


def _next_free(conn: Connection, free: dict[int, int], in_band: int) -> int:
    """The next row id of a band; ``free`` remembers those already given out."""
    if in_band not in free:
        first, end = in_band << BAND_SHIFT, (in_band + 1) << BAND_SHIFT
        last = conn.exec_driver_sql(_LAST_IN_BAND, (first, end)).scalar()
        free[in_band] = first if last is None else int(last)
    free[in_band] += 1
    return free[in_band]


def band(lines_sold: int) -> int:
    """The band of a product with that many sale lines: 0 is the best."""
    return max(0, BAND_LAST - lines_sold.bit_length())


def reband(conn: Connection, batch: int = 200) -> int:
    """Count up to ``batch`` new sale lines into the ranks; returns how many there were.

    Meant for idle moments; run until it returns 0. Lines are taken in id order, so that a line
    pulled late may go uncounted: it would only have changed a rank.
    """
    mark = local.setting(conn, RANKED_TO) or ""
    lines = conn.exec_driver_sql(
        "SELECT id, product_id FROM sale_line WHERE id > ? ORDER BY id LIMIT ?", (mark, batch)
    ).all()
    if not lines:
        return 0
    local.put_setting(conn, RANKED_TO, lines[-1][0])
    for product_id in [product_id for _, product_id in lines if product_id]:
        _count_sale(conn, product_id)
    return len(lines)


def _count_sale(conn: Connection, product_id: str) -> None:
    sold = conn.exec_driver_sql(
        "INSERT INTO product_sold (product_id, lines) VALUES (?, 1) "
        "ON CONFLICT (product_id) DO UPDATE SET lines = lines + 1 RETURNING lines",
        (product_id,),
    ).scalar_one()
    if band(sold) == band(sold - 1):
        return
    old = conn.exec_driver_sql(_ENTRY_OF, (product_id,)).scalar()
    if old is not None:
        _remove(conn, [old])
        refresh(conn, [product_id])
