"""The server's tables: its own, and one for each record type, built from the declaration.

Every key starts with the organisation, so that the tables can be spread over machines unchanged.
Natural keys are indexed, never unique: the second till that used a barcode offline is not refused.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from localdb.domain.fields import FieldInfo
from localdb.domain.records import RECORDS, REFERENCES, Kind, Record, Scope

METADATA = MetaData()
ORG_STREAM = "org"
"""The wire's name of the organisation's stream; a store's stream is named by its id."""
NATURAL_KEYS = {record.TYPE: record.NATURAL_KEY for record in REFERENCES if record.NATURAL_KEY}
"""Record type -> the field that should name only one live record of an organisation."""
COLUMN_TYPES = {"id": "uuid", "text": "text", "int": "bigint", "flag": "boolean"}
"""Field kind -> column type, as SQL casts name it."""
REFERENCE_COLUMNS = {
    "version": "bigint",
    "vector": "jsonb",
    "extra": "jsonb",
    "updated_device": "uuid",
    "updated_user": "uuid",
    "updated_at": "bigint",
}
FACT_COLUMNS = {"origin_device": "uuid", "origin_dseq": "bigint", "extra": "jsonb"}
"""What the server keeps of a fact besides its fields: the group that brought it first."""
_SQL_TYPES: dict[str, Any] = {
    "uuid": UUID(as_uuid=False),
    "text": Text(),
    "bigint": BigInteger(),
    "boolean": Boolean(),
    "jsonb": JSONB(),
}


def bookkeeping(record: type[Record]) -> dict[str, str]:
    """The server's own columns of a record's table: name -> SQL type."""
    return REFERENCE_COLUMNS if record.KIND is Kind.REFERENCE else FACT_COLUMNS


def columns_of(record: type[Record]) -> dict[str, str]:
    """All columns of a record's table but the organisation: name -> SQL type, in order."""
    declared = {field.name: COLUMN_TYPES[field.spec.kind] for field in record.fields()}
    return declared | bookkeeping(record)


def record_table(record: type[Record], metadata: MetaData) -> Table:
    """The table of a record type: its fields, the organisation before them, bookkeeping after."""
    return Table(
        record.TYPE,
        metadata,
        _column("org_id", "uuid"),
        *(_field_column(field) for field in record.fields()),
        *(_column(n, t, null=n == "updated_user") for n, t in bookkeeping(record).items()),
        PrimaryKeyConstraint("org_id", "id", name=f"{record.TYPE}_pkey"),
        *_indexes(record),
    )


def _field_column(field: FieldInfo) -> Column[Any]:
    return _column(field.name, COLUMN_TYPES[field.spec.kind], null=field.nullable)


def _column(name: str, kind: str, *, null: bool = False) -> Column[Any]:
    return Column(name, _SQL_TYPES[kind], nullable=null)


_LOOKED_UP = (
    ("conflict", "conflict_open_idx", ("record_id",), "state = 'open'"),
    ("sale", "sale_number_idx", ("receipt_number",), ""),
    ("sale", "sale_held_cart_idx", ("held_cart_id",), "held_cart_id IS NOT NULL"),
    ("sale_line", "sale_line_refund_idx", ("refund_of",), "refund_of IS NOT NULL"),
    ("journal_entry", "journal_entry_seq_idx", ("device_id", "seq"), ""),
    ("balance_movement", "balance_movement_account_idx", ("account_id",), ""),
    ("balance_checkpoint", "balance_checkpoint_account_idx", ("account_id",), ""),
)
"""Record type, and an index for what is asked about other rows: its name, fields and condition."""


