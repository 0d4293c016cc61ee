"""Builds the whole search index at once, best sellers first, for a freshly loaded file."""

from collections.abc import Callable

from sqlalchemy import Connection

from localdb.store import local
from localdb.store.search import (
    BAND_LAST,
    BAND_SHIFT,
    BARCODE_WORDS,
    PRODUCT_WORDS,
    RANKED_TO,
    band,
    index_text,
)

SLICE_ROWS = 5_000

_COUNT_SALES = (
    "INSERT INTO product_sold (product_id, lines) "
    "SELECT product_id, count(*) FROM sale_line WHERE product_id IS NOT NULL GROUP BY product_id"
)
_RANK_SOLD = f"""
    INSERT INTO search_entry (rowid, product_id)
    SELECT (band << {BAND_SHIFT}) + row_number() OVER (PARTITION BY band ORDER BY lines DESC, id),
           id
    FROM (SELECT p.id, s.lines, search_band(s.lines) AS band
          FROM product_sold s CROSS JOIN product p ON p.id = s.product_id WHERE p.deleted = 0)
"""  # noqa: S608 - only our own constants
# The last band has no others: they come in the order of the table, and need no sorting.
_RANK_UNSOLD = f"""
    INSERT INTO search_entry (rowid, product_id)
    SELECT ({BAND_LAST} << {BAND_SHIFT}) + row_number() OVER (ORDER BY id), id
    FROM product WHERE deleted = 0 AND id NOT IN (SELECT product_id FROM product_sold)
"""  # noqa: S608 - only our own constants
_FILL = f"""
    INSERT INTO product_search (rowid, words)
    SELECT id, CASE WHEN octet_length(words) = length(words) THEN words ELSE search_text(words) END
    FROM (SELECT e.rowid AS id, {PRODUCT_WORDS} || ' ' || coalesce(
                     (SELECT group_concat({BARCODE_WORDS}, ' ') FROM barcode b
                      WHERE b.product_id = p.id AND b.deleted = 0), '') AS words
          FROM search_entry e JOIN product p ON p.id = e.product_id
          WHERE e.rowid > ? AND e.rowid <= ? ORDER BY e.rowid)
"""  # noqa: S608 - only our own constants
_SLICE_END = (
    "SELECT max(rowid) FROM (SELECT rowid FROM search_entry WHERE rowid > ? ORDER BY rowid LIMIT ?)"
)


def build(conn: Connection, tick: Callable[[int], None]) -> None:
    """Rank and index every product of a file whose search is empty, in the caller's transaction.

    ``tick`` is told the number of products after each slice; what it raises stops the build.
    """
    _add_functions(conn)
    conn.exec_driver_sql(_COUNT_SALES)
    counted_to = conn.exec_driver_sql("SELECT max(id) FROM sale_line").scalar()
    local.put_setting(conn, RANKED_TO, counted_to or "")
    conn.exec_driver_sql(_RANK_SOLD)
    conn.exec_driver_sql(_RANK_UNSOLD)
    done, at = 0, 0
    while (end := conn.exec_driver_sql(_SLICE_END, (at, SLICE_ROWS)).scalar()) is not None:
        done += conn.exec_driver_sql(_FILL, (at, end)).rowcount
        at = end
        tick(done)


def _add_functions(conn: Connection) -> None:
    driver_connection = conn.connection.dbapi_connection
    assert driver_connection is not None
    driver_connection.create_function(
        "search_band", 1, lambda lines: None if lines is None else band(lines)
    )
    driver_connection.create_function("search_text", 1, index_text)
