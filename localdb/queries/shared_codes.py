"""Which record a code stands for, when two tills gave it out."""

from sqlalchemy import Connection, Row, Select, select

from localdb.store.tables import TABLES

CLAIMS_MAX = 20
"""Of more records with one code nobody sells any, before a manager has looked."""
_CONFLICT = TABLES["conflict"]


def first_accepted(
    connection: Connection, claims: Select[tuple[object, ...]]
) -> Row[tuple[object, ...]] | None:
    """Of several with one code the one that no conflict says came later, or None for none.

    ``claims`` selects the records in the order in which they may have it, each with the id of what
    holds the code as ``claim``.
    """
    rows = connection.execute(claims.limit(CLAIMS_MAX)).all()
    if len(rows) < 2:
        return rows[0] if rows else None
    later = select(_CONFLICT.c.record_id).where(
        _CONFLICT.c.state == "open",
        _CONFLICT.c.kind == "unique",
        _CONFLICT.c.record_id.in_([row._mapping["claim"] for row in rows]),
    )
    disputed = set(connection.execute(later).scalars())
    first = (row for row in rows if row._mapping["claim"] not in disputed)
    return next(first, rows[0])
