"""Fields that name something real: a time zone, a currency, a code in a receipt number, an address.

A record says so in its declaration (``Spec.names``), and every road to it is checked alike: a
till's services, the server's commands and API, and what a till sends. What is there already must
not stop a till from selling: ``zone`` and ``series_code`` make something of it that works.
"""

import hashlib
import re
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from localdb.domain import currencies

Names = Literal["", "currency", "email", "series", "timezone"]
SERIES_MAX = 16
"""Characters of a store's or till's code: two of them and a number fit a receipt number."""
_SERIES = re.compile(r"[A-Z0-9]+(-[0-9]+)?")
"""As receipts are looked up: in capitals, whatever was typed. The tail is a till's 27th series."""
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
_MARK_DIGITS = 4


def wrong_name(names: Names, text: str) -> str:
    """What is wrong with a text that should name something real; empty when it does."""
    match names:
        case "timezone" if _zone(text) is None:
            return "must be a time zone, such as Europe/Vienna"
        case "currency" if text not in currencies.codes():
            return "must be a currency of ISO 4217, such as EUR"
        case "series" if not is_series(text):
            return f"must have 1 to {SERIES_MAX} capital letters and digits, such as S01"
        case "email" if text and not may_be_email(text):
            return "must look like name@example.org"
    return ""


def zone(text: str) -> ZoneInfo:
    """The time zone of a name; UTC for one that is not known here."""
    return _zone(text) or ZoneInfo("UTC")


def is_zone(text: str) -> bool:
    """Whether this names a time zone that is known here."""
    return _zone(text) is not None


@cache
def _zone(text: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        # An unknown name is a KeyError, a folder of the database an OSError, a path a ValueError.
        return None


def is_series(text: str) -> bool:
    """Whether a code can stand in receipt numbers, and in the name of a file."""
    return len(text) <= SERIES_MAX and _SERIES.fullmatch(text) is not None


def series_code(text: str) -> str:
    """The code itself where it can stand in a receipt number, else one made from it.

    The same text gives the same code, two texts hardly ever do.
    """
    if is_series(text.upper()):
        return text.upper()
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK_DIGITS].upper()
    plain = "".join(re.findall("[A-Z0-9]", text.upper()))[: SERIES_MAX - _MARK_DIGITS] or "X"
    return plain + mark


def file_name(text: str) -> str:
    """A name for a file in one folder, whatever is in the text."""
    return _UNFIT.sub("_", text)[:100] or "_"


def may_be_email(text: str) -> bool:
    """Whether mail could go there: one at sign with something on both sides, and no space."""
    name, _, host = text.partition("@")
    return bool(name and host) and "@" not in host and not any(c.isspace() for c in text)
