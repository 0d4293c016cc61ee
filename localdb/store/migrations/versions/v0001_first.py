"""The first schema of the till: every table as it was when Evertill 0.1 was made.

Frozen: written out, never built from the live tables, so that it stays what it was.
"""

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    """CREATE TABLE store (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
    address TEXT NOT NULL, currency TEXT NOT NULL, timezone TEXT NOT NULL, day_cutoff_min
    INTEGER NOT NULL, receipt_footer TEXT NOT NULL, version INTEGER NOT NULL, vector TEXT
    NOT NULL, image TEXT, extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK
    (deleted IN (0, 1)), CHECK (day_cutoff_min >= 0)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE till (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, store_id TEXT NOT NULL, code TEXT NOT NULL,
    name TEXT NOT NULL, version INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT, extra
    TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK
    (length(store_id) = 36)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE user (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
    pin_hash TEXT NOT NULL, badge TEXT NOT NULL, active INTEGER NOT NULL, version INTEGER
    NOT NULL, vector TEXT NOT NULL, image TEXT, extra TEXT, PRIMARY KEY (id), CHECK
    (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK (active IN (0, 1))
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE category (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, name TEXT NOT NULL, colour TEXT NOT NULL,
    icon TEXT NOT NULL, position INTEGER NOT NULL, version INTEGER NOT NULL, vector TEXT NOT
    NULL, image TEXT, extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (deleted
    IN (0, 1)), CHECK (position >= 0)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE tax_class (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
    included INTEGER NOT NULL, version INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT,
    extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK
    (included IN (0, 1))
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE tax_rate (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, tax_class_id TEXT NOT NULL, name TEXT NOT
    NULL, rate_ppm INTEGER NOT NULL, compound INTEGER NOT NULL, position INTEGER NOT NULL,
    version INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT, extra TEXT, PRIMARY KEY
    (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK (length(tax_class_id) =
    36), CHECK (rate_ppm >= 0), CHECK (compound IN (0, 1)), CHECK (position >= 0)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE product (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, sku TEXT NOT NULL, name TEXT NOT NULL,
    price_minor INTEGER NOT NULL, tax_class_id TEXT NOT NULL, category_id TEXT, cost_minor
    INTEGER NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL, min_age INTEGER NOT NULL,
    deposit_id TEXT, variant_of TEXT, plu TEXT NOT NULL, note TEXT NOT NULL, version INTEGER
    NOT NULL, vector TEXT NOT NULL, image TEXT, extra TEXT, PRIMARY KEY (id), CHECK
    (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK (price_minor >= 0), CHECK
    (length(tax_class_id) = 36), CHECK (length(category_id) = 36), CHECK (cost_minor >= 0),
    CHECK (min_age >= 0), CHECK (length(deposit_id) = 36), CHECK (length(variant_of) = 36)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE barcode (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, code TEXT NOT NULL, product_id TEXT NOT
    NULL, version INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT, extra TEXT, PRIMARY
    KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK (length(product_id)
    = 36)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE customer (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, name TEXT NOT NULL, phone TEXT NOT NULL,
    email TEXT NOT NULL, card TEXT NOT NULL, vat_number TEXT NOT NULL, tax_exempt INTEGER
    NOT NULL, note TEXT NOT NULL, version INTEGER NOT NULL, vector TEXT NOT NULL, image
    TEXT, extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)),
    CHECK (tax_exempt IN (0, 1))
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE setting (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, "key" TEXT NOT NULL, value TEXT NOT NULL,
    store_id TEXT, version INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT, extra TEXT,
    PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK
    (length(store_id) = 36)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE held_cart (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, store_id TEXT NOT NULL, label TEXT NOT NULL,
    cart TEXT NOT NULL, total_minor INTEGER NOT NULL, held_by TEXT NOT NULL, held_at_us
    INTEGER NOT NULL, state TEXT NOT NULL, version INTEGER NOT NULL, vector TEXT NOT NULL,
    image TEXT, extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0,
    1)), CHECK (length(store_id) = 36), CHECK (length(held_by) = 36), CHECK (held_at_us >=
    0)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE "conflict" (
    id TEXT NOT NULL, deleted INTEGER NOT NULL, kind TEXT NOT NULL, record_type TEXT NOT
    NULL, record_id TEXT NOT NULL, title TEXT NOT NULL, fields_json TEXT NOT NULL, device_id
    TEXT NOT NULL, user_id TEXT, at_us INTEGER NOT NULL, remote_device_id TEXT,
    remote_user_id TEXT, remote_at_us INTEGER, local_vector TEXT NOT NULL, remote_vector
    TEXT NOT NULL, state TEXT NOT NULL, resolution_json TEXT NOT NULL, settled_by TEXT,
    settled_at_us INTEGER, version INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT, extra
    TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK
    (length(record_id) = 36), CHECK (length(device_id) = 36), CHECK (length(user_id) = 36),
    CHECK (at_us >= 0), CHECK (length(remote_device_id) = 36), CHECK (length(remote_user_id)
    = 36), CHECK (remote_at_us >= 0), CHECK (length(settled_by) = 36), CHECK (settled_at_us
    >= 0)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE sale (
    id TEXT NOT NULL, store_id TEXT NOT NULL, device_id TEXT NOT NULL, shift_id TEXT NOT
    NULL, cashier_id TEXT NOT NULL, customer_id TEXT, receipt_number TEXT NOT NULL, kind
    TEXT NOT NULL, refund_of TEXT, currency TEXT NOT NULL, total_minor INTEGER NOT NULL,
    tax_minor INTEGER NOT NULL, discount_minor INTEGER NOT NULL, rounding_minor INTEGER NOT
    NULL, line_count INTEGER NOT NULL, rung_at_us INTEGER NOT NULL, business_day INTEGER NOT
    NULL, note TEXT NOT NULL, origin_device TEXT NOT NULL, origin_dseq INTEGER NOT NULL,
    extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (length(store_id) = 36),
    CHECK (length(device_id) = 36), CHECK (length(shift_id) = 36), CHECK (length(cashier_id)
    = 36), CHECK (length(customer_id) = 36), CHECK (length(refund_of) = 36), CHECK
    (line_count >= 0), CHECK (rung_at_us >= 0), CHECK (business_day >= 0)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE sale_line (
    id TEXT NOT NULL, store_id TEXT NOT NULL, sale_id TEXT NOT NULL, position INTEGER NOT
    NULL, product_id TEXT, name TEXT NOT NULL, barcode TEXT NOT NULL, quantity_milli INTEGER
    NOT NULL, unit_price_minor INTEGER NOT NULL, discount_minor INTEGER NOT NULL,
    total_minor INTEGER NOT NULL, tax_class_id TEXT, tax_minor INTEGER NOT NULL, refund_of
    TEXT, note TEXT NOT NULL, origin_device TEXT NOT NULL, origin_dseq INTEGER NOT NULL,
    extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (length(store_id) = 36),
    CHECK (length(sale_id) = 36), CHECK (position >= 0), CHECK (length(product_id) = 36),
    CHECK (quantity_milli <> 0), CHECK (length(tax_class_id) = 36), CHECK (length(refund_of)
    = 36), FOREIGN KEY(sale_id) REFERENCES sale (id) DEFERRABLE INITIALLY DEFERRED
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE sale_tax (
    id TEXT NOT NULL, store_id TEXT NOT NULL, sale_id TEXT NOT NULL, position INTEGER NOT
    NULL, name TEXT NOT NULL, rate_ppm INTEGER NOT NULL, base_minor INTEGER NOT NULL,
    tax_minor INTEGER NOT NULL, origin_device TEXT NOT NULL, origin_dseq INTEGER NOT NULL,
    extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (length(store_id) = 36),
    CHECK (length(sale_id) = 36), CHECK (position >= 0), CHECK (rate_ppm >= 0), FOREIGN
    KEY(sale_id) REFERENCES sale (id) DEFERRABLE INITIALLY DEFERRED
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE payment (
    id TEXT NOT NULL, store_id TEXT NOT NULL, sale_id TEXT NOT NULL, position INTEGER NOT
    NULL, method TEXT NOT NULL, amount_minor INTEGER NOT NULL, tendered_minor INTEGER NOT
    NULL, change_minor INTEGER NOT NULL, reference TEXT NOT NULL, origin_device TEXT NOT
    NULL, origin_dseq INTEGER NOT NULL, extra TEXT, PRIMARY KEY (id), CHECK (length(id) =
    36), CHECK (length(store_id) = 36), CHECK (length(sale_id) = 36), CHECK (position >= 0),
    FOREIGN KEY(sale_id) REFERENCES sale (id) DEFERRABLE INITIALLY DEFERRED
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE stock_movement (
    id TEXT NOT NULL, store_id TEXT NOT NULL, product_id TEXT NOT NULL, quantity_milli
    INTEGER NOT NULL, reason TEXT NOT NULL, sale_id TEXT, user_id TEXT, at_us INTEGER NOT
    NULL, origin_device TEXT NOT NULL, origin_dseq INTEGER NOT NULL, extra TEXT, PRIMARY KEY
    (id), CHECK (length(id) = 36), CHECK (length(store_id) = 36), CHECK (length(product_id)
    = 36), CHECK (quantity_milli <> 0), CHECK (length(sale_id) = 36), CHECK (length(user_id)
    = 36), CHECK (at_us >= 0)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE shift_event (
    id TEXT NOT NULL, store_id TEXT NOT NULL, device_id TEXT NOT NULL, shift_id TEXT NOT
    NULL, kind TEXT NOT NULL, amount_minor INTEGER NOT NULL, reason TEXT NOT NULL, user_id
    TEXT NOT NULL, at_us INTEGER NOT NULL, z_number INTEGER NOT NULL, origin_device TEXT NOT
    NULL, origin_dseq INTEGER NOT NULL, extra TEXT, PRIMARY KEY (id), CHECK (length(id) =
    36), CHECK (length(store_id) = 36), CHECK (length(device_id) = 36), CHECK
    (length(shift_id) = 36), CHECK (length(user_id) = 36), CHECK (at_us >= 0), CHECK
    (z_number >= 0)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE journal_entry (
    id TEXT NOT NULL, store_id TEXT NOT NULL, device_id TEXT NOT NULL, seq INTEGER NOT NULL,
    kind TEXT NOT NULL, payload TEXT NOT NULL, at_us INTEGER NOT NULL, previous_hash TEXT
    NOT NULL, hash TEXT NOT NULL, origin_device TEXT NOT NULL, origin_dseq INTEGER NOT NULL,
    extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (length(store_id) = 36),
    CHECK (length(device_id) = 36), CHECK (seq >= 0), CHECK (at_us >= 0)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE unknown_record (
    type TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (type, id)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE outbox_group (
    dseq INTEGER NOT NULL, hash TEXT NOT NULL, leading_type TEXT NOT NULL, at_us INTEGER NOT
    NULL, state TEXT NOT NULL, verdict TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT
    NULL, numbers TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (dseq), CHECK (state IN
    ('pending', 'acknowledged', 'done', 'parked', 'reissued', 'discarded'))
    ) STRICT""",
    """CREATE TABLE outbox_edit (
    type TEXT NOT NULL, id TEXT NOT NULL, dseq INTEGER NOT NULL, "after" TEXT NOT NULL,
    PRIMARY KEY (type, id, dseq)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE cursor (
    stream TEXT NOT NULL, epoch TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (stream)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE local_setting (
    "key" TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY ("key")
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE counter (
    series TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (series)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE open_cart (
    name TEXT NOT NULL, cart TEXT NOT NULL, saved_at_us INTEGER NOT NULL, PRIMARY KEY (name)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE stock_level (
    store_id TEXT NOT NULL, product_id TEXT NOT NULL, quantity_milli INTEGER NOT NULL,
    PRIMARY KEY (store_id, product_id)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE search_entry (
    rowid INTEGER NOT NULL, product_id TEXT NOT NULL, PRIMARY KEY (rowid)
    ) STRICT""",
    """CREATE TABLE product_sold (
    product_id TEXT NOT NULL, lines INTEGER NOT NULL, PRIMARY KEY (product_id)
    ) WITHOUT ROWID, STRICT""",
)

