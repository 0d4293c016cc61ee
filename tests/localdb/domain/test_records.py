"""The synced record types as declared."""

from typing import Any

import pytest

from localdb.domain.fields import INT64_MAX, Policy
from localdb.domain.records import FACTS, RECORDS, REFERENCES, Kind, Product, Record, Scope
from localdb.domain.validate import problems
from tests.localdb.domain.build import numbered_id

every_type = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())


@every_type
def test_every_field_is_declared_within_64_bits(record: type[Record]) -> None:
    """Each field has a spec that both databases can hold."""
    fields = record.fields()
    assert "id" in {f.name for f in fields}
    assert all(-INT64_MAX <= f.spec.low <= f.spec.high <= INT64_MAX for f in fields)


@every_type
def test_defaults_are_valid(record: type[Record]) -> None:
    """A field left out holds a value that its own declaration allows."""
    defaults = {f.name: f.default for f in record.fields() if not f.required}
    assert problems(record, defaults) == {}


def test_kinds_and_scopes() -> None:
    """Facts live in their store's stream and references can be deleted."""
    assert all(fact.KIND is Kind.FACT and fact.SCOPE is Scope.STORE for fact in FACTS)
    assert all("deleted" in {f.name for f in reference.fields()} for reference in REFERENCES)
    assert len(RECORDS) == len(FACTS) + len(REFERENCES)


def test_a_contradiction_over_a_price_asks() -> None:
    """What a manager must settle is never overwritten silently."""
    asks = {f.name for f in Product.fields() if f.spec.policy is Policy.ASK}
    assert {"price_minor", "name", "sku", "tax_class_id", "cost_minor", "deleted"} <= asks


def test_values_round_trip() -> None:
    """A record comes back from its values, also from a row with columns it does not know."""
    values: dict[str, Any] = {
        "id": numbered_id(1),
        "sku": "A1",
        "name": "Apple",
        "price_minor": 5,
        "tax_class_id": numbered_id(2),
    }
    product = Product(**values)
    assert Product.from_values({**product.values(), "colour": "red"}) == product
