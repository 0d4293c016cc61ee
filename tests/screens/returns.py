"""Scenes of the till: giving back with a receipt, an exchange, an invoice."""

from app.receipts.qt.buyer import BuyerSheet
from localdb.queries import receipts
from localdb.queries.receipts import Receipt
from localdb.services import returns
from tests.app.stage import Stage
from tests.screens.studio import settle


def found(stage: Stage) -> None:
    """The newest receipts."""
    _close(stage)
    stage.program.returning.open()


def missing(stage: Stage) -> None:
    """A receipt of another store."""
    stage.program.returning.page.presenter.scanned("S02-T07-000123")


def picked(stage: Stage) -> None:
    """Some of a sale comes back, one thing damaged."""
    _close(stage)
    page = stage.program.returning.page
    page.presenter.scanned(_last(stage).sale.receipt_number)
    page.presenter.toggle(0)
    page.presenter.step(2, 1)
    page.presenter.toggle_damaged(2)
    page.lines.selectRow(2)


def refused(stage: Stage) -> None:
    """Something scanned that is not on it."""
    stage.program.returning.page.presenter.scanned("4006381333931")


def exchange(stage: Stage) -> None:
    """Back at selling, with what comes back above the cart."""
    stage.program.returning.page.presenter.exchange()
    stage.selling.presenter.pick(_last(stage).lines[1].product_id or "")
    _close(stage)


def exchange_charge(stage: Stage) -> None:
    """The difference goes out the way the money came."""
    stage.selling.charge_asked.emit()


def cancel(stage: Stage) -> None:
    """The customer keeps the goods after all?"""
    stage.charge.presenter.back()
    stage.selling.presenter.open_cart.finish()
    stage.program.returning.ask_to_cancel_exchange()


def invoice(stage: Stage) -> None:
    """Who it is made out to, with a number that cannot be one."""
    _close(stage)
    stage.program.receipts.invoice_cart()
    sheet = next(s for s in stage.window.findChildren(BuyerSheet) if s.isVisible())
    sheet.name.setText("Weber GmbH")
    sheet.address.setPlainText("Hafenstraße 1\n20457 Hamburg")
    sheet.vat_number.setText("DE 12")
    sheet.accept()


def done(stage: Stage) -> None:
    """The customer keeps the goods: leave everything as it was."""
    _close(stage)
    stage.till.write(returns.forget_exchange)
    stage.program.returning.show_exchange()
    stage.window.show_home()


def _last(stage: Stage) -> Receipt:
    receipt = stage.till.ask(receipts.last)
    assert receipt is not None, "nothing was sold in this story yet"
    return receipt


def _close(stage: Stage) -> None:
    stage.window.close_sheets()
    settle(2)
