"""Everything that selling offline needs beyond a plain sale: offers, cards, roles, tips, audit.

Frozen: written out, never built from the live tables, so that it stays what it was.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
    """CREATE TABLE role ( id TEXT NOT NULL, deleted INTEGER NOT NULL, code TEXT NOT NULL, name
    TEXT NOT NULL, permissions TEXT NOT NULL, discount_max_ppm INTEGER NOT NULL, version
    INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT, extra TEXT, PRIMARY KEY (id), CHECK
    (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK (discount_max_ppm >= 0) ) WITHOUT
    ROWID, STRICT""",
    """CREATE TABLE customer_group ( id TEXT NOT NULL, deleted INTEGER NOT NULL, name TEXT NOT
    NULL, version INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT, extra TEXT, PRIMARY
    KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)) ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE price_list ( id TEXT NOT NULL, deleted INTEGER NOT NULL, name TEXT NOT NULL,
    group_id TEXT, store_id TEXT, starts_day INTEGER NOT NULL, ends_day INTEGER NOT NULL,
    active INTEGER NOT NULL, version INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT,
    extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK
    (length(group_id) = 36), CHECK (length(store_id) = 36), CHECK (starts_day >= 0), CHECK
    (ends_day >= 0), CHECK (active IN (0, 1)) ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE price_list_item ( id TEXT NOT NULL, deleted INTEGER NOT NULL, price_list_id
    TEXT NOT NULL, product_id TEXT NOT NULL, price_minor INTEGER NOT NULL,
    min_quantity_milli INTEGER NOT NULL, version INTEGER NOT NULL, vector TEXT NOT NULL,
    image TEXT, extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0,
    1)), CHECK (length(price_list_id) = 36), CHECK (length(product_id) = 36), CHECK
    (price_minor >= 0), CHECK (min_quantity_milli >= 0) ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE promotion ( id TEXT NOT NULL, deleted INTEGER NOT NULL, name TEXT NOT NULL,
    kind TEXT NOT NULL, targets TEXT NOT NULL, rate_ppm INTEGER NOT NULL, amount_minor
    INTEGER NOT NULL, take INTEGER NOT NULL, pay INTEGER NOT NULL, spend_minor INTEGER NOT
    NULL, coupon_code TEXT NOT NULL, group_id TEXT, store_id TEXT, starts_day INTEGER NOT
    NULL, ends_day INTEGER NOT NULL, weekdays INTEGER NOT NULL, from_min INTEGER NOT NULL,
    until_min INTEGER NOT NULL, stackable INTEGER NOT NULL, priority INTEGER NOT NULL,
    times_max INTEGER NOT NULL, active INTEGER NOT NULL, version INTEGER NOT NULL, vector
    TEXT NOT NULL, image TEXT, extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK
    (deleted IN (0, 1)), CHECK (rate_ppm >= 0), CHECK (amount_minor >= 0), CHECK (take >=
    0), CHECK (pay >= 0), CHECK (spend_minor >= 0), CHECK (length(group_id) = 36), CHECK
    (length(store_id) = 36), CHECK (starts_day >= 0), CHECK (ends_day >= 0), CHECK (weekdays
    >= 0), CHECK (from_min >= 0), CHECK (until_min >= 0), CHECK (stackable IN (0, 1)), CHECK
    (priority >= 0), CHECK (times_max >= 0), CHECK (active IN (0, 1)) ) WITHOUT ROWID,
    STRICT""",
    """CREATE TABLE payment_method ( id TEXT NOT NULL, deleted INTEGER NOT NULL, code TEXT NOT
    NULL, name TEXT NOT NULL, kind TEXT NOT NULL, asks_reference INTEGER NOT NULL,
    opens_drawer INTEGER NOT NULL, position INTEGER NOT NULL, active INTEGER NOT NULL,
    version INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT, extra TEXT, PRIMARY KEY
    (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK (asks_reference IN (0,
    1)), CHECK (opens_drawer IN (0, 1)), CHECK (position >= 0), CHECK (active IN (0, 1)) )
    WITHOUT ROWID, STRICT""",
    """CREATE TABLE gift_card ( id TEXT NOT NULL, deleted INTEGER NOT NULL, code TEXT NOT NULL,
    customer_id TEXT, expires_day INTEGER NOT NULL, active INTEGER NOT NULL, note TEXT NOT
    NULL, version INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT, extra TEXT, PRIMARY
    KEY (id), CHECK (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK (length(customer_id)
    = 36), CHECK (expires_day >= 0), CHECK (active IN (0, 1)) ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE balance_checkpoint ( id TEXT NOT NULL, deleted INTEGER NOT NULL, kind TEXT NOT
    NULL, account_id TEXT NOT NULL, amount INTEGER NOT NULL, includes TEXT NOT NULL, version
    INTEGER NOT NULL, vector TEXT NOT NULL, image TEXT, extra TEXT, PRIMARY KEY (id), CHECK
    (length(id) = 36), CHECK (deleted IN (0, 1)), CHECK (length(account_id) = 36) ) WITHOUT
    ROWID, STRICT""",
    """CREATE TABLE sale_discount ( id TEXT NOT NULL, store_id TEXT NOT NULL, sale_id TEXT NOT
    NULL, position INTEGER NOT NULL, line_id TEXT, kind TEXT NOT NULL, name TEXT NOT NULL,
    promotion_id TEXT, amount_minor INTEGER NOT NULL, origin_device TEXT NOT NULL,
    origin_dseq INTEGER NOT NULL, extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36),
    CHECK (length(store_id) = 36), CHECK (length(sale_id) = 36), CHECK (position >= 0),
    CHECK (length(line_id) = 36), CHECK (length(promotion_id) = 36), FOREIGN KEY(sale_id)
    REFERENCES sale (id) DEFERRABLE INITIALLY DEFERRED ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE balance_movement ( id TEXT NOT NULL, store_id TEXT NOT NULL, kind TEXT NOT
    NULL, account_id TEXT NOT NULL, amount INTEGER NOT NULL, reason TEXT NOT NULL, sale_id
    TEXT, user_id TEXT NOT NULL, at_us INTEGER NOT NULL, origin_device TEXT NOT NULL,
    origin_dseq INTEGER NOT NULL, extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36),
    CHECK (length(store_id) = 36), CHECK (length(account_id) = 36), CHECK (amount <> 0),
    CHECK (length(sale_id) = 36), CHECK (length(user_id) = 36), CHECK (at_us >= 0) ) WITHOUT
    ROWID, STRICT""",
    """CREATE TABLE audit_entry ( id TEXT NOT NULL, store_id TEXT NOT NULL, action TEXT NOT NULL,
    user_id TEXT NOT NULL, approved_by TEXT, sale_id TEXT, amount_minor INTEGER NOT NULL,
    detail TEXT NOT NULL, at_us INTEGER NOT NULL, origin_device TEXT NOT NULL, origin_dseq
    INTEGER NOT NULL, extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK
    (length(store_id) = 36), CHECK (length(user_id) = 36), CHECK (length(approved_by) = 36),
    CHECK (length(sale_id) = 36), CHECK (at_us >= 0) ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE receipt_mail ( id TEXT NOT NULL, store_id TEXT NOT NULL, sale_id TEXT NOT NULL,
    email TEXT NOT NULL, at_us INTEGER NOT NULL, origin_device TEXT NOT NULL, origin_dseq
    INTEGER NOT NULL, extra TEXT, PRIMARY KEY (id), CHECK (length(id) = 36), CHECK
    (length(store_id) = 36), CHECK (length(sale_id) = 36), CHECK (at_us >= 0) ) WITHOUT
    ROWID, STRICT""",
)
COLUMNS = (
    """ALTER TABLE tax_rate ADD COLUMN per_unit_minor INTEGER DEFAULT 0 NOT NULL CHECK
    (per_unit_minor >= 0)""",
    "ALTER TABLE product ADD COLUMN favourite INTEGER DEFAULT 0 NOT NULL CHECK (favourite >= 0)",
    "ALTER TABLE customer ADD COLUMN group_id TEXT CHECK (length(group_id) = 36)",
    "ALTER TABLE customer ADD COLUMN address TEXT DEFAULT '' NOT NULL",
    """ALTER TABLE customer ADD COLUMN credit_limit_minor INTEGER DEFAULT 0 NOT NULL CHECK
    (credit_limit_minor >= 0)""",
    "ALTER TABLE sale ADD COLUMN reason TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE sale ADD COLUMN tip_minor INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE sale ADD COLUMN held_cart_id TEXT CHECK (length(held_cart_id) = 36)",
    "ALTER TABLE sale ADD COLUMN buyer TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE sale_line ADD COLUMN kind TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE sale_line ADD COLUMN unit TEXT DEFAULT 'piece' NOT NULL",
    "ALTER TABLE sale_line ADD COLUMN list_price_minor INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE sale_line ADD COLUMN lot TEXT DEFAULT '' NOT NULL",
    """ALTER TABLE sale_line ADD COLUMN expires_day INTEGER DEFAULT 0 NOT NULL CHECK (expires_day
    >= 0)""",
    "ALTER TABLE sale_line ADD COLUMN account_id TEXT CHECK (length(account_id) = 36)",
    "ALTER TABLE sale_tax ADD COLUMN per_unit_minor INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE payment ADD COLUMN tip_minor INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE payment ADD COLUMN account_id TEXT CHECK (length(account_id) = 36)",
    "ALTER TABLE payment ADD COLUMN corrects TEXT CHECK (length(corrects) = 36)",
    "ALTER TABLE shift_event ADD COLUMN expected_minor INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE shift_event ADD COLUMN detail TEXT DEFAULT '{}' NOT NULL",
)
INDEXES = (
    "CREATE INDEX ix_product_favourite ON product (favourite) WHERE favourite > 0",
    "CREATE INDEX ix_price_list_item_product_id ON price_list_item (product_id)",
    "CREATE INDEX ix_gift_card_code ON gift_card (code)",
    "CREATE INDEX ix_balance_checkpoint_account_id ON balance_checkpoint (account_id)",
    "CREATE INDEX ix_sale_customer_id ON sale (customer_id) WHERE customer_id IS NOT NULL",
    "CREATE INDEX ix_sale_held_cart_id ON sale (held_cart_id) WHERE held_cart_id IS NOT NULL",
    "CREATE INDEX ix_sale_discount_sale_id ON sale_discount (sale_id)",
    """CREATE INDEX ix_balance_movement_account_id_kind_origin_device_origin_dseq_amount ON
    balance_movement (account_id, kind, origin_device, origin_dseq, amount)""",
    "CREATE INDEX ix_audit_entry_at_us ON audit_entry (at_us)",
)


def upgrade() -> None:
    """Add what is new; a row that was there holds what an older till would have meant."""
    for statement in (*TABLES, *COLUMNS, *INDEXES):
        op.execute(statement)
