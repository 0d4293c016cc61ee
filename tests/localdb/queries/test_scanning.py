"""From a scan to a product with weight, price, lot and expiry."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdb.domain.barcode import check_digit
from localdb.domain.records import Setting
from localdb.errors import Refusal
from localdb.queries import scanning
from localdb.queries.scanning import GS, Scanned
from localdb.services import catalogue, settings
from tests.localdb.domain.build import vectors
from tests.support.shops import MILK, Shop, small_shop

GTIN = f"01{MILK:0>14}"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose scale prints weights under 21 and prices under 22; bread has the PLU 1234."""
    with small_shop(tmp_path) as made:
        made.till.write(settings.change, "embedded_codes", "21PPPPPWWWWWK 22PPPPPVVVVVK")
        made.till.write(catalogue.change_product, made.bread.id, plu="1234", unit="kg")
        yield made


def scanned(shop: Shop, code: str) -> Scanned:
    """What the shop reads."""
    found = shop.till.ask(scanning.read, code)
    assert found is not None, code
    return found


def coded(payload: str) -> str:
    return payload + str(check_digit(payload))


def test_a_label_of_the_shops_own_names_its_product_by_plu(shop: Shop) -> None:
    """Leading zeros on the label do not matter; weight and price are the label's."""
    weighed = scanned(shop, coded("210123400525"))
    assert (weighed.view.product.name, weighed.quantity_milli) == ("Rye bread", 525)
    priced = scanned(shop, coded("220123400399"))
    assert (priced.quantity_milli, priced.amount_minor) == (None, 399)


def test_a_label_may_be_registered_as_a_barcode(shop: Shop) -> None:
    """Without its measure, as other systems export it; and a whole code comes before any layout."""
    shop.till.write(catalogue.add_barcode, shop.milk.id, coded("215555500000"))
    assert scanned(shop, coded("215555500750")).view.product.name == "Milk 1 l"
    shop.till.write(catalogue.add_barcode, shop.milk.id, coded("210123400525"))
    whole = scanned(shop, coded("210123400525"))
    assert (whole.view.product.name, whole.quantity_milli) == ("Milk 1 l", None)


def test_element_strings_say_weight_lot_and_expiry(shop: Shop) -> None:
    """With and without a symbology identifier, bracketed, and with separators."""
    shop.till.write(catalogue.change_product, shop.milk.id, unit="kg")
    for code in (
        f"{GTIN}310300052517270131" + "10LOT7",
        f"]C1{GTIN}310300052510LOT7{GS}17270131",
        f"({GTIN[:2]}){GTIN[2:]}(3103)000525(17)270131(10)LOT7",
    ):
        found = scanned(shop, code)
        assert found == Scanned(found.view, 525, None, "LOT7", 20270131)


def test_element_strings_say_price_and_count(shop: Shop) -> None:
    """A price in the shop's currency, a count of pieces; a day 00 is the month's last."""
    assert scanned(shop, f"{GTIN}39220399").amount_minor == 399
    assert scanned(shop, f"{GTIN}39329780399").amount_minor == 399
    assert scanned(shop, f"{GTIN}3012").quantity_milli == 12_000
    assert scanned(shop, f"{GTIN}17270200").expires_day == 20270228


def test_a_price_in_another_currency_is_refused(shop: Shop) -> None:
    """Dollars are not euros; the cashier is told to type the price."""
    with pytest.raises(Refusal, match="another currency"):
        scanned(shop, f"{GTIN}39328400399")


@pytest.mark.parametrize(
    "code", ["", GTIN, f"{GTIN}99", "]C1", "(01)", f"{GS}{GS}", "01" + "9" * 14, "🍞", "x" * 5000]
)
def test_what_says_nothing_is_not_found_or_only_its_product(shop: Shop, code: str) -> None:
    """Unknown, broken and hostile codes never raise."""
    found = shop.till.ask(scanning.read, code)
    assert found is None or found.view.product.id == shop.milk.id


def test_a_wrong_setting_stops_no_scan(shop: Shop) -> None:
    """A layout that cannot be read, as a newer till may write one, counts as none."""
    shop.till.write(
        lambda uow: uow.insert(
            Setting(id=uow.new_id(), key="selling.embedded_codes", value="nonsense")
        )
    )
    assert scanned(shop, MILK).view.product.name == "Milk 1 l"


def test_gs1_vectors_are_read_alike(shop: Shop) -> None:
    """Element strings that the standard's own tests accept or refuse never raise here."""
    for kind in ("gs1_message", "ai_unbracketed"):
        for vector in vectors("barcode_vectors.json", kind):
            shop.till.ask(scanning.read, vector["input"].replace("^", GS))


@pytest.mark.parametrize("identifier", ["]E0", "]C0", "]A0", "]X0"])
def test_a_symbology_identifier_before_a_plain_code_is_no_part_of_it(
    shop: Shop, identifier: str
) -> None:
    """Scanners set to name the symbology find the same product, also by a label of the shop's."""
    assert scanned(shop, identifier + MILK).view.product.name == "Milk 1 l"
    assert scanned(shop, identifier + coded("210123400525")).quantity_milli == 525
    assert shop.till.ask(scanning.read, identifier) is None
