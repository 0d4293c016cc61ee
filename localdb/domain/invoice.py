"""Who an invoice is made out to.

A receipt names the seller, its number, the day, the goods and the tax per rate; with the buyer it
is a full invoice (EU directive 2006/112 article 226). The seller's own VAT number belongs into the
store's address or footer.
"""

import re

from localdb.errors import ValidationRefusal

BUYER_MAX = 900
"""Characters of the whole block; it must fit an audit entry too."""
_VAT_NUMBER = re.compile(r"[A-Z0-9+*]{5,17}")
"""The longest in use; countries differ, and only a register knows which ones are real."""


def buyer_text(name: str, address: str = "", vat_number: str = "") -> str:
    """The buyer as printed: name, address lines, VAT number.

    Raises ValidationRefusal naming what is wrong.
    """
    name, vat = " ".join(name.split()), re.sub(r"[\s.-]", "", vat_number).upper()
    errors = {}
    if not name:
        errors["name"] = "is needed on an invoice"
    if vat and not _VAT_NUMBER.fullmatch(vat):
        errors["vat_number"] = "must be 5 to 17 letters and figures, such as DE123456789"
    lines = [name, *(line.strip() for line in address.splitlines()), f"VAT {vat}" if vat else ""]
    text = "\n".join(line for line in lines if line)
    if len(text) > BUYER_MAX:
        errors["address"] = f"is too long: {BUYER_MAX} characters at most"
    if errors:
        raise ValidationRefusal(errors)
    return text
