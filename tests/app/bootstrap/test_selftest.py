"""The self-test an installer runs."""

import json
from pathlib import Path

import pytest

from app.__main__ import main


def test_it_sells_one_item_and_prints_the_stored_sale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The receipt number and the sale with its line, tax and payment come out as JSON."""
    assert main(["selftest", "--data-dir", str(tmp_path / "data")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["receipt_number"] == printed["sale"]["receipt_number"] == "S01-T01-000001"
    assert sum(p["amount_minor"] for p in printed["payments"]) == printed["sale"]["total_minor"]
    assert len(printed["lines"]) == 1


def test_it_never_touches_a_folder_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that holds anything is refused, with what to do."""
    (tmp_path / "till.db").write_bytes(b"precious")
    assert main(["selftest", "--data-dir", str(tmp_path)]) == 1
    assert "needs a folder of its own" in capsys.readouterr().err
    assert (tmp_path / "till.db").read_bytes() == b"precious"
