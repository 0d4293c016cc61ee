"""A receipt as a PDF, in the size of the paper it would be printed on."""

from pathlib import Path

from PySide6.QtCore import QMarginsF, QSizeF
from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF, QPageSize, QPainter, QPdfWriter

from app.devices.ports import PrinterFault

DOTS_PER_INCH = 300
MM_PER_INCH = 25.4
WIDTH_MM = {48: 80.0, 32: 58.0}
MARGIN_MM = 4.0


def write_pdf(path: Path, title: str, lines: list[str], columns: int = 48) -> None:
    """Write lines of text as one page as long as they need; raises PrinterFault."""
    width_mm = WIDTH_MM.get(columns, 80.0)
    font, row_px = _fitting_font(width_mm, columns)
    height_mm = len(lines) * row_px * MM_PER_INCH / DOTS_PER_INCH + 2 * MARGIN_MM + 4
    writer = QPdfWriter(str(path))
    writer.setTitle(title)
    writer.setCreator("Evertill")
    writer.setResolution(DOTS_PER_INCH)
    writer.setPageSize(QPageSize(QSizeF(width_mm, height_mm), QPageSize.Unit.Millimeter))
    writer.setPageMargins(QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM))
    painter = QPainter()
    if not painter.begin(writer):
        raise PrinterFault(f"The PDF cannot be written to {path}.")
    try:
        painter.setFont(font)
        for number, line in enumerate(lines, start=1):
            painter.drawText(0, round(number * row_px), line)
    finally:
        painter.end()


def _fitting_font(width_mm: float, columns: int) -> tuple[QFont, float]:
    """The fixed-width font in which `columns` characters fill the paper, and its row height."""
    room_px = (width_mm - 2 * MARGIN_MM) / MM_PER_INCH * DOTS_PER_INCH
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(100)
    advance = QFontMetricsF(font).horizontalAdvance("0")
    font.setPixelSize(int(100 * room_px / (advance * columns)))
    return font, QFontMetricsF(font).lineSpacing()
