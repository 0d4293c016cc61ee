"""Barcodes: one function gives the key that both an import stores and a scan looks up."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from localdb.errors import Refusal

CODE_MAX = 64
CodeKind = Literal["gtin8", "gtin12", "gtin13", "gtin14", "store", "opaque"]

_KINDS: dict[int, CodeKind] = {8: "gtin8", 12: "gtin12", 13: "gtin13", 14: "gtin14"}
_SPREADSHEET = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Code:
    """A barcode as it is stored and looked up.

    ``value`` of a GTIN has no leading zeros, so that a UPC-A scanned as 12, 13 or 14 digits is one
    key; anything else is kept as it was read. ``kind`` names the shortest GTIN that holds it, or
    ``store`` for the numbers a shop may give out itself (GS1 prefixes 20 to 29 and 02).
    """

    value: str
    kind: CodeKind
    check_ok: bool
    """Whether it has a GTIN's length and the right check digit."""
    warning: str = ""
    """What a person who typed or imported it should know; empty when nothing."""


def normalise(text: str) -> Code:
    """The key of a barcode that was scanned, typed or imported.

    A wrong check digit or an odd length gives an opaque code with a warning. Refuses what cannot
    be a barcode: nothing, control characters, over 64 characters, a number a spreadsheet ruined.
    """
    code = _cleaned(text)
    if not (code.isascii() and code.isdigit()):
        return Code(code, "opaque", check_ok=False)
    if len(code) not in _KINDS or not int(code):
        return Code(code, "opaque", check_ok=False, warning="not the length of a barcode number")
    if has_check_digit(code):
        return _gtin(code)
    expanded = expand_upc_e(code)
    if expanded and has_check_digit(expanded):
        return _gtin(expanded)
    return Code(code, "opaque", check_ok=False, warning="the check digit is wrong")


def check_digit(payload: str) -> int:
    """The check digit, 0 to 9, of a GTIN's other digits (GS1 General Specifications 7.9)."""
    weighted = (int(digit) * (3, 1)[i % 2] for i, digit in enumerate(reversed(payload)))
    return -sum(weighted) % 10


def has_check_digit(digits: str) -> bool:
    """Whether the last of at least two ASCII digits is the check digit of the rest."""
    return check_digit(digits[:-1]) == int(digits[-1])


def expand_upc_e(code: str) -> str | None:
    """The UPC-A of 8 digits read as UPC-E (number system 0 or 1); None when they cannot be one."""
    if len(code) != 8 or code[0] not in "01":
        return None
    system, body, check = code[0], code[1:7], code[7]
    last = body[5]
    if last in "012":
        maker, item = body[:2] + last + "00", "00" + body[2:5]
    elif last == "3":
        maker, item = body[:3] + "00", "000" + body[3:5]
    elif last == "4":
        maker, item = body[:4] + "0", "0000" + body[4]
    else:
        maker, item = body[:5], "0000" + last
    return system + maker + item + check


def _cleaned(text: str) -> str:
    code = text.strip()
    unspaced = "".join(code.split(" "))
    if unspaced.isdigit():
        code = unspaced
    if not code:
        raise Refusal("The barcode is empty.")
    if len(code) > CODE_MAX:
        raise Refusal(f"A barcode has at most {CODE_MAX} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in code):
        raise Refusal("The barcode holds characters that cannot be printed.")
    if _SPREADSHEET.fullmatch(code):
        raise Refusal("A spreadsheet has shortened this barcode. Format its column as text.")
    return code


def _gtin(digits: str) -> Code:
    value = digits.lstrip("0")
    # 13 digits from 2, or the 12 of a UPC-A from 2 (which is an EAN-13 from 02).
    if len(value) in (12, 13) and value[0] == "2":
        return Code(value, "store", check_ok=True)
    length = min(length for length in _KINDS if length >= len(value))
    return Code(value, _KINDS[length], check_ok=True)
