"""What can be an e-mail address."""

import pytest

from localdb.domain.email import checked
from localdb.errors import Refusal


@pytest.mark.parametrize("text", ["ada@example.org", " a.b+c@mail.example.co.uk ", "ö@exämple.org"])
def test_addresses_pass_without_the_spaces_around_them(text: str) -> None:
    """Plain, tagged and international ones."""
    assert checked(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    ["", "ada", "ada@", "@example.org", "ada@example", "a b@example.org", "a@b@example.org",
     "ada@example..org", "ada@.org", "ada@example.org.", "ada@example.org\nBcc: x@example.org",
     "Ada <ada@example.org>", "a@b.org,c@d.org", "a" * 250 + "@example.org"],
)  # fmt: skip
def test_everything_else_is_refused_in_words(text: str) -> None:
    """Also what would smuggle a second recipient or a header in."""
    with pytest.raises(Refusal, match="Type it like"):
        checked(text)
