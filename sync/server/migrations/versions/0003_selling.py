"""Offers, cards that hold money, roles, tips, what saved how much, the audit log.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    """CREATE TABLE role ( org_id UUID NOT NULL, id UUID NOT NULL, deleted BOOLEAN NOT NULL, code
    TEXT NOT NULL, name TEXT NOT NULL, permissions TEXT NOT NULL, discount_max_ppm BIGINT
    NOT NULL, version BIGINT NOT NULL, vector JSONB NOT NULL, extra JSONB NOT NULL,
    updated_device UUID NOT NULL, updated_user UUID, updated_at BIGINT NOT NULL, CONSTRAINT
    role_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE customer_group ( org_id UUID NOT NULL, id UUID NOT NULL, deleted BOOLEAN NOT
    NULL, name TEXT NOT NULL, version BIGINT NOT NULL, vector JSONB NOT NULL, extra JSONB
    NOT NULL, updated_device UUID NOT NULL, updated_user UUID, updated_at BIGINT NOT NULL,
    CONSTRAINT customer_group_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE price_list ( org_id UUID NOT NULL, id UUID NOT NULL, deleted BOOLEAN NOT NULL,
    name TEXT NOT NULL, group_id UUID, store_id UUID, starts_day BIGINT NOT NULL, ends_day
    BIGINT NOT NULL, active BOOLEAN NOT NULL, version BIGINT NOT NULL, vector JSONB NOT
    NULL, extra JSONB NOT NULL, updated_device UUID NOT NULL, updated_user UUID, updated_at
    BIGINT NOT NULL, CONSTRAINT price_list_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE price_list_item ( org_id UUID NOT NULL, id UUID NOT NULL, deleted BOOLEAN NOT
    NULL, price_list_id UUID NOT NULL, product_id UUID NOT NULL, price_minor BIGINT NOT
    NULL, min_quantity_milli BIGINT NOT NULL, version BIGINT NOT NULL, vector JSONB NOT
    NULL, extra JSONB NOT NULL, updated_device UUID NOT NULL, updated_user UUID, updated_at
    BIGINT NOT NULL, CONSTRAINT price_list_item_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE promotion ( org_id UUID NOT NULL, id UUID NOT NULL, deleted BOOLEAN NOT NULL,
    name TEXT NOT NULL, kind TEXT NOT NULL, targets TEXT NOT NULL, rate_ppm BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL, take BIGINT NOT NULL, pay BIGINT NOT NULL, spend_minor
    BIGINT NOT NULL, coupon_code TEXT NOT NULL, group_id UUID, store_id UUID, starts_day
    BIGINT NOT NULL, ends_day BIGINT NOT NULL, weekdays BIGINT NOT NULL, from_min BIGINT NOT
    NULL, until_min BIGINT NOT NULL, stackable BOOLEAN NOT NULL, priority BIGINT NOT NULL,
    times_max BIGINT NOT NULL, active BOOLEAN NOT NULL, version BIGINT NOT NULL, vector
    JSONB NOT NULL, extra JSONB NOT NULL, updated_device UUID NOT NULL, updated_user UUID,
    updated_at BIGINT NOT NULL, CONSTRAINT promotion_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE payment_method ( org_id UUID NOT NULL, id UUID NOT NULL, deleted BOOLEAN NOT
    NULL, code TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, asks_reference BOOLEAN
    NOT NULL, opens_drawer BOOLEAN NOT NULL, position BIGINT NOT NULL, active BOOLEAN NOT
    NULL, version BIGINT NOT NULL, vector JSONB NOT NULL, extra JSONB NOT NULL,
    updated_device UUID NOT NULL, updated_user UUID, updated_at BIGINT NOT NULL, CONSTRAINT
    payment_method_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE gift_card ( org_id UUID NOT NULL, id UUID NOT NULL, deleted BOOLEAN NOT NULL,
    code TEXT NOT NULL, customer_id UUID, expires_day BIGINT NOT NULL, active BOOLEAN NOT
    NULL, note TEXT NOT NULL, version BIGINT NOT NULL, vector JSONB NOT NULL, extra JSONB
    NOT NULL, updated_device UUID NOT NULL, updated_user UUID, updated_at BIGINT NOT NULL,
    CONSTRAINT gift_card_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE balance_checkpoint ( org_id UUID NOT NULL, id UUID NOT NULL, deleted BOOLEAN
    NOT NULL, kind TEXT NOT NULL, account_id UUID NOT NULL, amount BIGINT NOT NULL, includes
    TEXT NOT NULL, version BIGINT NOT NULL, vector JSONB NOT NULL, extra JSONB NOT NULL,
    updated_device UUID NOT NULL, updated_user UUID, updated_at BIGINT NOT NULL, CONSTRAINT
    balance_checkpoint_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE sale_discount ( org_id UUID NOT NULL, id UUID NOT NULL, store_id UUID NOT NULL,
    sale_id UUID NOT NULL, position BIGINT NOT NULL, line_id UUID, kind TEXT NOT NULL, name
    TEXT NOT NULL, promotion_id UUID, amount_minor BIGINT NOT NULL, origin_device UUID NOT
    NULL, origin_dseq BIGINT NOT NULL, extra JSONB NOT NULL, CONSTRAINT sale_discount_pkey
    PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE balance_movement ( org_id UUID NOT NULL, id UUID NOT NULL, store_id UUID NOT
    NULL, kind TEXT NOT NULL, account_id UUID NOT NULL, amount BIGINT NOT NULL, reason TEXT
    NOT NULL, sale_id UUID, user_id UUID NOT NULL, at_us BIGINT NOT NULL, origin_device UUID
    NOT NULL, origin_dseq BIGINT NOT NULL, extra JSONB NOT NULL, CONSTRAINT
    balance_movement_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE audit_entry ( org_id UUID NOT NULL, id UUID NOT NULL, store_id UUID NOT NULL,
    action TEXT NOT NULL, user_id UUID NOT NULL, approved_by UUID, sale_id UUID,
    amount_minor BIGINT NOT NULL, detail TEXT NOT NULL, at_us BIGINT NOT NULL, origin_device
    UUID NOT NULL, origin_dseq BIGINT NOT NULL, extra JSONB NOT NULL, CONSTRAINT
    audit_entry_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE claim ( org_id UUID NOT NULL, kind TEXT NOT NULL, subject_id UUID NOT NULL,
    device_id UUID NOT NULL, amount BIGINT NOT NULL, after BIGINT NOT NULL, until BIGINT NOT
    NULL, CONSTRAINT claim_pkey PRIMARY KEY (org_id, kind, subject_id, device_id) )""",
    """CREATE TABLE receipt_mail ( org_id UUID NOT NULL, id UUID NOT NULL, store_id UUID NOT NULL,
    sale_id UUID NOT NULL, email TEXT NOT NULL, at_us BIGINT NOT NULL, origin_device UUID
    NOT NULL, origin_dseq BIGINT NOT NULL, extra JSONB NOT NULL, CONSTRAINT
    receipt_mail_pkey PRIMARY KEY (org_id, id) )""",
    """CREATE TABLE mail_done ( org_id UUID NOT NULL, id UUID NOT NULL, at BIGINT NOT NULL,
    refused BOOLEAN NOT NULL, CONSTRAINT mail_done_pkey PRIMARY KEY (org_id, id) )""",
)
COLUMNS = (
    "ALTER TABLE tax_rate ADD COLUMN per_unit_minor bigint NOT NULL DEFAULT 0",
    "ALTER TABLE tax_rate ALTER COLUMN per_unit_minor DROP DEFAULT",
    "ALTER TABLE product ADD COLUMN favourite bigint NOT NULL DEFAULT 0",
    "ALTER TABLE product ALTER COLUMN favourite DROP DEFAULT",
    "ALTER TABLE customer ADD COLUMN group_id uuid",
    "ALTER TABLE customer ADD COLUMN address text NOT NULL DEFAULT ''",
    "ALTER TABLE customer ALTER COLUMN address DROP DEFAULT",
    "ALTER TABLE customer ADD COLUMN credit_limit_minor bigint NOT NULL DEFAULT 0",
    "ALTER TABLE customer ALTER COLUMN credit_limit_minor DROP DEFAULT",
    "ALTER TABLE sale ADD COLUMN reason text NOT NULL DEFAULT ''",
    "ALTER TABLE sale ALTER COLUMN reason DROP DEFAULT",
    "ALTER TABLE sale ADD COLUMN tip_minor bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sale ALTER COLUMN tip_minor DROP DEFAULT",
    "ALTER TABLE sale ADD COLUMN held_cart_id uuid",
    "ALTER TABLE sale ADD COLUMN buyer text NOT NULL DEFAULT ''",
    "ALTER TABLE sale ALTER COLUMN buyer DROP DEFAULT",
    "ALTER TABLE sale_line ADD COLUMN kind text NOT NULL DEFAULT ''",
    "ALTER TABLE sale_line ALTER COLUMN kind DROP DEFAULT",
    "ALTER TABLE sale_line ADD COLUMN unit text NOT NULL DEFAULT 'piece'",
    "ALTER TABLE sale_line ALTER COLUMN unit DROP DEFAULT",
    "ALTER TABLE sale_line ADD COLUMN list_price_minor bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sale_line ALTER COLUMN list_price_minor DROP DEFAULT",
    "ALTER TABLE sale_line ADD COLUMN lot text NOT NULL DEFAULT ''",
    "ALTER TABLE sale_line ALTER COLUMN lot DROP DEFAULT",
    "ALTER TABLE sale_line ADD COLUMN expires_day bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sale_line ALTER COLUMN expires_day DROP DEFAULT",
    "ALTER TABLE sale_line ADD COLUMN account_id uuid",
    "ALTER TABLE sale_tax ADD COLUMN per_unit_minor bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sale_tax ALTER COLUMN per_unit_minor DROP DEFAULT",
    "ALTER TABLE payment ADD COLUMN tip_minor bigint NOT NULL DEFAULT 0",
    "ALTER TABLE payment ALTER COLUMN tip_minor DROP DEFAULT",
    "ALTER TABLE payment ADD COLUMN account_id uuid",
    "ALTER TABLE payment ADD COLUMN corrects uuid",
    "ALTER TABLE shift_event ADD COLUMN expected_minor bigint NOT NULL DEFAULT 0",
    "ALTER TABLE shift_event ALTER COLUMN expected_minor DROP DEFAULT",
    "ALTER TABLE shift_event ADD COLUMN detail text NOT NULL DEFAULT '{}'",
    "ALTER TABLE shift_event ALTER COLUMN detail DROP DEFAULT",
    "ALTER TABLE stream ADD COLUMN balanced_to bigint NOT NULL DEFAULT 0",
    "ALTER TABLE stream ALTER COLUMN balanced_to DROP DEFAULT",
)
INDEXES = (
    "CREATE INDEX gift_card_code_idx ON gift_card (org_id, code)",
    "CREATE INDEX balance_checkpoint_account_idx ON balance_checkpoint (org_id, account_id)",
    """CREATE INDEX sale_held_cart_idx ON sale (org_id, held_cart_id) WHERE held_cart_id IS NOT
    NULL""",
    "CREATE INDEX sale_discount_origin_idx ON sale_discount (org_id, origin_device, origin_dseq)",
    "CREATE INDEX sale_discount_sale_idx ON sale_discount (org_id, sale_id)",
    "CREATE INDEX sale_discount_store_idx ON sale_discount (org_id, store_id, id)",
    "CREATE INDEX balance_movement_account_idx ON balance_movement (org_id, account_id)",
    """CREATE INDEX balance_movement_origin_idx ON balance_movement (org_id, origin_device,
    origin_dseq)""",
    "CREATE INDEX balance_movement_sale_idx ON balance_movement (org_id, sale_id)",
    "CREATE INDEX balance_movement_store_idx ON balance_movement (org_id, store_id, id)",
    "CREATE INDEX audit_entry_origin_idx ON audit_entry (org_id, origin_device, origin_dseq)",
    "CREATE INDEX audit_entry_sale_idx ON audit_entry (org_id, sale_id)",
    "CREATE INDEX audit_entry_store_idx ON audit_entry (org_id, store_id, id)",
    "CREATE INDEX receipt_mail_origin_idx ON receipt_mail (org_id, origin_device, origin_dseq)",
    "CREATE INDEX receipt_mail_sale_idx ON receipt_mail (org_id, sale_id)",
    "CREATE INDEX receipt_mail_store_idx ON receipt_mail (org_id, store_id, id)",
)
ORG_TABLES = (
    "role",
    "customer_group",
    "price_list",
    "price_list_item",
    "promotion",
    "payment_method",
    "gift_card",
    "balance_checkpoint",
    "sale_discount",
    "balance_movement",
    "audit_entry",
    "receipt_mail",
    "mail_done",
    "claim",
)


def upgrade() -> None:
    """Add what is new; rows are seen only by the organisation they belong to."""
    for statement in (*TABLES, *COLUMNS, *INDEXES):
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
