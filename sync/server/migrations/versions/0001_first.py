"""The first shape of the server's tables.

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE store (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL,
        code text NOT NULL, name text NOT NULL, address text NOT NULL,
        currency text NOT NULL, timezone text NOT NULL, day_cutoff_min bigint NOT NULL,
        receipt_footer text NOT NULL, version bigint NOT NULL, vector jsonb NOT NULL,
        extra jsonb NOT NULL, updated_device uuid NOT NULL, updated_user uuid,
        updated_at bigint NOT NULL, CONSTRAINT store_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE till (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL,
        store_id uuid NOT NULL, code text NOT NULL, name text NOT NULL,
        version bigint NOT NULL, vector jsonb NOT NULL, extra jsonb NOT NULL,
        updated_device uuid NOT NULL, updated_user uuid, updated_at bigint NOT NULL,
        CONSTRAINT till_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE "user" (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL,
        name text NOT NULL, role text NOT NULL, pin_hash text NOT NULL, badge text NOT NULL,
        active boolean NOT NULL, version bigint NOT NULL, vector jsonb NOT NULL,
        extra jsonb NOT NULL, updated_device uuid NOT NULL, updated_user uuid,
        updated_at bigint NOT NULL, CONSTRAINT user_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE category (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL,
        name text NOT NULL, colour text NOT NULL, icon text NOT NULL,
        position bigint NOT NULL, version bigint NOT NULL, vector jsonb NOT NULL,
        extra jsonb NOT NULL, updated_device uuid NOT NULL, updated_user uuid,
        updated_at bigint NOT NULL, CONSTRAINT category_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE tax_class (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL,
        code text NOT NULL, name text NOT NULL, included boolean NOT NULL,
        version bigint NOT NULL, vector jsonb NOT NULL, extra jsonb NOT NULL,
        updated_device uuid NOT NULL, updated_user uuid, updated_at bigint NOT NULL,
        CONSTRAINT tax_class_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE tax_rate (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL,
        tax_class_id uuid NOT NULL, name text NOT NULL, rate_ppm bigint NOT NULL,
        compound boolean NOT NULL, position bigint NOT NULL, version bigint NOT NULL,
        vector jsonb NOT NULL, extra jsonb NOT NULL, updated_device uuid NOT NULL,
        updated_user uuid, updated_at bigint NOT NULL,
        CONSTRAINT tax_rate_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE product (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL, sku text NOT NULL,
        name text NOT NULL, price_minor bigint NOT NULL, tax_class_id uuid NOT NULL,
        category_id uuid, cost_minor bigint NOT NULL, unit text NOT NULL,
        kind text NOT NULL, min_age bigint NOT NULL, deposit_id uuid, variant_of uuid,
        plu text NOT NULL, note text NOT NULL, version bigint NOT NULL,
        vector jsonb NOT NULL, extra jsonb NOT NULL, updated_device uuid NOT NULL,
        updated_user uuid, updated_at bigint NOT NULL,
        CONSTRAINT product_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE barcode (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL,
        code text NOT NULL, product_id uuid NOT NULL, version bigint NOT NULL,
        vector jsonb NOT NULL, extra jsonb NOT NULL, updated_device uuid NOT NULL,
        updated_user uuid, updated_at bigint NOT NULL,
        CONSTRAINT barcode_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE customer (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL,
        name text NOT NULL, phone text NOT NULL, email text NOT NULL, card text NOT NULL,
        vat_number text NOT NULL, tax_exempt boolean NOT NULL, note text NOT NULL,
        version bigint NOT NULL, vector jsonb NOT NULL, extra jsonb NOT NULL,
        updated_device uuid NOT NULL, updated_user uuid, updated_at bigint NOT NULL,
        CONSTRAINT customer_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE setting (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL, key text NOT NULL,
        value text NOT NULL, store_id uuid, version bigint NOT NULL, vector jsonb NOT NULL,
        extra jsonb NOT NULL, updated_device uuid NOT NULL, updated_user uuid,
        updated_at bigint NOT NULL, CONSTRAINT setting_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE held_cart (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL,
        store_id uuid NOT NULL, label text NOT NULL, cart text NOT NULL,
        total_minor bigint NOT NULL, held_by uuid NOT NULL, held_at_us bigint NOT NULL,
        state text NOT NULL, version bigint NOT NULL, vector jsonb NOT NULL,
        extra jsonb NOT NULL, updated_device uuid NOT NULL, updated_user uuid,
        updated_at bigint NOT NULL, CONSTRAINT held_cart_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE conflict (
        org_id uuid NOT NULL, id uuid NOT NULL, deleted boolean NOT NULL,
        kind text NOT NULL, record_type text NOT NULL, record_id uuid NOT NULL,
        title text NOT NULL, fields_json text NOT NULL, device_id uuid NOT NULL,
        user_id uuid, at_us bigint NOT NULL, remote_device_id uuid, remote_user_id uuid,
        remote_at_us bigint, local_vector text NOT NULL, remote_vector text NOT NULL,
        state text NOT NULL, resolution_json text NOT NULL, settled_by uuid,
        settled_at_us bigint, version bigint NOT NULL, vector jsonb NOT NULL,
        extra jsonb NOT NULL, updated_device uuid NOT NULL, updated_user uuid,
        updated_at bigint NOT NULL, CONSTRAINT conflict_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE sale (
        org_id uuid NOT NULL, id uuid NOT NULL, store_id uuid NOT NULL,
        device_id uuid NOT NULL, shift_id uuid NOT NULL, cashier_id uuid NOT NULL,
        customer_id uuid, receipt_number text NOT NULL, kind text NOT NULL, refund_of uuid,
        currency text NOT NULL, total_minor bigint NOT NULL, tax_minor bigint NOT NULL,
        discount_minor bigint NOT NULL, rounding_minor bigint NOT NULL,
        line_count bigint NOT NULL, rung_at_us bigint NOT NULL,
        business_day bigint NOT NULL, note text NOT NULL, origin_device uuid NOT NULL,
        origin_dseq bigint NOT NULL, extra jsonb NOT NULL,
        CONSTRAINT sale_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE sale_line (
        org_id uuid NOT NULL, id uuid NOT NULL, store_id uuid NOT NULL,
        sale_id uuid NOT NULL, position bigint NOT NULL, product_id uuid,
        name text NOT NULL, barcode text NOT NULL, quantity_milli bigint NOT NULL,
        unit_price_minor bigint NOT NULL, discount_minor bigint NOT NULL,
        total_minor bigint NOT NULL, tax_class_id uuid, tax_minor bigint NOT NULL,
        refund_of uuid, note text NOT NULL, origin_device uuid NOT NULL,
        origin_dseq bigint NOT NULL, extra jsonb NOT NULL,
        CONSTRAINT sale_line_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE sale_tax (
        org_id uuid NOT NULL, id uuid NOT NULL, store_id uuid NOT NULL,
        sale_id uuid NOT NULL, position bigint NOT NULL, name text NOT NULL,
        rate_ppm bigint NOT NULL, base_minor bigint NOT NULL, tax_minor bigint NOT NULL,
        origin_device uuid NOT NULL, origin_dseq bigint NOT NULL, extra jsonb NOT NULL,
        CONSTRAINT sale_tax_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE payment (
        org_id uuid NOT NULL, id uuid NOT NULL, store_id uuid NOT NULL,
        sale_id uuid NOT NULL, position bigint NOT NULL, method text NOT NULL,
        amount_minor bigint NOT NULL, tendered_minor bigint NOT NULL,
        change_minor bigint NOT NULL, reference text NOT NULL, origin_device uuid NOT NULL,
        origin_dseq bigint NOT NULL, extra jsonb NOT NULL,
        CONSTRAINT payment_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE stock_movement (
        org_id uuid NOT NULL, id uuid NOT NULL, store_id uuid NOT NULL,
        product_id uuid NOT NULL, quantity_milli bigint NOT NULL, reason text NOT NULL,
        sale_id uuid, user_id uuid, at_us bigint NOT NULL, origin_device uuid NOT NULL,
        origin_dseq bigint NOT NULL, extra jsonb NOT NULL,
        CONSTRAINT stock_movement_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE shift_event (
        org_id uuid NOT NULL, id uuid NOT NULL, store_id uuid NOT NULL,
        device_id uuid NOT NULL, shift_id uuid NOT NULL, kind text NOT NULL,
        amount_minor bigint NOT NULL, reason text NOT NULL, user_id uuid NOT NULL,
        at_us bigint NOT NULL, z_number bigint NOT NULL, origin_device uuid NOT NULL,
        origin_dseq bigint NOT NULL, extra jsonb NOT NULL,
        CONSTRAINT shift_event_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE journal_entry (
        org_id uuid NOT NULL, id uuid NOT NULL, store_id uuid NOT NULL,
        device_id uuid NOT NULL, seq bigint NOT NULL, kind text NOT NULL,
        payload text NOT NULL, at_us bigint NOT NULL, previous_hash text NOT NULL,
        hash text NOT NULL, origin_device uuid NOT NULL, origin_dseq bigint NOT NULL,
        extra jsonb NOT NULL, CONSTRAINT journal_entry_pkey PRIMARY KEY (org_id, id)
    )
    """,
    """
    CREATE TABLE server_state (
        epoch uuid NOT NULL, CONSTRAINT server_state_pkey PRIMARY KEY (epoch)
    )
    """,
    """
    CREATE TABLE organisation (
        org_id uuid NOT NULL, name text NOT NULL, api_device_id uuid NOT NULL,
        created_at bigint NOT NULL, CONSTRAINT organisation_pkey PRIMARY KEY (org_id)
    )
    """,
    """
    CREATE TABLE device (
        org_id uuid NOT NULL, device_id uuid NOT NULL, store_id uuid,
        till_code text NOT NULL, name text NOT NULL, token_hash text,
        enrolled_at bigint NOT NULL, revoked_at bigint, last_seen bigint,
        dseq_acknowledged bigint NOT NULL, stock_number bigint,
        CONSTRAINT device_pkey PRIMARY KEY (org_id, device_id)
    )
    """,
    """
    CREATE TABLE enrolment_code (
        org_id uuid NOT NULL, code_hash text NOT NULL, store_id uuid NOT NULL,
        till_code text NOT NULL, expires_at bigint NOT NULL, used_at bigint,
        CONSTRAINT enrolment_code_pkey PRIMARY KEY (org_id, code_hash)
    )
    """,
    """
    CREATE TABLE ledger (
        org_id uuid NOT NULL, device_id uuid NOT NULL, dseq bigint NOT NULL,
        hash text NOT NULL, verdict jsonb NOT NULL, at bigint NOT NULL,
        CONSTRAINT ledger_pkey PRIMARY KEY (org_id, device_id, dseq)
    )
    """,
    """
    CREATE TABLE stream (
        org_id uuid NOT NULL, stream text NOT NULL, head bigint NOT NULL,
        pruned_to bigint NOT NULL, CONSTRAINT stream_pkey PRIMARY KEY (org_id, stream)
    )
    """,
    """
    CREATE TABLE change_log (
        org_id uuid NOT NULL, stream text NOT NULL, number bigint NOT NULL,
        device_id uuid NOT NULL, dseq bigint NOT NULL, user_id uuid, store_id uuid,
        at bigint NOT NULL, applied_at bigint NOT NULL, row_count bigint NOT NULL,
        fact_types jsonb NOT NULL, rows jsonb NOT NULL,
        CONSTRAINT change_log_pkey PRIMARY KEY (org_id, stream, number)
    )
    """,
    """
    CREATE TABLE held_group (
        org_id uuid NOT NULL, device_id uuid NOT NULL, dseq bigint NOT NULL,
        hash text NOT NULL, body text NOT NULL, code text NOT NULL, detail text NOT NULL,
        waits_for uuid, at bigint NOT NULL,
        CONSTRAINT held_group_pkey PRIMARY KEY (org_id, device_id, dseq)
    )
    """,
    """
    CREATE TABLE stock_checkpoint (
        org_id uuid NOT NULL, store_id uuid NOT NULL, number bigint NOT NULL,
        product_id uuid NOT NULL, quantity_milli bigint NOT NULL,
        CONSTRAINT stock_checkpoint_pkey PRIMARY KEY (org_id, store_id, number, product_id)
    )
    """,
)