SEARCH_INDEX = (
    "CREATE VIRTUAL TABLE product_search USING fts5(words, content='', contentless_delete=1, "
    "detail='none', prefix='1 2 3 4 5 6', tokenize='ascii')"
)

INDEXES = (
    "CREATE INDEX ix_product_sku ON product (sku)",
    "CREATE INDEX ix_product_plu ON product (plu)",
    "CREATE INDEX ix_product_category_id ON product (category_id) WHERE category_id IS NOT NULL",
    "CREATE INDEX ix_product_variant_of ON product (variant_of) WHERE variant_of IS NOT NULL",
    "CREATE INDEX ix_barcode_code ON barcode (code)",
    "CREATE INDEX ix_barcode_product_id ON barcode (product_id)",
    "CREATE INDEX ix_tax_rate_tax_class_id ON tax_rate (tax_class_id)",
    "CREATE INDEX ix_customer_name ON customer (name)",
    "CREATE INDEX ix_customer_phone ON customer (phone)",
    "CREATE INDEX ix_customer_card ON customer (card)",
    "CREATE INDEX ix_user_badge ON user (badge)",
    'CREATE INDEX ix_setting_key ON setting ("key")',
    "CREATE INDEX ix_held_cart_state ON held_cart (state)",
    'CREATE INDEX ix_conflict_state ON "conflict" (state)',
    "CREATE INDEX ix_sale_receipt_number ON sale (receipt_number)",
    "CREATE INDEX ix_sale_shift_id ON sale (shift_id)",
    "CREATE INDEX ix_sale_rung_at_us ON sale (rung_at_us)",
    "CREATE INDEX ix_sale_refund_of ON sale (refund_of) WHERE refund_of IS NOT NULL",
    "CREATE INDEX ix_sale_line_sale_id ON sale_line (sale_id)",
    "CREATE INDEX ix_sale_line_refund_of ON sale_line (refund_of) WHERE refund_of IS NOT NULL",
    "CREATE INDEX ix_sale_tax_sale_id ON sale_tax (sale_id)",
    "CREATE INDEX ix_payment_sale_id ON payment (sale_id)",
    "CREATE INDEX ix_stock_movement_product_id ON stock_movement (product_id)",
    "CREATE INDEX ix_shift_event_shift_id ON shift_event (shift_id)",
    "CREATE INDEX ix_journal_entry_device_id_seq ON journal_entry (device_id, seq)",
    "CREATE INDEX ix_outbox_group_state ON outbox_group (state)",
    "CREATE INDEX ix_outbox_edit_dseq ON outbox_edit (dseq)",
    "CREATE INDEX ix_search_entry_product_id ON search_entry (product_id)",
)


def upgrade() -> None:
    """Create everything."""
    for statement in (*TABLES, SEARCH_INDEX, *INDEXES):
        op.execute(statement)
