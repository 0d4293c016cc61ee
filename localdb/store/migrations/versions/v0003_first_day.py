"""What a first day in a shop, and a hostile one on the server, showed to be missing.

Frozen: written out, never built from the live tables, so that it stays what it was.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

COLUMNS = ("ALTER TABLE conflict ADD COLUMN reason TEXT DEFAULT '' NOT NULL",)
TABLES = (
    # Other devices' facts with their groups, kept for a server that loses them.
    """CREATE TABLE fact_origin (
        type TEXT NOT NULL,
        id TEXT NOT NULL,
        store_id TEXT NOT NULL,
        device_id TEXT NOT NULL,
        dseq INTEGER NOT NULL,
        body TEXT,
        PRIMARY KEY (type, id)
    ) WITHOUT ROWID, STRICT""",
)


def upgrade() -> None:
    """Add what is new; a row that was there holds what an older till would have meant."""
    for statement in (*COLUMNS, *TABLES):
        op.execute(statement)
