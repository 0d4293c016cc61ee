"""A price in large type, looked up without selling anything."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from app.kit.qt.basic import Button, Icon, columns, label, rows
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from app.selling.price_check import PriceView


class PricePanel(QFrame):
    """What the thing that was scanned costs; until something is, what to do."""

    again_asked = Signal()
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.name = label("", "heading", wrap=True)
        self.price = label("", "total")
        self.before = label("", "muted", wrap=True)
        self.offers = label("", "success", wrap=True)
        self.stock = label("", "muted")
        again = Button(translate("Sell", "Check another")).with_icon(theme, "search")
        self.again = again.doing(self.again_asked.emit)
        close = Button("", "ghost").with_icon(theme, "close").doing(self.closed.emit)
        close.setAccessibleName(translate("Sell", "Close the price check"))
        close.setFixedSize(48, 48)
        top = columns(gap=8)
        top.addWidget(Icon(theme, "info", "text_muted", 24))
        top.addWidget(self.name, 1)
        top.addWidget(close)
        prices = columns(gap=12)
        prices.addWidget(self.price)
        prices.addWidget(self.before, 1)
        foot = columns(gap=8)
        foot.addWidget(self.stock, 1)
        foot.addWidget(self.again)
        inside = rows(margin=14, gap=6)
        inside.addLayout(top)
        inside.addLayout(prices)
        inside.addWidget(self.offers)
        inside.addLayout(foot)
        self.setLayout(inside)
        self.hide()

    def show_price(self, view: PriceView | None) -> None:
        """Show a price, or that one is to be asked for; None goes away."""
        self.setVisible(view is not None)
        if view is None:
            return
        self.name.setText(view.name or translate("Sell", "Price check: scan or pick something"))
        for part, text in (
            (self.price, view.price),
            (self.before, view.before),
            (self.offers, view.offers),
            (self.stock, view.stock),
        ):
            part.setText(text)
            part.setVisible(bool(text))
        self.again.setVisible(bool(view.name))
        self.setAccessibleName(", ".join(filter(None, (view.name, view.price, view.stock))))
