"""Everything Evertill shows that is not code: theme, icons, font, sounds, sample catalogue.

Knows no Qt and no other package of Evertill, so that any of them may use it.
"""

from importlib.resources import files
from pathlib import Path

FONT_FILES = (
    "fonts/Inter-Regular.otf",
    "fonts/Inter-Medium.otf",
    "fonts/Inter-SemiBold.otf",
    "fonts/Inter-Bold.otf",
)


def path(name: str) -> Path:
    """Return where a shipped file lies, from source, installed or frozen.

    `name` is relative to this package, with forward slashes: `"catalogue/catalogue.csv"`.
    Raises FileNotFoundError if there is no such file, ValueError if it points elsewhere.
    """
    if name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"not a resource name: {name!r}")
    found = Path(str(files(__name__).joinpath(name)))
    if not found.is_file():
        raise FileNotFoundError(f"resource {name!r} is missing from {found.parent}")
    return found


def text(name: str) -> str:
    """Return a shipped UTF-8 file as text; errors as for `path`."""
    return path(name).read_text(encoding="utf-8")
