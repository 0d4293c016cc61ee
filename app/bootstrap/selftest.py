"""``evertill selftest``: proves an installation by selling one item in an empty folder."""

import json
from dataclasses import asdict
from pathlib import Path

from app.bootstrap.session import open_session
from app.selling.lines import product_line
from app.setup import sample
from localdb.domain.cart import Cart
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.errors import Refusal
from localdb.queries import offers, products, receipts
from localdb.services import setup, shifts
from localdb.services.checkout import checkout

SHOP = setup.NewShop(store_name="Self-test", manager_name="Self-test", manager_pin="0000")
SKU = "1003"


def run(data_dir: Path) -> int:
    """Set a till up in an empty folder, sell one item, and print what was stored as JSON."""
    if data_dir.exists() and any(data_dir.iterdir()):
        raise Refusal(f"{data_dir} is not empty. The self-test needs a folder of its own.")
    with open_session(data_dir, use_keyring=False) as session:
        till = session.till
        till.sign_in(till.write(setup.stand_alone, SHOP))
        loaded = sample.load(till)
        till.write(shifts.open_shift, 0)
        found = till.ask(products.by_code, SKU)
        if found is None:
            raise Refusal("The sample catalogue is incomplete: reinstall Evertill.")
        lines = product_line(found, session.new_id, 1000, found.product.price_minor)
        cart = Cart().add(*lines)
        terms = till.ask(offers.terms, session.now_us())
        tender = Tender(totals(cart, terms).total_minor, till.currency).pay_cash()
        done = till.write(checkout, cart, tender, terms=terms)
        receipt = till.ask(receipts.load, done.sale_id)
    stored = asdict(receipt)
    print(
        json.dumps(
            {"receipt_number": done.receipt_number, "products": loaded.accepted, **stored}, indent=1
        )
    )
    return 0
