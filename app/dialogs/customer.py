"""Picking a customer, or making one."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from app.presenters.customers import CustomersPresenter, CustomersState, contact
from app.theme import Theme, restyle
from app.widgets.basic import Button, columns, label, rows
from app.widgets.picker import Picker
from app.widgets.sheet import Sheet
from localdb.domain.records import Customer
from localdb.services.till import Till


class CustomerSheet(Sheet):
    """Calls `chosen` with the customer."""

    def __init__(
        self, host: QWidget, theme: Theme, till: Till, chosen: Callable[[Customer], object]
    ) -> None:
        super().__init__(host, theme, "Customer", 520)
        self._chosen = chosen
        self.presenter = CustomersPresenter(till, self.show_state, self._take)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Name, phone or card")
        self.search.setAccessibleName("Find a customer")
        self.search.textChanged.connect(self.presenter.search)
        self.search.installEventFilter(self)
        self.list = Picker("Customers")
        self.list.setFixedHeight(56 * 5)
        self.list.picked.connect(self.presenter.choose)
        self._none = label("", "muted")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.fields = {name: QLineEdit() for name in ("name", "phone", "email")}
        self.problem = label("", "error", wrap=True)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._find_page())
        self._pages.addWidget(self._new_page())
        self.body.addWidget(self._pages)
        self.presenter.search("")
        self.open(self.search)

    def show_state(self, state: CustomersState) -> None:
        """Show the presenter's state."""
        self.list.show_rows([(c.name, contact(c)) for c in state.found])
        self._none.setText(
            f"Nobody found for “{state.searched}”." if state.searched else "No customers yet."
        )
        self._none.setVisible(not state.found)
        self.problem.setText("\n".join(f"{field}: {said}" for field, said in state.errors))
        self.problem.setVisible(bool(state.errors))
        wrong = {field for field, _said in state.errors}
        for name, field in self.fields.items():
            restyle(field, "state", "error" if name in wrong else "")

    def accept(self) -> None:
        if self._pages.currentIndex() == 1:
            self.add()
        else:
            self.presenter.choose(self.list.currentRow())

    def start_new(self) -> None:
        """Show the form for a new customer, with what was searched as its name or phone."""
        typed = self.search.text().strip()
        target = "phone" if typed[:1] in "+0123456789" and typed else "name"
        self.fields[target].setText(typed)
        self._pages.setCurrentIndex(1)
        self.fields["name"].setFocus()

    def add(self) -> None:
        """Make the customer typed in."""
        self.presenter.create(*(self.fields[name].text() for name in ("name", "phone", "email")))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent):
            moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
            by = moves.get(Qt.Key(event.key()))
            if event.type() == QEvent.Type.KeyPress and by:
                self.list.step(by)
                return True
        return super().eventFilter(watched, event)

    def _take(self, customer: Customer) -> None:
        self.close_sheet()
        self._chosen(customer)

    def _find_page(self) -> QWidget:
        page = QWidget()
        layout = rows(gap=12)
        layout.addWidget(self.search)
        layout.addWidget(self._none)
        layout.addWidget(self.list)
        new = Button("New customer").with_icon(self.theme, "plus").doing(self.start_new)
        layout.addWidget(new)
        page.setLayout(layout)
        return page

    def _new_page(self) -> QWidget:
        page = QWidget()
        layout = rows(gap=8)
        for name, field in self.fields.items():
            field.setAccessibleName(name.capitalize())
            field.setMaxLength(255)
            layout.addWidget(label(name.capitalize(), "caption"))
            layout.addWidget(field)
        layout.addWidget(self.problem)
        self.problem.hide()
        layout.addStretch(1)
        buttons = columns(gap=8)
        buttons.addWidget(Button("Back").doing(lambda: self._pages.setCurrentIndex(0)))
        buttons.addWidget(Button("Add customer", "primary").doing(self.add), 1)
        layout.addLayout(buttons)
        page.setLayout(layout)
        return page
