"""What was wanted for a moment is given back."""

import subprocess
import sys

import pytest

CHECK_PINS = """
import sys, threading, psutil
from app.bootstrap.memory import give_back_large_blocks
from localdb.domain.pin import hash_pin
if sys.argv[1] == "yes":
    give_back_large_blocks()
before = psutil.Process().memory_info().rss
for _ in range(2):
    thread = threading.Thread(target=lambda: [hash_pin("1234", bytes(16)) for _ in range(3)])
    thread.start()
    thread.join()
print((psutil.Process().memory_info().rss - before) // 2**20)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the GNU C library's allocator")
def test_checking_a_pin_keeps_no_memory() -> None:
    """A slow hash wants 16 MiB for 50 ms; afterwards the till is as small as before."""
    grown = {}
    for wanted in ("no", "yes"):
        run = [sys.executable, "-c", CHECK_PINS, wanted]
        done = subprocess.run(run, capture_output=True, text=True, check=True)
        grown[wanted] = int(done.stdout)
    assert grown["yes"] < 8
    assert grown["no"] - grown["yes"] >= 8, "the allocator does this by itself now: remove it"
