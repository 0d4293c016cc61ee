"""Price lists and promotions in plain words: what is given, on what, when, and to whom."""

import re
from collections.abc import Iterable

from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.promotions import Target, targets_of
from localdb.domain.records import Promotion
from localdb.queries.names import name_of, names
from localdb.services.till import Till

NAMED = 3
"""Products or categories that are named before it is "and 4 more"."""
ALL_WEEK = 127
_CLOCK = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})")


def kind_names() -> tuple[tuple[str, str], ...]:
    """The kinds of promotions with the words that a shop has for them."""
    return (
        ("percent", translate("Promotion", "Percentage off")),
        ("amount", translate("Promotion", "Amount off each piece")),
        ("n_for_m", translate("Promotion", "Take 3, pay for 2")),
        ("n_for_price", translate("Promotion", "3 for one price")),
        ("bundle", translate("Promotion", "A set for one price")),
        ("cheapest_free", translate("Promotion", "The cheapest free")),
        ("spend", translate("Promotion", "Spend and save")),
    )


def weekday_names() -> tuple[str, ...]:
    """The days of the week, Monday first."""
    return (
        translate("Promotion", "Mon"),
        translate("Promotion", "Tue"),
        translate("Promotion", "Wed"),
        translate("Promotion", "Thu"),
        translate("Promotion", "Fri"),
        translate("Promotion", "Sat"),
        translate("Promotion", "Sun"),
    )


def weekday_bits() -> dict[str, int]:
    """Id of a day in a form -> its bit in ``Promotion.weekdays``, Monday first."""
    return {f"day{number}": 1 << number for number in range(7)}


def gives(formats: Formats, one: Promotion) -> str:
    """What a promotion gives: `10% off`, `Take 3, pay for 2`."""
    amount = formats.money(one.amount_minor)
    match one.kind:
        case "percent":
            return translate("Promotion", "{rate} off", rate=formats.percent(one.rate_ppm))
        case "amount":
            return translate("Promotion", "{amount} off each", amount=amount)
        case "n_for_m":
            return translate("Promotion", "Take {take}, pay for {pay}", take=one.take, pay=one.pay)
        case "n_for_price":
            return translate("Promotion", "{take} for {amount}", take=one.take, amount=amount)
        case "bundle":
            return translate("Promotion", "Together for {amount}", amount=amount)
        case "cheapest_free":
            return translate("Promotion", "Of each {take} the cheapest is free", take=one.take)
    spent = formats.money(one.spend_minor)
    if one.rate_ppm:
        rate = formats.percent(one.rate_ppm)
        return translate("Promotion", "{rate} off from {spent} on", rate=rate, spent=spent)
    return translate("Promotion", "{amount} off each {spent} spent", amount=amount, spent=spent)


def goods(till: Till, one: Promotion) -> str:
    """What a promotion is on: the names of a few products or categories, or all of them."""
    try:
        targets = targets_of(one.targets)
    except ValueError:
        return translate("Promotion", "goods that this till cannot read")
    named = [_target(till, target) for target in targets if not target.is_all]
    return " + ".join(named) if named else translate("Promotion", "all goods")


def when(formats: Formats, one: Promotion) -> str:
    """The days, weekdays and hours of a promotion."""
    parts = [days(formats, one.starts_day, one.ends_day)]
    if one.weekdays != ALL_WEEK:
        named = enumerate(weekday_names())
        parts.append(" ".join(words for day, words in named if one.weekdays & 1 << day))
    if (one.from_min, one.until_min) != (0, 1440):
        parts.append(f"{clock(one.from_min)}–{clock(one.until_min)}")
    return ", ".join(filter(None, parts))


def days(formats: Formats, starts_day: int, ends_day: int) -> str:
    """`From 1 Dec 2026`, `1 Dec 2026 to 24 Dec 2026`, `Always`."""
    first = formats.day(starts_day) if starts_day else ""
    last = formats.day(ends_day) if ends_day else ""
    if first and last:
        return translate("Offers", "{first} to {last}", first=first, last=last)
    if first:
        return translate("Offers", "From {day}", day=first)
    return translate("Offers", "Until {day}", day=last) if last else translate("Offers", "Always")


def where_and_for_whom(till: Till, group_id: str | None, store_id: str | None) -> str:
    """The group and the store that an offer is limited to; empty for everybody everywhere."""
    group = till.ask(name_of, "customer_group", group_id)
    store = till.ask(name_of, "store", store_id)
    return "  ·  ".join(filter(None, (group, store)))


def clock(minutes: int) -> str:
    """Minutes after midnight as a wall clock shows them: `17:30`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def parse_clock(text: str) -> int | None:
    """Minutes after midnight of a typed time, 00:00 to 24:00; None when it is none."""
    found = _CLOCK.fullmatch(text.strip())
    at = int(found[1]) * 60 + int(found[2]) if found else -1
    return at if 0 <= at <= 1440 else None


def _target(till: Till, target: Target) -> str:
    known = till.ask(names, "product", sorted(target.products)[:NAMED])
    known |= till.ask(names, "category", sorted(target.categories)[:NAMED])
    words = _few(known.values(), len(target.products) + len(target.categories))
    return f"{target.quantity} × {words}" if target.quantity > 1 else words


def _few(named: Iterable[str], count: int) -> str:
    shown = list(named)[:NAMED]
    more = count - len(shown)
    listed = ", ".join(shown)
    if more <= 0:
        return listed
    return translate("Promotion", "{listed} and {count} more", listed=listed, count=more)
