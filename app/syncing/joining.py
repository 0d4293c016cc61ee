"""Enrolling a till that is at work: alone so far, or not admitted by its server any more."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from app.kit.job import Job, Worker
from app.kit.translation import translate


@dataclass(frozen=True, slots=True)
class EnrolForm:
    """Where the server is, and the code it gave out."""

    server: str = ""
    code: str = ""
    till_name: str = ""


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
        worker: Worker,
        enrol: Callable[[str, str, str], object],
        server: str = "",
    ) -> None:
        self._show = show
        self._joined = joined
        self._job = Job(worker)
        self._enrol = enrol
        self.state = JoinState(EnrolForm(server=server))

    def join(self, form: EnrolForm) -> None:
        """Enrol, or say what is wrong; the till goes on selling meanwhile."""
        problems = enrol_problems(form)
        self._set(form=form, problems=problems, error="")
        if problems or self.state.working:
            return
        self._set(working=True)
        self._job.start(lambda _: self._ask(form), self._done, self._refused)

    def _ask(self, form: EnrolForm) -> None:
        """Off the UI thread."""
        self._enrol(
            form.server.strip(),
            form.code.strip(),
            form.till_name.strip() or translate("Sync", "Till"),
        )

    def _done(self, _: None) -> None:
        self._set(working=False, error="")
        self._joined()

    def _refused(self, words: str) -> None:
        self._set(working=False, error=words)

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def enrol_problems(form: EnrolForm) -> tuple[tuple[str, str], ...]:
    """Field and what is wrong with it, before anybody is asked."""
    found = {}
    if not form.server.strip():
        found["server"] = translate(
            "Sync", "Type the server's address, such as https://pos.example.com."
        )
    if not form.code.strip():
        found["code"] = translate("Sync", "Type the enrolment code that the server gave out.")
    return tuple(found.items())