def _indexes(record: type[Record]) -> list[Index]:
    keys = [NATURAL_KEYS[record.TYPE]] if record.TYPE in NATURAL_KEYS else []
    found = [Index(f"{record.TYPE}_{key}_idx", "org_id", key) for key in keys]
    if record.SCOPE is Scope.STORE:
        found.append(Index(f"{record.TYPE}_store_idx", "org_id", "store_id", "id"))
    if record.KIND is Kind.FACT:
        # How a page of the stream finds the facts of its groups.
        found.append(Index(f"{record.TYPE}_origin_idx", "org_id", "origin_device", "origin_dseq"))
    if "sale_id" in columns_of(record):
        found.append(Index(f"{record.TYPE}_sale_idx", "org_id", "sale_id"))
    if "shift_id" in columns_of(record):
        found.append(Index(f"{record.TYPE}_shift_idx", "org_id", "shift_id"))
    for type_name, name, fields, where in _LOOKED_UP:
        if type_name == record.TYPE:
            condition = text(where) if where else None
            found.append(Index(name, "org_id", *fields, postgresql_where=condition))
    return found


RECORD_TABLES = {name: record_table(record, METADATA) for name, record in RECORDS.items()}
"""Record type -> its table."""


def _table(name: str, key: tuple[str, ...], columns: dict[str, str], *rest: Any) -> Table:
    """One of the server's own tables; a column type ending in ``?`` may be null."""
    return Table(
        name,
        METADATA,
        *(_column(n, t.rstrip("?"), null=t.endswith("?")) for n, t in columns.items()),
        PrimaryKeyConstraint(*key, name=f"{name}_pkey"),
        *rest,
    )


SERVER_STATE = _table(
    "server_state",
    ("epoch",),
    {
        "epoch": "uuid",
        "restored_at": "bigint?",
        "backup_at": "bigint?",
        "restore_open_until": "bigint?",
    },
)
"""One row. The epoch changes when the database is restored, so that no cursor survives it.

Of the restore that was declared last: when, of when the backup was, and until when tills hand over
what it lost.
"""

ORGANISATION = _table(
    "organisation",
    ("org_id",),
    {"org_id": "uuid", "name": "text", "api_device_id": "uuid", "created_at": "bigint"},
)
"""``api_device_id`` is the device under which the server's own edits enter the stream."""

DEVICE = _table(
    "device",
    ("org_id", "device_id"),
    {
        "org_id": "uuid",
        "device_id": "uuid",
        "store_id": "uuid?",
        "till_code": "text",
        "name": "text",
        "token_hash": "text?",
        "enrolled_at": "bigint",
        "revoked_at": "bigint?",
        "last_seen": "bigint?",
        "dseq_acknowledged": "bigint",
        "stock_number": "bigint?",
        "replaces": "uuid?",
        "request_id": "uuid?",
        "token_at": "bigint?",
        "token_next_hash": "text?",
        "protocol": "bigint?",
        "manages": "boolean",
    },
    Index("device_token_idx", "org_id", "token_hash"),
    Index("device_token_next_idx", "org_id", "token_next_hash"),
)
"""``stock_number`` names the stock checkpoint of the device's running bootstrap; ``replaces`` is
the device this one goes on for, ``request_id`` the request that made it; ``token_at`` says when the
token was given, ``token_next_hash`` is its successor until that is used. Only where ``manages`` is
true people, roles, settings, taxes and stores may be changed."""

ENROLMENT_CODE = _table(
    "enrolment_code",
    ("org_id", "code_hash"),
    {
        "org_id": "uuid",
        "code_hash": "text",
        "store_id": "uuid",
        "till_code": "text",
        "expires_at": "bigint",
        "used_at": "bigint?",
        "replaces": "uuid?",
        "device_id": "uuid?",
        "request_id": "uuid?",
        "renews": "uuid?",
        "manages": "boolean?",
    },
)
"""``replaces`` is a dead device whose place the till takes, ``renews`` one that only gets a new
token; ``device_id`` is the device it was spent on, ``request_id`` the request that spent it."""

LEDGER = _table(
    "ledger",
    ("org_id", "device_id", "dseq"),
    {
        "org_id": "uuid",
        "device_id": "uuid",
        "dseq": "bigint",
        "hash": "text",
        "verdict": "jsonb",
        "at": "bigint",
    },
)
"""One row per group ever seen, written in the transaction of its effects."""

