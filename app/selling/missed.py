"""Codes that were scanned and not found: goods that are not in the cart, until somebody says so."""

from collections.abc import Sequence

from app.kit.flow import AskYesNo
from app.kit.translation import translate

SHOWN = 3
CODE_SHOWN = 40
MISSED_MAX = 200
"""More than any customer brings: the rest is a scanner gone mad."""
PIECES_MAX = 99


def add_missed(codes: tuple[str, ...], code: str, quantity_milli: int | None) -> tuple[str, ...]:
    """One more code, the newest first, as often as pieces of it were scanned: `3*` is three."""
    pieces = min(max((quantity_milli or 0) // 1000, 1), PIECES_MAX)
    return ((code,) * pieces + codes)[:MISSED_MAX]


def missed_words(codes: Sequence[str]) -> str:
    """`Not found: 4006381333931.` or `3 not found. Last: 4006381333931.`"""
    if len(codes) == 1:
        return translate("Sell", "Not found: {code}.", code=_shown(codes[0]))
    return translate(
        "Sell", "{count} not found. Last: {code}.", count=len(codes), code=_shown(codes[0])
    )


def missed_question(codes: Sequence[str], charge: str) -> AskYesNo:
    """Before a cart is charged without them; `charge` are the words of the button."""
    what = (
        translate("Sell", "1 item was")
        if len(codes) == 1
        else translate("Sell", "{codes} items were", codes=len(codes))
    )
    return AskYesNo(
        title=translate("Sell", "{what} not found", what=what),
        text=translate(
            "Sell",
            "Not in this sale: {codes}. Add what is missing before you charge.",
            codes=_listed(codes),
        ),
        yes=f"{charge} without",
        no=translate("Sell", "Back to the sale"),
        icon="alert",
        main=False,
    )


def _listed(codes: Sequence[str]) -> str:
    """Each code once, with its number; a few of them."""
    each = list(dict.fromkeys(codes))
    counted = [
        _shown(code) + (f" ({codes.count(code)}×)" if codes.count(code) > 1 else "")
        for code in each[:SHOWN]
    ]
    more = len(each) - SHOWN
    return ", ".join(counted) + (f" and {more} more" if more > 0 else "")


def _shown(code: str) -> str:
    return code if len(code) <= CODE_SHOWN else f"{code[: CODE_SHOWN - 1]}…"
