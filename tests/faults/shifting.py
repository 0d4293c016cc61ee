"""A till that opens shifts, sells in them and closes them as fast as it can, made to be killed.

Like ``ringing``: each step is said on standard output before it begins and once it is on disk.
"""

import argparse
import json
import random
from collections.abc import Callable
from pathlib import Path

from app.bootstrap.session import Session, open_session
from localdb.domain.cart import Cart, CartLine
from localdb.domain.tender import Tender
from localdb.domain.totals import totals
from localdb.queries import lists, offers
from localdb.queries import shifts as shift_queries
from localdb.services import shifts
from localdb.services.checkout import checkout
from localdb.services.till import Till

ROUNDS_MAX = 100_000
PIECES = {2000: 3, 500: 2, 20: 7}
COUNTED_MINOR = sum(value * number for value, number in PIECES.items())

Tell = Callable[..., None]


def move(session: Session, dice: random.Random, tell: Tell, rounds: int = ROUNDS_MAX) -> None:
    """That many steps at an open till's drawer; ``tell`` hears of each before and after it."""
    till = session.till
    till.sign_in(till.ask(lists.people)[0])
    for _ in range(rounds):
        if till.ask(shift_queries.current) is None:
            _step(tell, "open", lambda: till.write(shifts.open_shift, COUNTED_MINOR, pieces=PIECES))
            continue
        name, job = dice.choice(_jobs(session))
        _step(tell, name, job)


def _step(tell: Tell, name: str, job: Callable[[], object]) -> None:
    tell("doing", name)
    job()
    tell("done", name)


def _jobs(session: Session) -> list[tuple[str, Callable[[], object]]]:
    till = session.till
    return [
        ("sell", lambda: _sell(till, session.new_id())),
        ("paid_out", lambda: till.write(shifts.paid_out, 100, "postage")),
        ("drop", lambda: till.write(shifts.drop, 2000, pieces={2000: 1})),
        ("no_sale", lambda: till.write(shifts.no_sale, "a look")),
        ("close", lambda: till.write(shifts.close_shift, COUNTED_MINOR, pieces=PIECES)),
    ]


def _sell(till: Till, line_id: str) -> None:
    line = CartLine(id=line_id, name="Odds and ends", unit_price_minor=250, list_price_minor=250)
    cart = Cart().add(line)
    terms = till.ask(offers.terms, 0)
    due = totals(cart, terms).total_minor
    till.write(checkout, cart, Tender(due, till.currency).pay_cash(), terms=terms)


def _say(*what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    """Go on until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with open_session(arguments.folder, use_keyring=False) as session:
        move(session, random.Random(arguments.seed), _say)


if __name__ == "__main__":
    main()
