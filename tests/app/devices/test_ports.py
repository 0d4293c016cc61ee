"""The printer and the drawer of a till that has neither."""

from pathlib import Path

import pytest

from app.devices.ports import DrawerFault, FileDrawer, FilePrinter


def test_a_drawer_counts_its_openings(tmp_path: Path) -> None:
    """One line each, in a folder made when it is needed."""
    drawer = FileDrawer(tmp_path / "out" / "drawer.log")
    assert drawer.openings == 0
    drawer.open()
    drawer.open()
    assert drawer.openings == 2


def test_a_drawer_that_does_not_open_says_so(tmp_path: Path) -> None:
    """As a fault of the machine, which stops no sale."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DrawerFault, match="did not open"):
        FileDrawer(tmp_path / "file" / "drawer.log").open()


@pytest.mark.parametrize("number", ["/tmp/elsewhere", "../up", "C:\\x", "S01-T01-000001"])
def test_a_receipt_stays_in_its_folder(tmp_path: Path, number: str) -> None:
    """Its number is made of codes that somebody typed."""
    FilePrinter(tmp_path / "out").print_receipt(number, ["paid"])
    assert len(list((tmp_path / "out").glob("*.txt"))) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
