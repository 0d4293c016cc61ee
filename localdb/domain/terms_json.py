"""The terms one cart is being paid under, kept on disk: a power cut must not change what is due."""

import json
from typing import Any

from localdb.domain.cart import Cart
from localdb.domain.local_time import LocalTime
from localdb.domain.money import Rounding
from localdb.domain.promotions import Offers
from localdb.domain.records import Promotion
from localdb.domain.tax import Rate, Taxes, TaxRounding, TaxRule
from localdb.domain.terms import Terms


def kept(terms: Terms, cart: Cart) -> str:
    """What of the terms prices this cart, as compact JSON."""
    wanted = {
        number
        for line in cart.lines
        for number, _ in terms.offers.wanting(line.product_id, line.category_id)
    }
    rules = {line.tax_class_id: terms.taxes.rule(line.tax_class_id) for line in cart.lines}
    body = {
        "promotions": [terms.offers.offers[number].promotion.values() for number in sorted(wanted)],
        "stack": terms.offers.stack,
        "rounds_price": terms.offers.rounds_price,
        "rules": [_rule(rule) for rule in rules.values() if rule is not None],
        "rounding": terms.taxes.rounding,
        "ties": terms.taxes.ties,
        "now": [terms.now.day, terms.now.minute],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def terms_of(text: str) -> Terms:
    """The terms in a JSON text of ``kept``; raises ValueError for anything else."""
    try:
        body = json.loads(text)
        promotions = [Promotion.from_values(values) for values in body["promotions"]]
        # They were the store's own when they were kept, so none is another store's.
        store_id = next((p.store_id for p in promotions if p.store_id is not None), "")
        rules = {values["id"]: _rule_of(values) for values in body["rules"]}
        return Terms(
            Taxes(rules, TaxRounding(body["rounding"]), Rounding(body["ties"])),
            Offers.of(
                promotions,
                store_id,
                stack=bool(body["stack"]),
                # A payment that began before this was asked keeps to the discount.
                rounds_price=bool(body.get("rounds_price", False)),
            ),
            LocalTime(*body["now"]),
        )
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("these are no terms") from error


def _rule(rule: TaxRule) -> dict[str, Any]:
    rates = [[r.name, r.rate_ppm, r.compound, r.per_unit_minor] for r in rule.rates]
    return {"id": rule.id, "name": rule.name, "included": rule.included, "rates": rates}


def _rule_of(values: dict[str, Any]) -> TaxRule:
    rates = tuple(Rate(*rate) for rate in values["rates"])
    return TaxRule(values["id"], values["name"], bool(values["included"]), rates)
