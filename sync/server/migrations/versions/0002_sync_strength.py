"""Re-enrolment, rotating tokens, flags on facts, digests at checkpoints, the server's own jobs.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CHANGES = (
    """
    ALTER TABLE device ADD COLUMN replaces uuid, ADD COLUMN request_id uuid,
        ADD COLUMN token_at bigint, ADD COLUMN token_next_hash text, ADD COLUMN protocol bigint
    """,
    "CREATE INDEX device_token_next_idx ON device (org_id, token_next_hash)",
    """
    ALTER TABLE enrolment_code ADD COLUMN replaces uuid, ADD COLUMN device_id uuid,
        ADD COLUMN request_id uuid, ADD COLUMN renews uuid
    """,
    # One row of each is updated by every push: the new version belongs beside the old one, and the
    # old ones are to be cleared away before there are many.
    "ALTER TABLE stream SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,"
    " autovacuum_vacuum_threshold = 2000)",
    "ALTER TABLE device SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,"
    " autovacuum_vacuum_threshold = 2000)",
    "ALTER TABLE stream ADD COLUMN flagged_to bigint NOT NULL DEFAULT 0",
    "ALTER TABLE stream ALTER COLUMN flagged_to DROP DEFAULT",
    "CREATE INDEX conflict_open_idx ON conflict (org_id, record_id) WHERE state = 'open'",
    "CREATE INDEX sale_number_idx ON sale (org_id, receipt_number)",
    "CREATE INDEX sale_line_refund_idx ON sale_line (org_id, refund_of)"
    " WHERE refund_of IS NOT NULL",
    "CREATE INDEX journal_entry_seq_idx ON journal_entry (org_id, device_id, seq)",
    """
    CREATE TABLE digest_checkpoint (
        org_id uuid NOT NULL, stream text NOT NULL, number bigint NOT NULL, type text NOT NULL,
        bucket text NOT NULL, count bigint NOT NULL, digest text NOT NULL, at bigint NOT NULL,
        CONSTRAINT digest_checkpoint_pkey PRIMARY KEY (org_id, stream, number, type, bucket)
    )
    """,
    """
    CREATE TABLE job (
        name text NOT NULL, ran_at bigint NOT NULL, CONSTRAINT job_pkey PRIMARY KEY (name)
    )
    """,
    "CREATE TABLE tenant (org_id uuid NOT NULL, CONSTRAINT tenant_pkey PRIMARY KEY (org_id))",
    # The owner, too, is under row-level security, and sees no organisation but by this.
    "ALTER TABLE organisation NO FORCE ROW LEVEL SECURITY",
    "INSERT INTO tenant (org_id) SELECT org_id FROM organisation",
    "ALTER TABLE organisation FORCE ROW LEVEL SECURITY",
    """
    CREATE TABLE code_owner (
        code_hash text NOT NULL, org_id uuid NOT NULL,
        CONSTRAINT code_owner_pkey PRIMARY KEY (code_hash)
    )
    """,
)
ORG_TABLES = ("digest_checkpoint",)


def upgrade() -> None:
    """Add what is new; rows are seen only by the organisation they belong to."""
    for statement in CHANGES:
        op.execute(statement)
    for table in ORG_TABLES:
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        op.execute(
            f'CREATE POLICY own_organisation ON "{table}"'
            " USING (org_id = nullif(current_setting('evertill.org', true), '')::uuid)"
        )


def downgrade() -> None:
    """There is no way back: a server is restored from its backup."""
    raise NotImplementedError("restore the backup instead")
