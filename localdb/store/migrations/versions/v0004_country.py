"""A store says in which country it is, and its VAT number.

Frozen: written out, never built from the live tables, so that it stays what it was.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

COLUMNS = (
    "ALTER TABLE store ADD COLUMN country TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE store ADD COLUMN vat_number TEXT DEFAULT '' NOT NULL",
)


def upgrade() -> None:
    """Add what is new; a store that was there says neither."""
    for statement in COLUMNS:
        op.execute(statement)
