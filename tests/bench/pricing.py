"""What pricing a cart costs: ``python -m tests.bench.pricing``, in milliseconds of processor time.

A scan prices the whole cart anew, so this is a part of the time from a scan to its painted line.
"""

import random
import time

from localdb.domain.cart import Cart
from localdb.domain.promotions import Offers, Target, targets_json
from localdb.domain.records import PROMOTION_KINDS, Promotion
from localdb.domain.terms import Terms
from localdb.domain.totals import totals
from tests.localdb.domain.build import (
    INCLUDED_7,
    INCLUDED_19,
    STORE,
    TAXES,
    line,
    numbered_id,
    product,
)

OFFERS, PRODUCTS, REPEATS = 500, 2000, 5
LINES = (15, 50, 200, 1200)


def offers(dice: random.Random) -> Offers:
    """Offers of every kind, each on a few products."""
    made = []
    for number in range(OFFERS):
        kind = dice.choice(PROMOTION_KINDS)
        named = [frozenset({product(dice.randrange(PRODUCTS)) for _ in range(3)}) for _ in "ab"]
        targets = [Target(group) for group in (named if kind == "bundle" else named[:1])]
        made.append(
            Promotion(
                id=numbered_id(90_000 + number),
                name=f"Offer {number}",
                kind=kind,
                targets=targets_json(targets),
                rate_ppm=100_000 if kind == "percent" else 0,
                amount_minor=150,
                take=3,
                pay=2,
                spend_minor=1000,
            )
        )
    return Offers.of(made, STORE)


def cart(lines: int, dice: random.Random) -> Cart:
    """A cart of different things under two taxes."""
    return Cart(
        lines=tuple(
            line(
                dice.randrange(PRODUCTS),
                100 + number,
                id=numbered_id(1000 + number),
                quantity_milli=1000 * dice.choice((1, 1, 1, 2, 3)),
                tax_class_id=INCLUDED_19 if number % 2 else INCLUDED_7,
            )
            for number in range(lines)
        )
    )


def best_ms(basket: Cart, terms: Terms) -> float:
    """The fastest of some rounds: the others were interrupted."""
    rounds = []
    for _ in range(REPEATS):
        began = time.process_time()
        totals(basket, terms)
        rounds.append((time.process_time() - began) * 1000)
    return min(rounds)


def main() -> None:
    """Print one row for each size of cart."""
    dice = random.Random(7)
    plain, offered = Terms(TAXES), Terms(TAXES, offers(dice))
    print(f"{'lines':>6}{'no offers':>12}{f'{OFFERS} offers':>14}   (ms)")
    for lines in LINES:
        basket = cart(lines, dice)
        print(f"{lines:>6}{best_ms(basket, plain):>12.2f}{best_ms(basket, offered):>14.2f}")


if __name__ == "__main__":
    main()
