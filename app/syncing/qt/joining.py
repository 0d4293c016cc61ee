"""The form by which a till that is at work joins a server."""

from collections.abc import Callable

from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from app.kit.qt.basic import Button, columns, label, rows
from app.kit.qt.bridge import Reader
from app.kit.qt.page import reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.strip import MessageStrip
from app.kit.qt.theme import restyle
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.syncing.joining import EnrolForm, JoinPresenter, JoinState

WIDTH = 520
_FIELDS = (
    ("server", "Server address", "https://pos.example.com", 200),
    ("code", "Enrolment code", "ABCD-EFGH", 64),
    ("till_name", "Name of this till (optional)", "Till by the door", 60),
)


class JoinSheet(Sheet):
    """Calls `joined` once the till is enrolled."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        enrol: Callable[[str, str, str], object],
        joined: Callable[[], object],
        server: str = "",
    ) -> None:
        super().__init__(host, place.theme, translate("Sync", "Join a server"), WIDTH)
        self._joined = joined
        self._reader = Reader(place.bridge)
        self.presenter = JoinPresenter(
            self.show_state, self._done, worker=self._reader, enrol=enrol, server=server
        )
        self.fields: dict[str, QLineEdit] = {}
        self._problems: dict[str, QLabel] = {}
        self.error = MessageStrip(place.theme)
        self.join = reachable(Button(translate("Sync", "Join"), "primary").doing(self.accept))
        self._lay_out()
        self.fields["server"].setText(server)
        self.open(self.fields["code" if server else "server"])

    def show_state(self, state: JoinState) -> None:
        """Show the presenter's state."""
        for name, problem in self._problems.items():
            words = state.problem(name)
            problem.setText(words)
            problem.setVisible(bool(words))
            restyle(self.fields[name], "state", "error" if words else "")
        if state.error:
            self.error.say("error", state.error)
        else:
            self.error.clear()
        self.join.setEnabled(not state.working)
        self.join.setText(
            translate("Sync", "Asking the server …") if state.working else translate("Sync", "Join")
        )

    def accept(self) -> None:
        self.presenter.join(EnrolForm(*(self.fields[name].text() for name, *_ in _FIELDS)))

    def cancel(self) -> None:
        # Once the server was asked, its answer is waited for: seconds at most.
        if not self.presenter.state.working:
            super().cancel()

    def close_sheet(self) -> None:
        self._reader.close()
        super().close_sheet()

    def _done(self) -> None:
        self.close_sheet()
        self._joined()

    def _lay_out(self) -> None:
        words = translate("Sync", "You can keep selling. Past sales upload in the background.")
        self.body.addWidget(label(words, "muted", wrap=True))
        self.body.addWidget(self.error)
        for name, caption, example, length in _FIELDS:
            field = QLineEdit()
            field.setPlaceholderText(example)
            field.setMaxLength(length)
            field.setAccessibleName(caption)
            problem = label("", "error", wrap=True)
            problem.hide()
            cell = rows(gap=4)
            cell.addWidget(label(caption, "strong"))
            cell.addWidget(field)
            cell.addWidget(problem)
            self.body.addLayout(cell)
            self.fields[name], self._problems[name] = field, problem
        foot = columns(gap=8)
        foot.addStretch(1)
        foot.addWidget(self.join)
        self.body.addLayout(foot)
