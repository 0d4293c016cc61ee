"""Picking a customer, looking at one, making or changing one."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from app.customers.customers import CustomersPresenter, CustomersState
from app.customers.qt.form import CustomerForm
from app.kit.flow import Ask
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.page import reachable
from app.kit.qt.picker import Picker
from app.kit.qt.sheet import Sheet
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from localdb.domain.records import Customer

_WIDTH = 740
_ROWS_SHOWN = 5
_ROW_PX = 56


class CustomerSheet(Sheet):
    """Calls `chosen` with the customer, or `pay_off` with one and how much.

    `nobody` takes the customer from the cart; None where the cart has another one, or none.

    Opens on the customer of the cart when there is one, else on the list; with `new` on the form of
    a new one, which begins with that text, and which is shown once it is saved.
    """

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        chosen: Callable[[Customer], object],
        pay_off: Callable[[Customer, int], object],
        nobody: Callable[[], object] | None,
        customer_id: str | None = None,
        new: str | None = None,
    ) -> None:
        super().__init__(host, place.theme, translate("Customers", "Customer"), _WIDTH)
        self._host = host
        self._place = place
        self._nobody = nobody or (lambda: None)
        self.presenter = CustomersPresenter(
            place.till,
            place.formats,
            self.show_state,
            self._ask,
            lambda customer: self._end(lambda: chosen(customer)),
            lambda customer, amount: self._end(lambda: pay_off(customer, amount)),
        )
        self.search = QLineEdit()
        self.list = Picker(translate("Customers", "Customers"))
        self.form = CustomerForm(self.presenter, place.formats.symbol)
        self.problem = label("", "error", wrap=True)
        self._facts = QGridLayout()
        self._has_customer = customer_id is not None
        self._is_in_cart = nobody is not None
        self._opened_on_form = new is not None
        self._pages = {"find": self._find_page(), "shown": self._shown_page(), "form": self.form}
        for page in self._pages.values():
            self.body.addWidget(page)
            page.hide()
        self.body.addWidget(self.problem)
        self._buttons = {name: QWidget() for name in self._pages}
        self._add_buttons()
        if new is not None:
            self.presenter.start_new(new, sell=False)
        elif customer_id is None:
            self.presenter.search("")
        else:
            self.presenter.open(customer_id)
        self.open(self.search if self.presenter.state.page == "find" else None)
        if new is not None:
            self.form.take_focus(self.presenter.state)

    def show_state(self, state: CustomersState) -> None:
        """Show the presenter's state."""
        turned = self._pages[state.page].isHidden()
        self._title.setText(state.title)
        for name, page in self._pages.items():
            page.setVisible(name == state.page)
            self._buttons[name].setVisible(name == state.page)
        if state.page == "find":
            self._show_found(state)
        elif state.page == "shown":
            self._show_facts(state)
        else:
            self.form.show_state(state)
        self.problem.setText(state.error)
        self.problem.setVisible(bool(state.error))
        if turned and state.page == "form":
            self.form.take_focus(state)
        elif turned and state.page == "find":
            self.search.setFocus()
        elif turned:
            self.setFocus()

    def accept(self) -> None:
        page = self.presenter.state.page
        if page == "form":
            self.presenter.save()
        elif page == "shown":
            self.presenter.take()
        else:
            self.presenter.choose(self.list.currentRow())

    def take_scan(self, code: str) -> bool:
        """A customer's card is meant for the sheet, everything else for the cart."""
        return self.presenter.scan(code)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_deeper = self.presenter.state.page != "find"
        stands_alone = self._has_customer or self._opened_on_form
        if event.key() == Qt.Key.Key_Escape and is_deeper and not stands_alone:
            self.presenter.back()
            event.accept()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent):
            moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
            by = moves.get(Qt.Key(event.key()))
            if event.type() == QEvent.Type.KeyPress and by:
                self.list.step(by)
                return True
        return super().eventFilter(watched, event)

    # ------------------------------------------------------------ showing

    def _show_found(self, state: CustomersState) -> None:
        self.list.show_rows(state.rows)
        self.list.setVisible(bool(state.rows))
        self._none.setText(
            translate("Customers", "Nobody found for “{searched}”.", searched=state.searched)
            if state.searched
            else translate("Customers", "No customers yet.")
        )
        self._none.setVisible(not state.rows)
        self.details.setEnabled(bool(state.rows))

    def _show_facts(self, state: CustomersState) -> None:
        while (item := self._facts.takeAt(0)) is not None:
            if (shown := item.widget()) is not None:
                shown.deleteLater()
        for row, (caption, value) in enumerate(state.facts):
            self._facts.addWidget(label(caption, "muted"), row, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(label(value, "strong", wrap=True), row, 1)
        self.pay_off.setVisible(state.can_pay_off)

    def _ask(self, question: Ask, answer: Callable[[object], None]) -> None:
        ask(self._host, self._place, question, answer)

    def _end(self, then: Callable[[], object]) -> None:
        self.close_sheet()
        then()

    # ------------------------------------------------------------ putting it together

    def _find_page(self) -> QWidget:
        self.search.setPlaceholderText(translate("Customers", "Name, phone or card"))
        self.search.setAccessibleName(translate("Customers", "Find a customer"))
        self.search.textChanged.connect(self.presenter.search)
        self.search.installEventFilter(self)
        self.list.setFixedHeight(_ROW_PX * _ROWS_SHOWN)
        self.list.picked.connect(self.presenter.choose)
        self._none = label("", "muted")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._none.setMinimumHeight(_ROW_PX)
        page = QWidget()
        layout = rows(gap=12)
        layout.addWidget(self.search)
        layout.addWidget(self._none)
        layout.addWidget(self.list)
        page.setLayout(layout)
        return page

    def _shown_page(self) -> QWidget:
        self._facts.setContentsMargins(0, 0, 0, 8)
        self._facts.setHorizontalSpacing(24)
        self._facts.setVerticalSpacing(8)
        self._facts.setColumnStretch(1, 1)
        page = QWidget()
        page.setLayout(self._facts)
        return page

    def _add_buttons(self) -> None:
        theme, does = self.theme, self.presenter
        new = Button(translate("Customers", "New customer")).with_icon(theme, "plus")
        self.new = reachable(new.doing(lambda: does.start_new(self.search.text())))
        self.details = reachable(
            Button(translate("Customers", "Details")).doing(
                lambda: does.look(self.list.currentRow())
            )
        )
        self.pay_off = reachable(Button(translate("Customers", "Pay account…")).doing(does.owes))
        self.edit = reachable(
            Button(translate("Customers", "Change")).with_icon(theme, "edit").doing(does.edit)
        )
        other = reachable(
            Button(translate("Customers", "All customers")).doing(lambda: does.search(""))
        )
        self.nobody = reachable(
            Button(translate("Customers", "Remove customer")).doing(lambda: self._end(self._nobody))
        )
        if not (self._has_customer and self._is_in_cart):
            self.nobody.hide()
        self.take = reachable(
            Button(translate("Customers", "Add to sale"), "primary").doing(does.take)
        )
        back = reachable(Button(translate("Customers", "Back")).doing(does.back))
        self.save = reachable(Button(translate("Customers", "Save"), "primary").doing(does.save))
        rows_of = {
            "find": (self.new, self.details),
            "shown": (other, self.nobody, self.edit, self.pay_off, self.take),
            "form": (back, self.save),
        }
        for name, buttons in rows_of.items():
            row = columns(gap=8)
            for button in buttons:
                row.addWidget(button, 1 if button.property("variant") == "primary" else 0)
            if name == "find":
                row.insertStretch(1, 1)
            self._buttons[name].setLayout(row)
            self.body.addWidget(self._buttons[name])
