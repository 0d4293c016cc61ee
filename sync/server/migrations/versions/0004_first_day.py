"""What a first day in a shop, and a hostile one on the server, showed to be missing.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = ("CREATE INDEX store_code_idx ON store (org_id, code)",)


def upgrade() -> None:
    """Add what is new."""
    for statement in INDEXES:
        op.execute(statement)


def downgrade() -> None:
    """There is no way back: a server is restored from its backup."""
    raise NotImplementedError("restore the backup instead")
