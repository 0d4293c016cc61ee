"""The demo with its window: it says what it does, and everything it started ends with it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

READY = "Opening the window"
END_S = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shop stays between the demos: only the first has to be made."""
    return tmp_path_factory.mktemp("shop")


@pytest.fixture
def demo(folder: Path, needs_qt: None) -> Iterator["subprocess.Popen[str]"]:
    """A demo with one window off screen, started as a shell starts a program in the background."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONWARNINGS": "ignore"}
    child = subprocess.Popen(
        [sys.executable, "-m", "app", "demo", "--data-dir", str(folder)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    yield child
    with suppress(ProcessLookupError):
        child.kill()
    child.communicate()


def started_by(demo: "subprocess.Popen[str]", folder: Path) -> list[psutil.Process]:
    """Server, window and PostgreSQL; the last makes itself nobody's child."""
    children = psutil.Process(demo.pid).children(recursive=True)
    postmaster = int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    return [*children, psutil.Process(postmaster)]


def steps(demo: "subprocess.Popen[str]") -> list[str]:
    """What it says until the window opens."""
    assert demo.stderr is not None
    said = []
    for line in demo.stderr:
        said.append(line.strip())
        if line.startswith(READY):
            return said
    pytest.fail(f"the demo ended early: {said}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_everything_ends_when_only_the_parent_is_told(
    demo: "subprocess.Popen[str]", folder: Path, number: signal.Signals
) -> None:
    """Ctrl+C also where the shell had it ignored; killed, it leaves nothing behind either."""
    said = steps(demo)
    assert "Opening till 1 of 1 ..." in said
    assert len(said) == len(set(said))
    started = started_by(demo, folder)
    assert len(started) == 3
    demo.send_signal(number)
    _, alive = psutil.wait_procs(started, timeout=END_S)
    assert not alive
    assert demo.wait(END_S) in (130, -signal.SIGKILL)
