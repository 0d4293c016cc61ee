"""Rotating logs in the data folder; what is logged holds no secrets."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.bootstrap.paths import log_dir
from localdb.store import faults

BYTES_MAX = 2 * 1024 * 1024
FILES_KEPT = 5
LINE = "%(asctime)s %(levelname)s %(name)s [%(threadName)s] %(message)s"


@contextmanager
def logging_to(data_dir: Path) -> Iterator[None]:
    """Log everything from INFO on to ``logs/evertill.log`` in the data folder, made if need be.

    Raises an environment fault for a folder that cannot be used.
    """
    with faults.usable(data_dir):
        handler = _handler(log_dir(data_dir))
    handler.setFormatter(logging.Formatter(LINE))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # httpx logs every request at INFO: an idle till would fill its log with polling.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


def _handler(folder: Path) -> RotatingFileHandler:
    folder.mkdir(parents=True, exist_ok=True)
    return RotatingFileHandler(
        folder / "evertill.log", maxBytes=BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8"
    )
