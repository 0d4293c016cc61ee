"""What the till needs of a receipt printer; which one it is, is decided at start."""

from pathlib import Path
from typing import Protocol

from localdb.errors import EnvironmentFault


class PrinterFault(EnvironmentFault):
    """The receipt could not be printed; the sale is stored all the same."""


class ReceiptPrinter(Protocol):
    """Prints lines of text; raises PrinterFault, never anything that stops a sale."""

    @property
    def columns(self) -> int:
        """Characters a line: 48 on 80 mm paper, 32 on 58 mm."""

    def print_receipt(self, name: str, lines: list[str]) -> None:
        """Print and cut; `name` is the receipt's number."""


class FilePrinter:
    """Prints into a folder, one text file per receipt: for tills without paper, and for tests."""

    def __init__(self, folder: Path, columns: int = 48) -> None:
        self._folder = folder
        self._columns = columns

    @property
    def columns(self) -> int:
        return self._columns

    def print_receipt(self, name: str, lines: list[str]) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        except OSError as error:
            raise PrinterFault(f"The folder for receipts cannot be written: {error}") from error
