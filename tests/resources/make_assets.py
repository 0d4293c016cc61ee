"""Make the application icon's bitmaps and the error beep: `python -m tests.resources.make_assets`.

The drawing itself is `resources/app-icon/evertill.svg`.
"""

import math
import os
import struct
import wave
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

import resources

SIZES_PX = (16, 24, 32, 48, 64, 128, 256, 512)
RATE_HZ = 22_050


def drawn(svg: str, size_px: int) -> bytes:
    """Return the drawing as a PNG of a size."""
    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """Return a Windows icon holding PNGs by size in pixels, at most 256 each."""
    offset = 6 + 16 * len(pictures)
    head, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    for size_px, png in pictures.items():
        side = size_px % 256
        head += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(png), offset + len(body))
        body += png
    return head + body


def beep() -> bytes:
    """Return 0.22 s of two falling tones, 16 bit mono at `RATE_HZ`, without clicks."""
    samples = bytearray()
    for tone_hz, length_s in ((740.0, 0.09), (520.0, 0.13)):
        count = int(RATE_HZ * length_s)
        for step in range(count):
            swell = min(1.0, step / 110, (count - step) / 330)
            turn = 2 * math.pi * tone_hz * step / RATE_HZ
            level = 0.45 * swell * (math.sin(turn) + 0.25 * math.sin(3 * turn))
            samples += struct.pack("<h", round(level * 32_000))
    return bytes(samples)


def main() -> None:
    """Write the bitmaps, the Windows icon and the beep into `resources/`."""
    app = QGuiApplication([])
    svg_file = resources.path("app-icon/evertill.svg")
    svg, folder = svg_file.read_text(encoding="utf-8"), svg_file.parent
    pictures = {size_px: drawn(svg, size_px) for size_px in SIZES_PX}
    for size_px, png in pictures.items():
        (folder / f"evertill-{size_px}.png").write_bytes(png)
    small = {size_px: png for size_px, png in pictures.items() if size_px <= 256}
    (folder / "evertill.ico").write_bytes(ico(small))
    sounds: Path = folder.parent / "sounds"
    with wave.open(str(sounds / "error.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(beep())
    app.quit()


if __name__ == "__main__":
    main()
