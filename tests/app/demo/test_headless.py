"""The whole road without a screen, as a person would start it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil


def demo(*words: str, timeout_s: float = 150) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        [sys.executable, "-m", "app", "demo", "--headless", *words],
        env=environment, capture_output=True, text=True, timeout=timeout_s, check=False,
    )  # fmt: skip


def test_a_day_of_trade_ends_equal_on_both_sides(tmp_path: Path) -> None:
    """Sales, a cut network and a contradiction: both sides agree to the cent and to the row."""
    report = tmp_path / "report.json"
    done = demo("--tills", "2", "--sales", "30", "--report", str(report))
    assert done.returncode == 0, done.stderr
    found = json.loads(report.read_text())
    assert found["sales_rung"] == found["sales_on_server"] == 30
    assert found["total_minor_rung"] == found["total_minor_on_server"] > 0
    assert (found["outbox_left"], found["parked"]) == (0, 0)
    assert found["conflicts_raised"] == found["conflicts_settled"] == 1
    assert found["digests_match"] is True
    assert found["journal_verified"] is True


def test_a_kept_shop_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """With ``--data-dir`` a second day adds to the first, on the same tills and server."""
    for expected in (10, 15):
        report = tmp_path / "report.json"
        done = demo(
            "--tills", "1", "--sales", str(expected), "--data-dir", str(tmp_path / "shop"),
            "--report", str(report),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = json.loads(report.read_text())
        assert found["sales_on_server"] == expected
    assert not _left_behind(tmp_path), "a server outlived the demo"


def test_a_catalogue_of_ones_own_is_sold(tmp_path: Path) -> None:
    """``--catalogue`` takes a CSV with prices or without; what it cannot read it names."""
    file = tmp_path / "mine.csv"
    file.write_text("barcode,name\n" + "".join(f"{i:08},Thing {i}\n" for i in range(1, 51)))
    report = tmp_path / "report.json"
    done = demo("--sales", "5", "--catalogue", str(file), "--report", str(report))
    assert done.returncode == 0, done.stderr
    assert json.loads(report.read_text())["products"] > 40
    missing = demo("--sales", "5", "--catalogue", str(tmp_path / "none.csv"))
    assert missing.returncode == 1
    assert "none.csv cannot be read" in missing.stderr


def _left_behind(folder: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or ())
        if str(folder) in words:
            found.append(words)
    return found
