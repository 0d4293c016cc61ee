"""Pictures of every screen: `python -m tests.screens OUT_DIR [WORD] [--longer] [--rtl]`.

Light and dark, small and large; with a WORD only the scenes with it in their names. `--longer`
shows words that are 30 % longer, `--rtl` lays out from right to left. Faults of layout are printed.
"""

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget

from resources.styling import Scheme
from tests.screens import back_office, cash, cashier, charge, manager, till
from tests.screens.faults import faults
from tests.screens.studio import SCHEMES, SIZES, longer_words, right_to_left, settle, take

STORIES = {"till": till, "cashier": cashier, "charge": charge, "back-office": back_office}
"""Modules with an `opened` stage and `SCENES` that follow one another on it."""
PAGES = (manager, cash)
"""Modules with a `stand` and `SCENES` that each draw one page on a fresh one."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Where pictures go, and how words and sides are changed for them."""

    out: Path
    only: str = ""
    longer: bool = False

    def shoot(self, name: str, scheme: Scheme, window: QWidget) -> list[str]:
        """One picture at each size; gives what is wrong with the layout."""
        return [fault for size in SIZES for fault in self.at(name, scheme, window, size)]

    def at(self, name: str, scheme: Scheme, window: QWidget, size: tuple[int, int]) -> list[str]:
        """One picture at one size."""
        if self.only not in name:
            return []
        window.resize(*size)
        settle()
        with ExitStack() as stack:
            if self.longer:
                stack.enter_context(longer_words(window))
                settle(4)
            file = self.out / f"{name}-{scheme}-{size[0]}x{size[1]}.png"
            take(window, file)
            found = [f"{file.name}: {fault}" for fault in faults(window)]
        print(file)
        return found


def main(camera: Camera) -> list[str]:
    """Draw every scene; gives what is wrong with their layouts."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    camera.out.mkdir(parents=True, exist_ok=True)
    found = []
    for scheme in SCHEMES:
        found += _stories(camera, scheme)
        found += _pages(camera, scheme, application)
    return found


def _stories(camera: Camera, scheme: Scheme) -> list[str]:
    found = []
    for story, module in STORIES.items():
        names = [_named(story, at, name) for at, (name, _act) in enumerate(module.SCENES, 1)]
        if not any(camera.only in name for name in names):
            continue
        with tempfile.TemporaryDirectory() as folder, module.opened(Path(folder), scheme) as stage:
            for number, (name, act) in enumerate(module.SCENES, start=1):
                act(stage)
                found += camera.shoot(_named(story, number, name), scheme, stage.window)
    return found


def _named(story: str, number: int, scene: str) -> str:
    return f"{story}-{number:02}-{scene}"


def _pages(camera: Camera, scheme: Scheme, application: QApplication) -> list[str]:
    found = []
    for module in PAGES:
        for name, scene in module.SCENES.items():
            if camera.only not in name:
                continue
            for size in SIZES:
                with (
                    tempfile.TemporaryDirectory() as folder,
                    module.stand(application, scheme, Path(folder), size) as at,
                ):
                    page = scene(at)
                    settle()
                    found += camera.at(name, scheme, at.host, size)
                    page.close()
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("only", nargs="?", default="")
    parser.add_argument("--longer", action="store_true")
    parser.add_argument("--rtl", action="store_true")
    asked = parser.parse_args()
    QApplication([])
    with ExitStack() as sides:
        if asked.rtl:
            sides.enter_context(right_to_left())
        wrong = main(Camera(asked.out, asked.only, asked.longer))
    print(*wrong, sep="\n")
    sys.exit(bool(wrong))
