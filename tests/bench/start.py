"""Starting the program, up to a PIN screen and on to the selling screen."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench.results import Measured
from tests.bench.samples import percentile
from tests.bench.world import PIN, World

REPEATS = 15
WARM_UP = 2


def measure(world: World) -> dict[str, Measured]:
    """Start a till and a bare window in turn; medians."""
    folder = world.copy()
    repeats = world.size.times(REPEATS)
    tills, bare = [], []
    for turn in range(-WARM_UP, repeats):
        found, plain = started("till", folder), started("bare")
        if turn >= 0:
            tills.append(found)
            bare.append(plain)
    return {
        "start": Measured(
            _median(tills, "start_s"), _median(bare, "start_s"), repeats, details=_worst(tills)
        ),
        "pin_to_ready": Measured(
            _median(tills, "pin_to_ready_ms") / 1000,
            None,
            repeats,
            "painted; takes scans",
            {"with_tiles_s": _median(tills, "pin_to_tiles_ms") / 1000},
        ),
    }


def started(kind: str, folder: Path = Path()) -> dict[str, Any]:
    """What a fresh process found, with ``start_s`` from its launch to the painted window."""
    command = [sys.executable, "-m", "tests.bench.starting", kind, str(folder), PIN]
    began = time.time()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"start_s": found["shown_at"] - began}


def _median(runs: list[dict[str, Any]], name: str) -> float:
    return percentile([run[name] for run in runs], 50)


def _worst(runs: list[dict[str, Any]]) -> dict[str, float]:
    return {"start_max_s": max(run["start_s"] for run in runs)}
