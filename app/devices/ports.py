"""What the till needs of a receipt printer and a cash drawer; which ones, is decided at start."""

from pathlib import Path
from typing import Protocol

from localdb.domain.real_values import file_name
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
            (self._folder / f"{file_name(name)}.txt").write_text(
                "\n".join(lines) + "\n", encoding="utf-8"
            )
        except OSError as error:
            raise PrinterFault(f"The folder for receipts cannot be written: {error}") from error


class DrawerFault(EnvironmentFault):
    """The drawer could not be opened; the sale is stored all the same."""


class CashDrawer(Protocol):
    """Opens the drawer; raises DrawerFault, never anything that stops a sale."""

    def open(self) -> None: ...


class FileDrawer:
    """Counts its openings in a file, a line each: for tills without a drawer, and for tests."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def openings(self) -> int:
        """How often it was opened."""
        return len(self._file.read_text().splitlines()) if self._file.exists() else 0

    def open(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as file:
                file.write("open\n")
        except OSError as error:
            raise DrawerFault(f"The cash drawer did not open: {error}") from error
