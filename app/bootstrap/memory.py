"""Gives memory back to the system that was wanted for a moment."""

import ctypes
import sys

M_MMAP_THRESHOLD = -3
"""As ``malloc.h`` of the GNU C library names it."""
LARGE_BYTES = 1024 * 1024


def give_back_large_blocks() -> None:
    """Let the allocator return every block of a megabyte or more as soon as it is freed.

    By itself the GNU C library learns from the first large block that is freed, and keeps room
    for such ones from then on: each thread that checks a PIN, or unpacks a page, would hold 16 MB
    for ever. Elsewhere nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
