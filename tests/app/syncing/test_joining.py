"""A till at work joins a server: what is wrong is said, and it sells on whatever happens."""

from app.syncing.joining import EnrolForm, JoinPresenter, JoinState
from localdb.errors import Refusal
from tests.app.kit.at_once import AtOnce


class Enrolment:
    """A server that says what the test wants."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.asked: list[tuple[str, str, str]] = []
        self.shown: list[JoinState] = []
        self.joined = 0

    def presenter(self) -> JoinPresenter:
        return JoinPresenter(
            self.shown.append, self._done, worker=AtOnce(), enrol=self._enrol, server="https://a.b"
        )

    def _done(self) -> None:
        self.joined += 1

    def _enrol(self, server: str, code: str, till_name: str) -> None:
        self.asked.append((server, code, till_name))
        if self.refusal:
            raise Refusal(self.refusal)


def test_what_is_missing_is_said_before_anybody_is_asked() -> None:
    """Address and code are needed; the name is not."""
    server = Enrolment()
    presenter = server.presenter()
    assert presenter.state.form.server == "https://a.b"
    presenter.join(EnrolForm())
    assert presenter.state.problem("server")
    assert presenter.state.problem("code")
    assert (server.asked, server.joined) == ([], 0)


def test_a_till_joins() -> None:
    """What was typed is trimmed, and a till without a name gets one."""
    server = Enrolment()
    server.presenter().join(EnrolForm(" https://pos.example.com ", " CODE-1 ", ""))
    assert server.asked == [("https://pos.example.com", "CODE-1", "Till")]
    assert server.joined == 1
    assert [state.working for state in server.shown] == [False, True, False]


def test_a_refusal_is_shown_and_can_be_answered() -> None:
    """The form stays as it was, with the reason."""
    server = Enrolment("this enrolment code has expired")
    presenter = server.presenter()
    presenter.join(EnrolForm("https://pos.example.com", "OLD", "Door"))
    assert presenter.state.error == "this enrolment code has expired"
    assert (presenter.state.working, server.joined) == (False, 0)
    assert presenter.state.form.code == "OLD"
