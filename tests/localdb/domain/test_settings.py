"""The shop's settings: the store's word first, and nothing a newer program wrote stops a till."""

import pytest

from localdb.domain.records import Setting
from localdb.domain.settings import PREFIX, ShopSettings, checked
from localdb.errors import Refusal
from tests.localdb.domain.build import numbered_id

HERE, THERE = numbered_id(1), numbered_id(2)


def setting(number: int, name: str, value: str, store_id: str | None = None) -> Setting:
    """A record that sets one thing."""
    return Setting(id=numbered_id(number), key=PREFIX + name, value=value, store_id=store_id)


def test_a_new_shop_has_the_defaults() -> None:
    """Nothing set, nothing strange."""
    assert ShopSettings.of([], HERE) == ShopSettings()


def test_the_store_comes_before_the_organisation() -> None:
    """Whichever was written first; another store's word counts nothing."""
    records = [
        setting(3, "cash_step_minor", "5", HERE),
        setting(4, "cash_step_minor", "10"),
        setting(5, "offers", "stack", THERE),
    ]
    assert ShopSettings.of(records, HERE) == ShopSettings(cash_step_minor=5)
    assert ShopSettings.of(records, THERE) == ShopSettings(cash_step_minor=10, offers="stack")


def test_what_cannot_be_read_keeps_its_default() -> None:
    """A newer program's setting or value must not keep a till from opening."""
    values = {
        PREFIX + "cash_step_minor": "soft",
        PREFIX + "tax_ties": "coin",
        PREFIX + "mood": "good",
        PREFIX + "blind_count": "0",
    }
    assert ShopSettings.read(values) == ShopSettings(blind_count=0)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("cash_step_minor", "0", "from 1 to"),
        ("lock_after_s", "-5", "whole number"),
        ("tax_rounding", "never", "document, line"),
        ("embedded_codes", "21PPPPPWWWWW", "no layout"),
        ("scanner_prefix", "#" * 17, "at most 16"),
        ("mood", "good", "not known here"),
    ],
)
def test_a_wrong_value_says_what_it_may_be(name: str, text: str, says: str) -> None:
    """So that whoever typed it can type it right."""
    with pytest.raises(Refusal, match=says):
        checked(name, text)


@pytest.mark.parametrize("text", ["5", "50000,100000", ""])
def test_tips_are_rates(text: str) -> None:
    """What a shop types for its tips is read as rates."""
    assert checked("tip_ppm", text) == text
    with pytest.raises(Refusal, match="with commas between"):
        checked("tip_ppm", f"{text},5%")
