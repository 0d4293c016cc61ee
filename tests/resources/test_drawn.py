"""Qt takes the theme without a murmur and gives controls the sizes the tokens promise."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImageReader
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

import resources
from resources import iconset, styling
from resources.styling import Scheme
from tests.resources import proof_sheet

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)


@pytest.fixture(params=SCHEMES)
def themed(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[Scheme]:
    """Put a scheme on the application and take it off again."""
    palette, font, sheet = qapp.palette(), qapp.font(), qapp.styleSheet()
    proof_sheet.use_theme(qapp, request.param)
    yield request.param
    qapp.setStyleSheet(sheet)
    qapp.setFont(font)
    qapp.setPalette(palette)


def polished(widget: QWidget, name: str, value: str) -> QWidget:
    """Return a widget with one dynamic property, styled."""
    widget.setProperty(name, value)
    widget.ensurePolished()
    return widget


def test_controls_have_their_promised_size(themed: Scheme) -> None:
    """Search, keys, tiles, chips and the charge button are never below their token."""
    size_px = styling.tokens(themed).size_px
    search = polished(QLineEdit(), "role", "search")
    key, tile, charge, chip, plain = (
        polished(QPushButton(), "variant", variant)
        for variant in ("key", "tile", "charge", "chip", "")
    )
    assert search.minimumHeight() == size_px.search
    assert (key.minimumWidth(), key.minimumHeight()) == (size_px.key_width, size_px.key_height)
    assert (tile.minimumWidth(), tile.minimumHeight()) == (size_px.tile_width, size_px.tile_height)
    assert charge.minimumHeight() == size_px.charge
    assert chip.minimumHeight() == size_px.chip
    assert plain.minimumHeight() == size_px.min_tap


def test_figures_are_tabular(themed: Scheme) -> None:
    """A column of amounts lines up: a one is as wide as a zero."""
    metrics = polished(QPushButton(), "variant", "charge").fontMetrics()
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("0000")


def test_proof_sheet_draws(qapp: QApplication, themed: Scheme, tmp_path: Path) -> None:
    """Every variant and role is drawn without a warning from Qt."""
    sheet = proof_sheet.Sheet(themed)
    picture = sheet.grab()
    assert picture.save(str(tmp_path / "sheet.png"))
    sheet.deleteLater()


@pytest.mark.parametrize("name", iconset.names())
def test_icon_is_understood_by_qt(qapp: QApplication, name: str) -> None:
    """Qt's SVG reader takes each icon."""
    assert QSvgRenderer(QByteArray(iconset.svg(name, "#000000").encode())).isValid()


def test_application_icon_has_windows_sizes(qapp: QApplication) -> None:
    """The Windows icon holds seven sizes from 16 to 256."""
    reader = QImageReader(os.fspath(resources.path("app-icon/evertill.ico")))
    assert reader.imageCount() == 7
