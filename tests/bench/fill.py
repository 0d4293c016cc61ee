"""Tables filled by PostgreSQL itself: as many rows as a shop has after years."""

import time
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Table

_MADE_UP: dict[str, Any] = {
    "UUID": "gen_random_uuid()",
    "TEXT": "'made up'",
    "BIGINT": "row",
    "BOOLEAN": "false",
    "JSONB": "'{}'",
}


def fill(
    connection: psycopg.Connection[Any],
    table: Table,
    rows: int,
    given: Mapping[str, Any],
    *,
    patience_s: float,
    step: int = 250_000,
) -> int:
    """Insert up to ``rows`` rows in steps until ``patience_s`` are over; how many there are then.

    ``given`` are SQL expressions for columns, in which ``row`` is the row's number from 1 on.
    """
    names = [column.name for column in table.columns]
    values = [given.get(c.name, _MADE_UP[str(c.type)]) for c in table.columns]
    query = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM generate_series({}, {}) AS row")
    began, done = time.perf_counter(), 0
    while done < rows and time.perf_counter() - began < patience_s:
        more = min(step, rows - done)
        connection.execute(
            query.format(
                sql.Identifier(table.name),
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join(sql.SQL(value) for value in values),
                sql.Literal(done + 1),
                sql.Literal(done + more),
            )
        )
        done += more
    return done
