"""From a presenter's question to the sheet that asks it."""

from collections.abc import Callable
from typing import assert_never

from PySide6.QtWidgets import QWidget

from app.drawer.qt.count import CountSheet
from app.kit.flow import (
    Ask,
    AskApproval,
    AskCash,
    AskDiscount,
    AskNumber,
    AskReason,
    AskServer,
    AskText,
    AskVariant,
    AskYesNo,
)
from app.kit.qt.approval import ApprovalSheet
from app.kit.qt.confirm import ConfirmSheet
from app.kit.qt.number import NumberSheet
from app.kit.qt.reason import ReasonSheet
from app.kit.qt.sheet import Sheet
from app.kit.qt.text import TextSheet
from app.kit.qt.waiting import WaitingSheet
from app.kit.qt.workplace import Workplace
from app.selling.qt.discount import DiscountSheet
from app.selling.qt.variants import VariantSheet
from app.selling.variants import variant_views


def ask(
    host: QWidget, place: Workplace, question: Ask, answer: Callable[[object], object]
) -> Sheet:
    """Open the sheet for a question over `host`; `answer` is called once, None for backing out."""
    match question:
        case AskNumber():
            return NumberSheet(host, place.theme, place.formats, question, answer)
        case AskText():
            return TextSheet(
                host,
                place.theme,
                question.title,
                question.initial,
                answer,
                lambda: answer(None),
                may_be_empty=question.may_be_empty,
            )
        case AskReason():
            return ReasonSheet(host, place.theme, question, answer)
        case AskCash():
            return CountSheet(host, place.theme, place.formats, question, answer)
        case AskYesNo():
            return ConfirmSheet(host, place.theme, question, answer)
        case AskDiscount():
            return DiscountSheet(host, place.theme, place.formats, question, answer)
        case AskApproval():
            return ApprovalSheet(host, place.theme, place.till, question, answer)
        case AskServer():
            return WaitingSheet(host, place.theme, place.claims, question, answer)
        case AskVariant():
            views = variant_views(question.title, question.options, place.formats)
            return VariantSheet(host, place.theme, question, views, answer)
        case _:
            assert_never(question)
