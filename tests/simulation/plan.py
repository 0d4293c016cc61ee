"""A history before it happens: a list of steps drawn from a seed, any of which may be left out."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How much a plan holds."""

    tills: tuple[int, ...]
    """The numbers of tills, each as likely as it is often here."""
    steps_min: int
    steps_max: int
    """One more than there are at most."""
    encounters_max: int
    spending_max: int
    versions_max: int
    looks_max: int
    themed: bool = False
    """Whether every second plan has a theme; otherwise encounters are put into every fourth."""


SHORT = Size((2, 2, 2, 2, 2, 2, 3, 3, 3, 4), 4, 20, 0, 8, 8, 2, themed=True)
"""Few steps at two tills find nearly all that is found, and many more of these are played."""
LONG = Size((2, 3, 4), 15, 70, 4, 25, 20, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, at one till; ``dice`` seeds whatever it leaves to chance.

    A step that cannot happen when its turn comes does nothing, so that a plan stays a plan
    whatever is cut out of it.
    """

    kind: str
    till: int
    dice: int

    def __str__(self) -> str:
        return f"{self.kind}@T{self.till + 1}#{self.dice}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to happen to how many tills."""

    seed: int
    tills: int
    steps: tuple[Step, ...]
    mixed: bool = False
    """Whether there is a later release, which some have and others do not."""


WEIGHTS: dict[str, int] = {
    # people
    "sell": 14,
    "ring_up": 2,
    "hold_cart": 2,
    "recall_cart": 3,
    "give_back": 4,
    "drawer": 3,
    "edit_product": 9,
    "delete_product": 2,
    "new_product": 2,
    "new_barcode": 3,
    "move_stock": 3,
    "customer": 3,
    "setting": 2,
    "big_group": 1,
    "settle": 5,
    "reopen": 1,
    "undo": 2,
    "parked": 1,
    # the machinery
    "sync": 45,
    "wait": 6,
    "weather": 6,
    "late_requests": 2,
    # what goes wrong
    "kill_till": 4,
    "cut_power": 2,
    "kill_server": 4,
    "stumble": 4,
    "switch": 4,
    "disk": 2,
    "clock": 2,
    "server_edit": 2,
    # disasters
    "back_up_server": 2,
    "restore_server": 1,
    "retain": 2,
    "digest": 1,
    "look_for_flags": 2,
    "update_needed": 1,
    "long_night": 1,
    "back_up_till": 2,
    "restore_till": 1,
    "clone_till": 1,
    "destroy_till": 1,
    "newcomer": 1,
    "revoke_till": 1,
}
"""How often each kind of step comes, out of the sum of all."""

ENCOUNTERS = ("double_life", "two_managers", "load_before_the_answer", "stand_alone", "join")
"""What is put in on top of some histories."""
THEMES: tuple[tuple[str, ...], ...] = (
    # a history joins
    ("stand_alone", "join", "sync"),
    ("stand_alone", "join", "sync", "kill_till", "wait", "switch", "sync"),
    # the server goes back
    ("back_up_server", "sell", "sync", "restore_server", "sync"),
    ("given_back",),
    ("given_back",),
    ("edit_before_its_record",),
    ("shut_out",),
    ("sell", "sync", "long_night", "sync", "back_up_server", "restore_server", "sync"),
    # a till goes back, is copied, or burns
    ("back_up_till", "sell", "sync", "restore_till", "sell", "sync"),
    ("back_up_till", "sell", "sync", "restore_till", "big_group", "sync"),
    ("clone_till", "sell", "sync", "sync"),
    ("double_life",),
    ("destroy_till", "sync", "newcomer", "sync"),
    # the line, and who is let in
    ("old_answer",),
    ("load_before_the_answer",),
    ("edit_product", "sync", "retain", "retain", "sync"),
    ("big_group", "sync", "sync"),
    ("wrong_code", "wrong_code", "wrong_code"),
    ("new_tills_code", "sell", "sync"),
    ("sell", "revoke_till", "sell", "long_night", "sync"),
    # people
    ("two_managers",),
    ("pulled_over",),
    ("spoilt_group", "parked", "spoilt_group", "parked", "sync"),
    ("sell", "stumble", "sync", "edit_product", "stumble", "sync"),
    ("hold_cart", "sync", "ask_for_cart", "ask_for_line"),
    ("digest", "sync", "compare", "sync"),
)
"""What a branch needs to be reached, in order, all of it at one till."""
SPENDING = (
    "load_card",
    "load_card",
    "open_account",
    "pay_off",
    "credit_back",
    "spend",
    "spend",
    "spend",
    "spend",
    "one_card_twice",
    "one_card_twice",
    "sum_balances",
    "sum_balances",
)
VERSIONS = (
    "upgrade_till",
    "upgrade_till",
    "upgrade_while_loading",
    "upgrade_server",
    "brand_product",
    "brand_product",
    "supplier",
    "supplier",
    "survey_sale",
)
LOOKS = ("compare", "line_opens", "line_breaks")
FIRST_UPGRADES = (("upgrade_till",), ("upgrade_server",), ("upgrade_till", "upgrade_server"), ())
"""Who has the later release from the beginning."""

FOCUSED = 20
"""The weight of a kind that somebody wants to see."""


def drawn(seed: int, focus: Iterable[str] = (), size: Size = SHORT) -> Plan:
    """The plan of a seed; the kinds in ``focus`` come often in it."""
    rng = random.Random(f"plan {seed}")
    tills = size.tills[rng.randrange(len(size.tills))]
    weights_by_kind = _mood(rng)
    for kind in focus:
        weights_by_kind[kind] = FOCUSED
    kinds, weights = list(weights_by_kind), list(weights_by_kind.values())
    steps = [
        Step(kind, rng.randrange(tills), rng.randrange(10**6))
        for kind in rng.choices(kinds, weights, k=rng.randrange(size.steps_min, size.steps_max))
    ]
    if seed % 4 == 0 and size.looks_max:
        _put_in(steps, random.Random(f"looks {seed}"), LOOKS, size.looks_max, tills)
    if seed % 4 == 2 and size.encounters_max:
        _put_in(steps, random.Random(f"encounters {seed}"), ENCOUNTERS, size.encounters_max, tills)
    if seed % 2 == 0 and size.themed:
        _put_in_order(steps, random.Random(f"theme {seed}"), THEMES, tills)
    if seed % 4 == 3:
        _put_in(steps, random.Random(f"spending {seed}"), SPENDING, size.spending_max, tills)
    mixed = seed % 4 == 1
    if mixed:
        extra = random.Random(f"versions {seed}")
        _put_in(steps, extra, VERSIONS, size.versions_max, tills)
        steps[:0] = [Step(kind, 0, 0) for kind in extra.choice(FIRST_UPGRADES)]
    return Plan(seed, tills, tuple(steps), mixed)


def _put_in(
    steps: list[Step], rng: random.Random, kinds: Sequence[str], steps_max: int, tills: int
) -> None:
    """Add a few steps of these kinds to a plan, and leave all the others as they are."""
    for _ in range(rng.randrange(1, steps_max + 1)):
        step = Step(rng.choice(kinds), rng.randrange(tills), rng.randrange(10**6))
        steps.insert(rng.randrange(len(steps) + 1), step)


def _put_in_order(
    steps: list[Step], rng: random.Random, themes: Sequence[Sequence[str]], tills: int
) -> None:
    """Add the steps of one theme to a plan, in their order, with whatever else between them."""
    theme, till = rng.choice(themes), rng.randrange(tills)
    places = sorted((rng.randrange(len(steps) + 1) for _ in theme), reverse=True)
    for place, kind in zip(places, reversed(theme), strict=True):
        steps.insert(place, Step(kind, till, rng.randrange(10**6)))


def _mood(rng: random.Random) -> dict[str, int]:
    """Each history leans to some kinds and leaves others out, so that rare ones also meet."""
    weights = {}
    for kind, weight in WEIGHTS.items():
        lean = rng.choice((0, 1, 1, 1, 4)) if kind != "sync" else rng.choice((1, 1, 2))
        weights[kind] = weight * lean
    return weights
