"""Amounts are shown whole, whatever the currency: a figure that is cut reads as a smaller one."""

from dataclasses import replace

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.kit.qt.fitting import FittedButton, FittedLabel
from app.kit.qt.theme import Theme
from app.selling.done import Done
from tests.app.acting import scan, sign_in
from tests.app.conftest import MILK
from tests.app.stage import Stage
from tests.screens.studio import settle

LONG = ["₹11,11,111.02", "¥1,168,200", "9.999,99\u00a0€", "LBP\u00a0999,999,999"]


def has_room(widget: QWidget, text: str, around_px: int = 0) -> bool:
    """Whether a text is shown from its first letter to its last."""
    return QFontMetrics(widget.font()).horizontalAdvance(text) + around_px <= widget.width()


@pytest.mark.parametrize("amount", LONG)
def test_a_long_total_is_shown_whole(stage: Stage, qtbot: QtBot, amount: str) -> None:
    """The total, the Charge button and the change, in the smallest usual window."""
    stage.window.resize(1024, 768)
    sign_in(stage, qtbot)
    scan(stage, MILK)
    selling = stage.selling
    shown = selling.presenter.state.cart
    selling.panel.totals.show_cart(replace(shown, total=amount, tax=f"incl. tax {amount}"))
    selling.charge.setText(f"Charge {amount}")
    settle(3)
    assert has_room(selling.panel.totals.total, amount)
    assert has_room(selling.charge, selling.charge.text(), 40)
    selling.panel.show_change(Done("1", "S01-T01-000001", amount, amount, has_change=True))
    settle(3)
    assert has_room(selling.panel.change.change, amount)


def test_a_figure_is_large_again_once_it_is_short(stage: Stage) -> None:
    """The letters follow the text and the width both ways, and stay within the largest size."""
    theme: Theme = stage.place.theme
    figure = FittedLabel("total", theme.tokens.font_pt.total)
    button = FittedButton("charge", theme.tokens.font_pt.charge, 40)
    for widget in (figure, button):
        widget.setParent(stage.window)
        widget.resize(200, 60)
        widget.show()
        widget.setText("₹11,11,111.02 and more")
        small = widget.font().pointSize()
        widget.resize(900, 60)
        settle(2)
        wide = widget.font().pointSize()
        widget.resize(200, 60)
        widget.setText("€1")
        settle(2)
        assert small < wide <= widget.font().pointSize()