INDEXES = (
    "CREATE INDEX product_sku_idx ON product (org_id, sku)",
    "CREATE INDEX barcode_code_idx ON barcode (org_id, code)",
    "CREATE INDEX held_cart_store_idx ON held_cart (org_id, store_id, id)",
    "CREATE INDEX sale_origin_idx ON sale (org_id, origin_device, origin_dseq)",
    "CREATE INDEX sale_shift_idx ON sale (org_id, shift_id)",
    "CREATE INDEX sale_store_idx ON sale (org_id, store_id, id)",
    "CREATE INDEX sale_line_origin_idx ON sale_line (org_id, origin_device, origin_dseq)",
    "CREATE INDEX sale_line_sale_idx ON sale_line (org_id, sale_id)",
    "CREATE INDEX sale_line_store_idx ON sale_line (org_id, store_id, id)",
    "CREATE INDEX sale_tax_origin_idx ON sale_tax (org_id, origin_device, origin_dseq)",
    "CREATE INDEX sale_tax_sale_idx ON sale_tax (org_id, sale_id)",
    "CREATE INDEX sale_tax_store_idx ON sale_tax (org_id, store_id, id)",
    "CREATE INDEX payment_origin_idx ON payment (org_id, origin_device, origin_dseq)",
    "CREATE INDEX payment_sale_idx ON payment (org_id, sale_id)",
    "CREATE INDEX payment_store_idx ON payment (org_id, store_id, id)",
    "CREATE INDEX stock_movement_origin_idx ON stock_movement (org_id, origin_device, origin_dseq)",
    "CREATE INDEX stock_movement_sale_idx ON stock_movement (org_id, sale_id)",
    "CREATE INDEX stock_movement_store_idx ON stock_movement (org_id, store_id, id)",
    "CREATE INDEX shift_event_origin_idx ON shift_event (org_id, origin_device, origin_dseq)",
    "CREATE INDEX shift_event_shift_idx ON shift_event (org_id, shift_id)",
    "CREATE INDEX shift_event_store_idx ON shift_event (org_id, store_id, id)",
    "CREATE INDEX journal_entry_origin_idx ON journal_entry (org_id, origin_device, origin_dseq)",
    "CREATE INDEX journal_entry_store_idx ON journal_entry (org_id, store_id, id)",
    "CREATE INDEX device_token_idx ON device (org_id, token_hash)",
    "CREATE INDEX held_group_waits_idx ON held_group (org_id, waits_for)",
)

ORG_TABLES = (
    "store",
    "till",
    "user",
    "category",
    "tax_class",
    "tax_rate",
    "product",
    "barcode",
    "customer",
    "setting",
    "held_cart",
    "conflict",
    "sale",
    "sale_line",
    "sale_tax",
    "payment",
    "stock_movement",
    "shift_event",
    "journal_entry",
    "organisation",
    "device",
    "enrolment_code",
    "ledger",
    "stream",
    "change_log",
    "held_group",
    "stock_checkpoint",
)


def upgrade() -> None:
    """Create every table; rows are seen only by the organisation they belong to."""
    for statement in (*TABLES, *INDEXES):
        op.execute(statement)
    for table in ORG_TABLES:
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        op.execute(
            f'CREATE POLICY own_organisation ON "{table}"'
            " USING (org_id = nullif(current_setting('evertill.org', true), '')::uuid)"
        )
    op.execute("INSERT INTO server_state (epoch) VALUES (gen_random_uuid())")


def downgrade() -> None:
    """There is no way back: a server is restored from its backup."""
    raise NotImplementedError("restore the backup instead")
