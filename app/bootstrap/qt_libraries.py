"""Which system libraries Qt needs and lacks on this Linux, with the Debian package of each.

Imports no Qt, so that it can speak before Qt fails to load.
"""

import ctypes
import os
import sys

# library -> Debian package
_BASE = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
_X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def missing_packages(*, x11: bool) -> list[str]:
    """The Debian packages of the libraries that do not load; empty off Linux.

    `x11` includes what an X11 window needs; the offscreen platform does without.
    """
    if not sys.platform.startswith("linux"):
        return []
    needed = _BASE | _X11 if x11 else _BASE
    return [package for library, package in needed.items() if not _loads(library)]


def wants_x11() -> bool:
    """Whether the platform plug-in that Qt will choose opens X11 windows."""
    return os.environ.get("QT_QPA_PLATFORM", "xcb") == "xcb"


def why_no_window() -> str:
    """A sentence for whoever expected a window; empty when one can open."""
    missing = missing_packages(x11=wants_x11())
    if missing:
        return advice(missing) + "."
    names = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    has_display = any(os.environ.get(name) for name in names)
    return "" if has_display or not sys.platform.startswith("linux") else "There is no display."


def advice(packages: list[str]) -> str:
    """One line that says what to install."""
    return f"Qt needs system libraries: apt-get install -y {' '.join(packages)}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
