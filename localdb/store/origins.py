"""Marks facts with the device whose group brought them to the server first."""

from collections.abc import Iterable

from sqlalchemy import Connection

from localdb.domain.ops import decode
from localdb.domain.records import RECORDS, Kind
from localdb.store.identity import own_devices

_SET = 'UPDATE "{}" SET origin_device = ? WHERE id = ?'


def delivered_by_a_copy(conn: Connection, bodies: Iterable[str]) -> None:
    """The server had the facts of these groups before: a copy of this till was faster.

    That copy goes by the name that this till had before, or did when they parted.
    """
    _, former, *_ = (*own_devices(conn), "", "")
    _put(conn, bodies, former)


def delivered_from_here(conn: Connection, bodies: Iterable[str]) -> None:
    """The server has lost these groups: the device that brings them now is the first."""
    _put(conn, bodies, own_devices(conn)[0])


def _put(conn: Connection, bodies: Iterable[str], device_id: str) -> None:
    for body in bodies:
        for op in decode(body).ops:
            if RECORDS[op.type].KIND is Kind.FACT:
                conn.exec_driver_sql(_SET.format(op.type), (device_id, op.id))
