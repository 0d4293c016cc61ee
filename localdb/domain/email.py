"""Whether a text can be an address for mail; only sending to it tells whether it is one."""

import re

from localdb.errors import Refusal

EMAIL_MAX = 254
"""Characters of an address that mail can be sent to (RFC 5321, as corrected by erratum 1690)."""
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\.-][^\s@<>,;:\"()\[\]\\]*")


def checked(text: str) -> str:
    """The address without spaces around it; raises Refusal for what cannot be one."""
    address = text.strip()
    host = address.rpartition("@")[2]
    good = _ADDRESS.fullmatch(address) and address.isprintable() and len(address) <= EMAIL_MAX
    if not good or "." not in host.strip(".") or ".." in address or host.endswith("."):
        raise Refusal("That is no e-mail address. Type it like name@example.org.")
    return address
