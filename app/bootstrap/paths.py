"""Where the till keeps its files: every path derives from one data folder."""

from pathlib import Path

import platformdirs

APP_NAME = "Evertill"


def default_data_dir() -> Path:
    """The platform's folder for the data of a till run without ``--data-dir``."""
    return platformdirs.user_data_path(APP_NAME, appauthor=False)


def log_dir(data_dir: Path) -> Path:
    """Where the rotating logs of a till lie."""
    return data_dir / "logs"


def exports_dir(data_dir: Path) -> Path:
    """Where exports go: rows an import refused, groups the server refused."""
    return data_dir / "exports"


def receipts_dir(data_dir: Path) -> Path:
    """Where receipts go on a till without a printer."""
    return data_dir / "receipts"
