"""Training as a mode of the whole window: begun and ended, with a banner on every screen."""

from app.kit.qt.shell import Shell
from app.kit.qt.training import TrainingBanner
from app.kit.registry import Action
from app.kit.translation import translate
from app.paying.training import Practice
from app.selling.qt.feature import Selling


class TrainingMode:
    """Begins and ends it; the open cart is kept on disk before."""

    def __init__(self, shell: Shell, selling: Selling) -> None:
        self._shell = shell
        self._selling = selling.presenter
        self.practice = Practice(shell.place.till, self._changed)
        self.banner = TrainingBanner(shell.place.theme)
        self.banner.end_asked.connect(self.end)
        shell.navigator.add_banner(self.banner)
        self.banner.setVisible(self.practice.is_on)
        shell.events.locked.connect(self.banner.end.hide)
        shell.events.signed_in.connect(lambda _user: self.banner.end.show())
        shell.actions.add(
            Action(
                name="begin_training",
                title=translate("Training", "Begin training"),
                section="till",
                run=self.begin,
                offered=lambda: not self.practice.is_on,
            ),
            Action(
                name="end_training",
                title=translate("Training", "End training"),
                section="till",
                run=self.end,
                offered=lambda: self.practice.is_on,
            ),
        )

    def begin(self) -> None:
        """Begin to practise, with somebody's approval where it takes one."""
        self._selling.open_cart.save_now()
        self._shell.dialogue.run(self.practice.begin())

    def end(self) -> None:
        """Back to the shop."""
        self._selling.open_cart.save_now()
        self._shell.dialogue.tried(self.practice.end)

    def _changed(self) -> None:
        self.banner.setVisible(self.practice.is_on)
        self._shell.events.training_changed.emit()
