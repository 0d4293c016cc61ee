"""Splitting what is left to pay evenly: the question into how many, and what each comes to."""

from app.kit.flow import AskOption, Option
from app.kit.formats import Formats
from app.kit.translation import translate
from localdb.domain.tender import PAYMENTS_MAX, Tender

SPLIT_KEY = "/"
SHARES_OFFERED = 12


def split_question(tender: Tender, formats: Formats) -> AskOption:
    """Into how many; the digit of each is its number of payments, and the first is all at once."""
    most = min(SHARES_OFFERED, PAYMENTS_MAX - len(tender.payments))
    options = [
        Option(
            "1",
            translate("Charge", "Do not split"),
            formats.money(tender.remaining_minor),
        )
    ]
    for shares in range(2, most + 1):
        share = tender.split(shares).share_minor
        each = translate("Charge", "{amount} each", amount=formats.money(share))
        options.append(
            Option(str(shares), translate("Charge", "{shares} payments", shares=shares), each)
        )
    return AskOption(translate("Charge", "Split evenly"), tuple(options))


def share_words(tender: Tender) -> str:
    """Which of the even payments comes next; empty where nothing is split."""
    if tender.split_into == 1 or tender.is_complete:
        return ""
    number = tender.split_into - tender.shares_left + 1
    return translate("Charge", "Payment {number} of {all}", number=number, all=tender.split_into)
