"""A store says in which country it is, and its VAT number.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = (
    "ALTER TABLE store ADD COLUMN country text NOT NULL DEFAULT ''",
    "ALTER TABLE store ALTER COLUMN country DROP DEFAULT",
    "ALTER TABLE store ADD COLUMN vat_number text NOT NULL DEFAULT ''",
    "ALTER TABLE store ALTER COLUMN vat_number DROP DEFAULT",
)


def upgrade() -> None:
    """Add what is new."""
    for statement in COLUMNS:
        op.execute(statement)
