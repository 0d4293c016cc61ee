"""Asking for a file or a folder: one way for all, large enough for a finger.

The system's own dialog is used where there is one. Qt's, which stands in for it on a till without
a desktop, gets places that a shop knows, and the folder that was used last for the same thing.
"""

from enum import Enum
from pathlib import Path

from PySide6.QtCore import QStandardPaths, QStorageInfo, QUrl
from PySide6.QtWidgets import QFileDialog, QWidget

from app.kit.translation import translate

_SIZE_PX = (820, 580)
_PLACES = (
    QStandardPaths.StandardLocation.DocumentsLocation,
    QStandardPaths.StandardLocation.DownloadLocation,
    QStandardPaths.StandardLocation.DesktopLocation,
)
_last: dict["FileKind", str] = {}
"""The folder that was used last, while the program runs."""


class FileKind(Enum):
    """What is saved or opened."""

    PDF = "pdf"
    CSV = "csv"
    PRODUCTS = "products"
    JOURNAL = "journal"


def ask_where_to_save(
    parent: QWidget, title: str, name: str, kind: FileKind = FileKind.PDF
) -> Path | None:
    """Where a file called `name` is to go, asked before another is overwritten; None for nowhere.

    It is a PDF or a CSV file.
    """
    dialog = _dialog(parent, title, kind)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    if kind is FileKind.PDF:
        dialog.setNameFilter(translate("Files", "PDF documents (*.pdf)"))
    else:
        dialog.setNameFilter(translate("Files", "CSV files (*.csv)"))
    dialog.setDefaultSuffix(kind.value)
    dialog.selectFile(name)
    return _chosen(dialog, kind)


def ask_products_file(parent: QWidget, before: str) -> Path | None:
    """A file of products to read; `before` is the one that was chosen last."""
    dialog = _dialog(parent, translate("Files", "Choose a CSV file"), FileKind.PRODUCTS)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(
        [
            translate("Files", "CSV files (*.csv *.csv.gz *.txt *.gz)"),
            translate("Files", "All files (*)"),
        ]
    )
    if before:
        dialog.selectFile(before)
    return _chosen(dialog, FileKind.PRODUCTS)


def ask_folder(parent: QWidget, title: str, suggested: Path) -> Path | None:
    """A folder for an export."""
    dialog = _dialog(parent, title, FileKind.JOURNAL)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    if FileKind.JOURNAL not in _last:
        dialog.setDirectory(str(suggested))
    return _chosen(dialog, FileKind.JOURNAL)


def _dialog(parent: QWidget, title: str, kind: FileKind) -> QFileDialog:
    dialog = QFileDialog(parent, title)
    dialog.resize(*_SIZE_PX)
    documents = Path(QStandardPaths.writableLocation(_PLACES[0]))
    first = documents if documents.is_dir() else Path.home()
    dialog.setDirectory(_last.get(kind, str(first)))
    places = [QStandardPaths.writableLocation(place) for place in _PLACES]
    sticks = [
        volume.rootPath()
        for volume in QStorageInfo.mountedVolumes()
        if volume.isReady() and not volume.isRoot() and volume.rootPath().startswith("/media")
    ]
    folders = [folder for folder in dict.fromkeys((*places, *sticks)) if Path(folder).is_dir()]
    dialog.setSidebarUrls([QUrl.fromLocalFile(folder) for folder in folders])
    return dialog


def _chosen(dialog: QFileDialog, kind: FileKind) -> Path | None:
    accepted = dialog.exec()
    files = dialog.selectedFiles()
    dialog.deleteLater()
    if not accepted or not files:
        return None
    path = Path(files[0])
    _last[kind] = str(path if path.is_dir() else path.parent)
    return path
