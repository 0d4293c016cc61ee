"""Offers and coupons at the real window, from the scan to the printed receipt."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from localdb.domain.promotions import Target, targets_json
from localdb.queries import products
from localdb.services import offers
from tests.app.acting import cart, key, scan, sign_in, type_text
from tests.app.conftest import BREAD, MILK
from tests.app.stage import Stage


def offer(stage: Stage, name: str, kind: str, code: str, **fields: object) -> None:
    """Make an offer on the product with a code, as a manager elsewhere would."""
    found = stage.till.ask(products.by_code, code)
    assert found is not None
    targets = targets_json([Target(frozenset({found.product.id}))])
    stage.till.write(offers.add_promotion, name, kind, targets=targets, **fields)


def test_an_offer_from_the_scan_to_the_receipt(stage: Stage, qtbot: QtBot) -> None:
    """The third carton frees one; a coupon typed in comes off the bread; the paper says both."""
    offer(stage, "Milk 3 for 2", "n_for_m", MILK, take=3, pay=2)
    offer(stage, "Bread coupon", "amount", BREAD, amount_minor=50, coupon_code="BREAD50")
    sign_in(stage, qtbot)
    scan(stage, BREAD)
    for _ in range(3):
        scan(stage, MILK)
    assert cart(stage) == ["Rye bread | 1 × €3.49 | €3.49", "Milk 1 l | 3 × €1.29 | €2.58"]
    type_text(stage, "bread50")
    key(stage, Qt.Key.Key_Return)
    panel = stage.selling.panel
    assert [line.saved for line in panel.list.lines] == [
        "−€0.50 (Bread coupon)",
        "−€1.29 (Milk 3 for 2)",
    ]
    assert panel.totals.discount.text() == "Saved €1.79"
    assert stage.selling.charge.words == "Charge €5.57"
    key(stage, Qt.Key.Key_F12)
    key(stage, Qt.Key.Key_Return)
    printed = (stage.printed / "S01-T01-000001.txt").read_text(encoding="utf-8")
    assert "  Milk 3 for 2" in printed
    assert "  Bread coupon" in printed
    assert "You saved" in printed
    assert cart(stage) == []


def test_an_offer_made_elsewhere_prices_the_open_cart(stage: Stage, qtbot: QtBot) -> None:
    """What is pulled while a customer waits shows at once, and is what is charged."""
    sign_in(stage, qtbot)
    scan(stage, MILK)
    offer(stage, "Half", "percent", MILK, rate_ppm=500_000)
    lines = stage.selling.panel.list
    qtbot.waitUntil(lambda: lines.lines[0].saved == "−€0.64 (Half)")
    assert stage.selling.charge.words == "Charge €0.65"
