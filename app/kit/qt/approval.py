"""Leave for something the cashier may not do alone: pick who allows it, then that person's PIN."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.kit.authority import ApprovalPresenter
from app.kit.flow import AskApproval
from app.kit.pin import PinState
from app.kit.qt.basic import columns, label, rows
from app.kit.qt.pin import PeopleGrid, PinPad
from app.kit.qt.pin_sheet import PinSheet
from app.kit.qt.theme import Theme
from app.kit.translation import translate
from localdb.domain.permissions import Approval
from localdb.services.till import Till


class ApprovalSheet(PinSheet):
    """Calls `answer` with an Approval, or None."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        till: Till,
        question: AskApproval,
        answer: Callable[[Approval | None], object],
    ) -> None:
        super().__init__(host, theme, translate("Till", "Approval needed"), 640)
        self._answer = answer
        self.presenter = ApprovalPresenter(till, question.request, self._show_state, self._given)
        self.grid = PeopleGrid(theme, 1, self.presenter.choose, numbered=True)
        self._who = label("", "strong", wrap=True)
        self.pad = PinPad(theme, self.presenter, translate("Till", "Approve"))
        self._lay_out(question)
        self._show_state(self.presenter.state)
        self.on_cancel(lambda: answer(None))
        self.open()

    def _show_state(self, state: PinState) -> None:
        self.grid.show_state(state)
        self._who.setText(
            translate("PIN", "PIN for {name}", name=state.chosen_name)
            if state.chosen
            else translate("Till", "Who approves it?")
        )
        self.pad.show_state(state)

    def _given(self, approval: Approval) -> None:
        self.close_sheet()
        self._answer(approval)

    def _lay_out(self, question: AskApproval) -> None:
        left = rows(gap=12)
        left.addWidget(label(question.request.words, "strong", wrap=True))
        how = translate("Till", "Scan a badge, or press a number and type the PIN.")
        left.addWidget(label(how, "muted", wrap=True))
        left.addWidget(self.grid)
        left.addStretch(1)
        right = rows(gap=8)
        right.addWidget(self._who)
        right.addWidget(self.pad)
        both = columns(gap=20)
        both.addLayout(left, 1)
        both.addLayout(right, 1)
        self.body.addLayout(both)
