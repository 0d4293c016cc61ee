"""Tokens and codes name their organisation and are known by their hash."""

import os

import pytest

from sync.server.core.tokens import (
    CODE_ALPHABET,
    TOKEN_SECRET_BYTES,
    code_hash,
    make,
    make_code,
    read,
)

ORG = "01890000-0000-7000-8000-00000000000a"


@pytest.mark.parametrize("size", [TOKEN_SECRET_BYTES, 10])
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


def test_a_code_can_be_typed() -> None:
    """Eight letters that nobody mixes up, in either case, with or without the dash."""
    codes = {make_code(os.urandom) for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        assert (len(code), code[4]) == (9, "-")
        assert set(code) - {"-"} <= set(CODE_ALPHABET)
        typed = {code, code.lower(), code.replace("-", ""), f" {code[:2]} {code[2:]} "}
        assert len({code_hash(one) for one in typed}) == 1
    assert code_hash("1O1L-iI00") == code_hash("10111100")
    assert make_code(lambda size: bytes(range(1, size + 1))) == "0410-6105"


@pytest.mark.parametrize(
    "text", ["", "1234567", "123456789", "7K4M-Q2XU", "7K4M.Q2XP", "７K4M-Q2XP"]
)
def test_what_is_no_code_is_told_apart(text: str) -> None:
    """A wrong length or letter never reaches the database."""
    assert code_hash(text) is None
