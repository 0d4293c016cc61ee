"""Builds the till as one folder that needs no Python: ``uv run python packaging/build.py``."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PyInstaller import __main__ as pyinstaller

from app.bootstrap import qt_libraries

HERE = Path(__file__).resolve().parent
DIST = HERE.parent / "dist"


def build(dist: Path) -> Path:
    """Build the folder `evertill` in `dist`, in place of an earlier one, and give its path."""
    with tempfile.TemporaryDirectory(prefix="evertill-build-") as scratch:
        pyinstaller.run(
            [
                "--noconfirm",
                "--log-level=ERROR",
                f"--distpath={dist}",
                f"--workpath={scratch}",
                str(HERE / "evertill.spec"),
            ]
        )
    return dist / "evertill"


def size_mb(folder: Path) -> float:
    """The room a folder takes, in megabytes of 10^6 bytes; links count nothing."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files) / 1e6


def main(argv: Sequence[str] | None = None) -> None:
    """Build, and say where it is and how big."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=Path, default=DIST, help="build in this folder")
    built = build(parser.parse_args(argv).dist.resolve())
    print(f"{built}: {size_mb(built):.0f} MB")
    if missing := qt_libraries.missing_packages(x11=True):
        print(f"Not on this machine, so not in the folder; the till's needs {' '.join(missing)}")


if __name__ == "__main__":
    main()
