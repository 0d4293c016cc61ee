"""Tokens and codes name their organisation and are known by their hash."""

import os

import pytest

from sync.server.tokens import CODE_SECRET_BYTES, TOKEN_SECRET_BYTES, make, read

ORG = "01890000-0000-7000-8000-00000000000a"


@pytest.mark.parametrize("size", [TOKEN_SECRET_BYTES, CODE_SECRET_BYTES])
def test_a_secret_names_its_organisation(size: int) -> None:
    """What was made is read back, whatever the case and the blanks around it."""
    made = make(ORG, size, os.urandom)
    secret = read(made)
    assert secret is not None
    assert secret.org_id == ORG
    assert secret == read(f" {made.upper()}\n")
    assert made not in secret.hash


def test_two_secrets_differ() -> None:
    """Each is made from fresh randomness."""
    assert make(ORG, 32, os.urandom) != make(ORG, 32, os.urandom)


@pytest.mark.parametrize("text", ["", ".", "x.y", "é.x", "a" * 26, f"{'a' * 25}1.b", "a.b.c" * 99])
def test_what_cannot_be_a_secret_is_none(text: str) -> None:
    """Nothing that is presented raises."""
    assert read(text) is None
