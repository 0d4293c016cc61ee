"""Enrolling a till that is at work: alone so far, or not admitted by its server any more."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from app.setup.first_run import EnrolForm, enrol_problems
from app.syncing.panel import Aside
from localdb.errors import EvertillError

EMPTY = EnrolForm()


@dataclass(frozen=True, slots=True)
class JoinState:
    """What the form shows."""

    form: EnrolForm = EMPTY
    problems: tuple[tuple[str, str], ...] = ()
    """Field and what is wrong with it."""
    error: str = ""
    working: bool = False

    def problem(self, field: str) -> str:
        """What is wrong with a field, if anything."""
        return dict(self.problems).get(field, "")


class JoinPresenter:
    """`enrol(server, code, till name)` runs off the UI thread; then `joined` is called on it."""

    def __init__(
        self,
        show: Callable[[JoinState], None],
        joined: Callable[[], object],
        *,
        aside: Aside,
        enrol: Callable[[str, str, str], object],
        server: str = "",
    ) -> None:
        self._show = show
        self._joined = joined
        self._aside = aside
        self._enrol = enrol
        self.state = JoinState(EnrolForm(server=server))

    def join(self, form: EnrolForm) -> None:
        """Enrol, or say what is wrong; the till goes on selling meanwhile."""
        problems = enrol_problems(form)
        self._set(form=form, problems=problems, error="")
        if problems or self.state.working:
            return
        self._set(working=True)
        self._aside(lambda: self._tried(form), self._ended)

    def _tried(self, form: EnrolForm) -> str:
        try:
            self._enrol(form.server.strip(), form.code.strip(), form.till_name.strip() or "Till")
        except EvertillError as error:
            return str(error)
        return ""

    def _ended(self, error: str) -> None:
        self._set(working=False, error=error)
        if not error:
            self._joined()

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)
