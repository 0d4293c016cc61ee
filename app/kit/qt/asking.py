"""From a question to the sheet that asks it: kit has the plain ones, features add theirs."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from app.kit.flow import (
    Ask,
    AskApproval,
    AskNumber,
    AskOption,
    AskReason,
    AskServer,
    AskText,
    AskYesNo,
)
from app.kit.qt.approval import ApprovalSheet
from app.kit.qt.confirm import ConfirmSheet
from app.kit.qt.number import NumberSheet
from app.kit.qt.options import OptionsSheet
from app.kit.qt.reason import ReasonSheet
from app.kit.qt.sheet import Sheet
from app.kit.qt.text import TextSheet
from app.kit.qt.waiting import WaitingSheet
from app.kit.qt.workplace import Workplace

Answer = Callable[[Any], object]
Opener = Callable[[QWidget, Workplace, Any, Answer], Sheet]
_OPENERS: dict[type, Opener] = {}


def register(kind: type, opener: Opener) -> None:
    """Say what opens the sheet for one kind of question; a feature does so when it is made."""
    _OPENERS[kind] = opener


def ask(host: QWidget, place: Workplace, question: Ask, answer: Answer) -> Sheet:
    """Open the sheet for a question over `host`; `answer` is called once, None for backing out."""
    return _OPENERS[type(question)](host, place, question, answer)


def asked() -> frozenset[type]:
    """The kinds of questions that have a sheet."""
    return frozenset(_OPENERS)


def _number(host: QWidget, place: Workplace, question: AskNumber, answer: Answer) -> Sheet:
    return NumberSheet(host, place.theme, place.formats, question, answer)


def _text(host: QWidget, place: Workplace, question: AskText, answer: Answer) -> Sheet:
    return TextSheet(
        host,
        place.theme,
        question.title,
        question.initial,
        answer,
        lambda: answer(None),
        may_be_empty=question.may_be_empty,
    )


def _option(host: QWidget, place: Workplace, question: AskOption, answer: Answer) -> Sheet:
    return OptionsSheet(host, place.theme, question, answer)


def _reason(host: QWidget, place: Workplace, question: AskReason, answer: Answer) -> Sheet:
    return ReasonSheet(host, place.theme, question, answer)


def _yes_no(host: QWidget, place: Workplace, question: AskYesNo, answer: Answer) -> Sheet:
    return ConfirmSheet(host, place.theme, question, answer)


def _approval(host: QWidget, place: Workplace, question: AskApproval, answer: Answer) -> Sheet:
    return ApprovalSheet(host, place.theme, place.till, question, answer)


def _server(host: QWidget, place: Workplace, question: AskServer, answer: Answer) -> Sheet:
    return WaitingSheet(host, place.theme, place.claims, question, answer)


register(AskNumber, _number)
register(AskText, _text)
register(AskOption, _option)
register(AskReason, _reason)
register(AskYesNo, _yes_no)
register(AskApproval, _approval)
register(AskServer, _server)
