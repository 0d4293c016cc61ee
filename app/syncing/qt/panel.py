"""The sync panel, opened from the chip."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.kit.flow import Ask
from app.kit.qt.asking import ask
from app.kit.qt.basic import Button, Icon, columns, frame, label, progress_bar, rows
from app.kit.qt.bridge import Reader
from app.kit.qt.page import Scroll, fact, reachable
from app.kit.qt.sheet import Sheet
from app.kit.qt.strip import MessageStrip
from app.kit.qt.workplace import Workplace
from app.kit.translation import translate
from app.syncing.panel import SyncPanelPresenter, SyncPort
from app.syncing.panel_state import ParkedRow, SyncPanelState

WIDTH, HEIGHT_MAX = 720, 820
_EDGE = 24
_REFRESH_MS = 1000


class SyncPanel(Sheet):
    """Calls `closed` once. While open it looks again every second and after each sync change."""

    def __init__(
        self,
        host: QWidget,
        place: Workplace,
        port: SyncPort | None,
        exports: Path,
        closed: Callable[[], object] = lambda: None,
        join: Callable[[], object] | None = None,
        resolve: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(
            host, place.theme, translate("Sync", "Sync"), min(WIDTH, host.width() - 2 * _EDGE)
        )
        self._place = place
        self._closed = closed
        self._join = join
        self._resolve = resolve
        self._reader = Reader(place.bridge)
        self.presenter = SyncPanelPresenter(
            place.till,
            place.formats,
            place.now_us,
            self.show_state,
            port=port,
            worker=self._reader,
            ask=self._ask,
            exports=exports,
        )
        self._shown = SyncPanelState()
        self._add_parts()
        self._lay_out(host)
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.presenter.refresh)
        place.bridge.sync_changed.connect(self._refresh)
        self.on_cancel(self._closed)
        self.presenter.open()
        self._timer.start()
        self.open()

    def close_sheet(self) -> None:
        self._timer.stop()
        self._reader.close()
        super().close_sheet()

    def show_state(self, state: SyncPanelState) -> None:
        """Show the presenter's state."""
        words = state.connection
        self._icon.show_icon(words.icon, _INKS[words.tone])
        self._headline.setText(words.headline)
        self._said.setText(words.said)
        self._show_load(state)
        facts, shown = state.facts + state.history, self._shown.facts + self._shown.history
        if facts != shown or not self._facts.count():
            _refill(self._facts, facts)
        if state.details != self._shown.details or not self._details.count():
            _refill(self._details, state.details)
        self._details_box.setVisible(bool(state.details))
        self._show_attention(state)
        _say(self.damage, "error", state.damage)
        _say(self.trouble, "warning", state.last_error)
        _say(self.skew, "warning", state.skew)
        _say(self.store, "warning", state.store)
        noted = (translate("Sync", "Noted"), self.presenter.note_unaccounted)
        _say(self.unaccounted, "warning", state.unaccounted, (noted,))
        self.join.setVisible(state.may_join and self._join is not None)
        _say(self.proof, state.proof.tone, state.proof.text)
        _say(self.note, "info", state.note)
        _say(self.error, "error", state.error)
        if state.parked != self._shown.parked:
            self._refill_parked(state.parked)
        self._parked_box.setVisible(bool(state.parked))
        self.sync_now.setVisible(state.is_enrolled)
        self.again.setVisible(state.is_enrolled)
        self.again.setEnabled(not state.proof.asking)
        self._shown = state

    # ------------------------------------------------------------ looks

    def _show_load(self, state: SyncPanelState) -> None:
        load = state.load
        self._load_box.setVisible(load is not None)
        if load is not None:
            self.bar.setValue(load.permille)
            self._load_words.setText(load.text)

    def _show_attention(self, state: SyncPanelState) -> None:
        if not state.attention:
            self.attention.clear()
        elif state.can_resolve:
            said = translate("Sync", "Needs attention: {attention}.", attention=state.attention)
            actions = (
                ((translate("Sync", "Open"), self._open_inbox),)
                if self._resolve is not None
                else ()
            )
            _say(self.attention, "warning", said, actions)
        else:
            said = translate(
                "Sync",
                "Needs attention: {attention}. Ask a manager to sign in.",
                attention=state.attention,
            )
            _say(self.attention, "warning", said)

    def _open_inbox(self) -> None:
        assert self._resolve is not None, "the button is hidden"
        self.close_sheet()
        self._resolve()

    def _refill_parked(self, parked: Sequence[ParkedRow]) -> None:
        _empty(self._parked)
        for row in parked:
            self._parked.addWidget(self._parked_row(row))

    def _parked_row(self, row: ParkedRow) -> QWidget:
        card = frame("sunken")
        words = rows(gap=2)
        words.addWidget(label(row.what[0].upper() + row.what[1:], "strong", wrap=True))
        words.addWidget(label(row.reason, wrap=True))
        words.addWidget(label(f"{row.at} · change {row.dseq}", "caption"))
        buttons = columns(gap=6)
        presenter = self.presenter
        buttons.addWidget(
            reachable(Button(translate("Sync", "Retry")).doing(lambda: presenter.retry(row.dseq))),
            1,
        )
        discard = reachable(
            Button(translate("Sync", "Discard")).doing(lambda: presenter.discard(row.dseq))
        )
        discard.setEnabled(row.can_discard)
        discard.setToolTip(
            ""
            if row.can_discard
            else translate("Sync", "Sales and cash events are never discarded")
        )
        buttons.addWidget(discard, 1)
        layout = columns(gap=12)
        layout.setContentsMargins(14, 10, 10, 10)
        layout.addLayout(words, 1)
        layout.addLayout(buttons)
        card.setLayout(layout)
        return card

    def _add_parts(self) -> None:
        theme = self.theme
        self._icon = Icon(theme, "till", "info", 40)
        self._headline = label("", "title")
        self._said = label("", "muted", wrap=True)
        self.trouble, self.skew, self.store, self.unaccounted, self.proof, self.note, self.error = (
            MessageStrip(theme) for _ in range(7)
        )
        self.attention, self.damage = MessageStrip(theme), MessageStrip(theme)
        self.bar = progress_bar(translate("Sync", "Loading"))
        self._load_words = label("", "muted")
        self._facts = rows(gap=6)
        self._details = rows(gap=6)
        self._parked = rows(gap=8)
        presenter = self.presenter
        self.sync_now = Button(translate("Sync", "Sync now"), "primary").with_icon(
            theme, "sync-busy", "on_primary"
        )
        reachable(self.sync_now).doing(presenter.sync_now)
        self.again = reachable(
            Button(translate("Sync", "Verify again"), "ghost").doing(presenter.prove)
        )
        self.join = reachable(
            Button(translate("Sync", "Join a server"), "primary").doing(self._start_joining)
        )
        self.export = Button(translate("Sync", "Save support file")).with_icon(theme, "export")
        reachable(self.export).doing(presenter.export)
        self.export.setToolTip(translate("Sync", "Everything not sent yet, as a file for support"))

    def _lay_out(self, host: QWidget) -> None:
        head = columns(gap=16)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        said = rows(gap=2)
        said.addWidget(self._headline)
        said.addWidget(self._said)
        head.addLayout(said, 1)
        self._load_box = _boxed(self._load_words, self.bar)
        self._parked_box = QWidget()
        parked = rows(gap=8)
        parked.addWidget(label(translate("Sync", "Refused by the server"), "heading"))
        parked.addLayout(self._parked)
        self._parked_box.setLayout(parked)
        inside = rows(gap=14)
        inside.setContentsMargins(0, 0, 10, 0)
        inside.addLayout(head)
        for strip in (
            self.error,
            self.note,
            self.damage,
            self.attention,
            self.trouble,
            self.skew,
            self.store,
            self.unaccounted,
        ):
            inside.addWidget(strip)
        inside.addWidget(self._load_box)
        inside.addWidget(self._parked_box)
        inside.addWidget(self.proof)
        inside.addLayout(self._facts)
        self._details_box = QWidget()
        details = rows(gap=8)
        details.addWidget(label(translate("Sync", "Details for support"), "heading"))
        details.addLayout(self._details)
        self._details_box.setLayout(details)
        inside.addWidget(self._details_box)
        inside.addStretch(1)
        foot = columns(gap=8)
        foot.addWidget(self.export)
        foot.addStretch(1)
        foot.addWidget(self.join)
        foot.addWidget(self.again)
        foot.addWidget(self.sync_now)
        self.body.addWidget(Scroll(inside), 1)
        self.body.addWidget(frame("rule"))
        self.body.addLayout(foot)
        self.card.setMaximumHeight(min(HEIGHT_MAX, host.height() - 2 * _EDGE))

    def _ask(self, question: Ask, answer: Callable[[object], None]) -> None:
        host = self.parentWidget()
        assert host is not None, "a sheet without a host"
        ask(host, self._place, question, answer)

    def _start_joining(self) -> None:
        assert self._join is not None, "the button is hidden"
        self.close_sheet()
        self._join()

    def _refresh(self) -> None:
        if self._timer.isActive():
            self.presenter.refresh()


_INKS = {"success": "success", "info": "info", "warning": "warning", "error": "danger"}


def _refill(layout: QVBoxLayout, facts: Sequence[tuple[str, str]]) -> None:
    _empty(layout)
    for name, said in facts:
        line = QWidget()
        line.setLayout(fact(name, label(said)))
        layout.addWidget(line)


def _boxed(*widgets: QWidget) -> QWidget:
    box = QWidget()
    layout = rows(gap=6)
    for widget in widgets:
        layout.addWidget(widget)
    box.setLayout(layout)
    return box


def _say(
    strip: MessageStrip,
    tone: str,
    text: str,
    actions: Sequence[tuple[str, Callable[[], object]]] = (),
) -> None:
    if text and text == strip.text and strip.property("role") == f"strip-{tone}":
        return
    if text:
        strip.say(tone, text, actions)
    else:
        strip.clear()


def _empty(layout: QVBoxLayout) -> None:
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