STREAM = _table(
    "stream",
    ("org_id", "stream"),
    {
        "org_id": "uuid",
        "stream": "text",
        "head": "bigint",
        "pruned_to": "bigint",
        "flagged_to": "bigint",
        "balanced_to": "bigint",
    },
)
"""``pruned_to`` is the last number not kept any more, ``flagged_to`` the last one whose facts were
looked at for flags, ``balanced_to`` the last one whose movements are in the balances."""

CHANGE_LOG = _table(
    "change_log",
    ("org_id", "stream", "number"),
    {
        "org_id": "uuid",
        "stream": "text",
        "number": "bigint",
        "device_id": "uuid",
        "dseq": "bigint",
        "user_id": "uuid?",
        "store_id": "uuid?",
        "at": "bigint",
        "applied_at": "bigint",
        "row_count": "bigint",
        "fact_types": "jsonb",
        "rows": "jsonb",
        "given_by": "uuid?",
    },
)
"""``at`` is the till's clock, ``applied_at`` the server's; ``rows`` are the reference images.

``given_by`` handed the facts over after a restore, in the place of the device that brought them.
"""

HELD_GROUP = _table(
    "held_group",
    ("org_id", "device_id", "dseq"),
    {
        "org_id": "uuid",
        "device_id": "uuid",
        "dseq": "bigint",
        "hash": "text",
        "body": "text",
        "code": "text",
        "detail": "text",
        "waits_for": "uuid?",
        "at": "bigint",
    },
    Index("held_group_waits_idx", "org_id", "waits_for"),
)

STOCK_CHECKPOINT = _table(
    "stock_checkpoint",
    ("org_id", "store_id", "number", "product_id"),
    {
        "org_id": "uuid",
        "store_id": "uuid",
        "number": "bigint",
        "product_id": "uuid",
        "quantity_milli": "bigint",
    },
)

DIGEST_CHECKPOINT = _table(
    "digest_checkpoint",
    ("org_id", "stream", "number", "type", "bucket"),
    {
        "org_id": "uuid",
        "stream": "text",
        "number": "bigint",
        "type": "text",
        "bucket": "text",
        "count": "bigint",
        "digest": "text",
        "at": "bigint",
    },
)
"""What the rows of one bucket amounted to when the stream was at ``number``."""

CLAIM = _table(
    "claim",
    ("org_id", "kind", "subject_id", "device_id"),
    {
        "org_id": "uuid",
        "kind": "text",
        "subject_id": "uuid",
        "device_id": "uuid",
        "amount": "bigint",
        "after": "bigint",
        "until": "bigint",
    },
)
"""A claim: a till has an amount for itself ``until`` a moment, in its groups ``after`` a number."""

MAIL_DONE = _table(
    "mail_done",
    ("org_id", "id"),
    {"org_id": "uuid", "id": "uuid", "at": "bigint", "refused": "boolean"},
)
"""The receipts by mail that were sent, or can never be."""

JOB = _table("job", ("name",), {"name": "text", "ran_at": "bigint"})
"""When each of the server's own jobs was last done, by whichever process."""

TENANT = _table("tenant", ("org_id",), {"org_id": "uuid"})
"""Which organisations there are, for the server's own jobs: their ids and nothing else."""

CODE_OWNER = _table("code_owner", ("code_hash",), {"code_hash": "text", "org_id": "uuid"})
"""The organisation of an enrolment code, which is too short to name it itself."""

OPEN_TABLES = ("tenant", "code_owner")
"""Tables that are read before the organisation is known; nothing in them is worth hiding."""

ORG_TABLES = tuple(
    name
    for name, table in METADATA.tables.items()
    if "org_id" in table.columns and name not in OPEN_TABLES
)
"""The tables under row-level security."""
