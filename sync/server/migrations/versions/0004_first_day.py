"""What a first day in a shop, and a hostile one on the server, showed to be missing.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = (
    # Who may do what at a till of before is not taken from it: it goes on managing.
    "ALTER TABLE device ADD COLUMN manages boolean NOT NULL DEFAULT true",
    "ALTER TABLE device ALTER COLUMN manages DROP DEFAULT",
    "ALTER TABLE enrolment_code ADD COLUMN manages boolean",
    "ALTER TABLE conflict ADD COLUMN reason text NOT NULL DEFAULT ''",
    "ALTER TABLE conflict ALTER COLUMN reason DROP DEFAULT",
)
INDEXES = ("CREATE INDEX store_code_idx ON store (org_id, code)",)
# The restore that was declared last: until when, and what it can have lost.
RESTORE = (
    "ALTER TABLE server_state ADD COLUMN restored_at BIGINT",
    "ALTER TABLE server_state ADD COLUMN backup_at BIGINT",
    "ALTER TABLE server_state ADD COLUMN restore_open_until BIGINT",
    "ALTER TABLE change_log ADD COLUMN given_by UUID",
)


def upgrade() -> None:
    """Add what is new."""
    for statement in (*COLUMNS, *INDEXES, *RESTORE):
        op.execute(statement)


def downgrade() -> None:
    """There is no way back: a server is restored from its backup."""
    raise NotImplementedError("restore the backup instead")
