"""Receipts as PDF and into files."""

from pathlib import Path

import pytest

from app.devices.pdf import write_pdf
from app.devices.ports import FilePrinter, PrinterFault


def test_a_receipt_becomes_one_page(needs_qt: None, qapp: object, tmp_path: Path) -> None:
    """The PDF is a single page as wide as the paper."""
    file = tmp_path / "receipt.pdf"
    write_pdf(file, "S01-T01-000001", [f"line {n}" for n in range(60)])
    body = file.read_bytes()
    assert body.startswith(b"%PDF")
    assert body.count(b"/Type /Page\n") == 1


def test_a_folder_that_cannot_be_written_is_a_printer_fault(tmp_path: Path) -> None:
    """The fault can be caught as what it is, so that the sale goes on."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(PrinterFault):
        FilePrinter(blocked).print_receipt("S01-T01-000001", ["text"])
