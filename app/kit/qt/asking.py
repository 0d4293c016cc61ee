"""From a presenter's question to the sheet that asks it."""

from collections.abc import Callable
from typing import assert_never

from PySide6.QtWidgets import QWidget

from app.dialogs.approval import ApprovalSheet
from app.dialogs.confirm import ConfirmSheet
from app.dialogs.count import CountSheet
from app.dialogs.discount import DiscountSheet
from app.dialogs.number import NumberSheet
from app.dialogs.reason import ReasonSheet
from app.dialogs.text import TextSheet
from app.dialogs.variants import VariantSheet
from app.dialogs.waiting import WaitingSheet
from app.presenters.flow import (
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
from app.presenters.variants import variant_views
from app.widgets.sheet import Sheet
from app.workplace import Workplace


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
