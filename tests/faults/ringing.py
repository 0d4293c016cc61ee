"""A till that rings sales as fast as it can, in a process of its own, made to be killed.

It says on standard output what it is about to do and what is done, one JSON list a line: a line
``printed`` comes only after ``checkout`` returned, as a receipt does.
"""

import argparse
import json
import random
from collections.abc import Callable
from pathlib import Path

from app.bootstrap.session import Session, open_session
from app.demo.trade import shelf
from app.selling.lines import product_line
from localdb.domain.cart import Cart
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.queries import lists, offers, products
from localdb.services import carts
from localdb.services.checkout import Completed, checkout

SALES_MAX = 100_000
LINES_MAX = 4

Tell = Callable[..., None]


def ring(session: Session, dice: random.Random, tell: Tell, sales: int = SALES_MAX) -> None:
    """Ring that many sales at an open till; ``tell`` hears of each step before and after it."""
    till = session.till
    till.sign_in(till.ask(lists.people)[0])
    goods = [till.ask(products.view, product_id) for product_id in till.ask(shelf)]
    for _ in range(sales):
        cart = Cart()
        for view in dice.choices(goods, k=dice.randint(1, LINES_MAX)):
            assert view is not None
            line = product_line(view, session.new_id, 1000, view.product.price_minor)
            cart = cart.add(*line)
            tell("saving", cart.to_json())
            till.jot(carts.save_open, cart)
            tell("saved")
        tell("charging")
        done = _charge(session, cart)
        tell("printed", done.receipt_number, done.total_minor)


def _charge(session: Session, cart: Cart) -> Completed:
    terms = session.till.ask(offers.terms, session.now_us())
    tender = Tender(totals(cart, terms).total_minor, session.till.currency).pay_cash()
    return session.till.write(checkout, cart, tender, terms=terms)


def _say(*what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    """Ring until killed; with ``--sync`` everything goes up meanwhile."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sync", action="store_true")
    arguments = parser.parse_args()
    with open_session(arguments.folder, use_keyring=False) as session:
        if arguments.sync:
            session.connect()
        _say("open")
        ring(session, random.Random(arguments.seed), _say)


if __name__ == "__main__":
    main()
