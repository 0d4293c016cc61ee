"""What is shipped can be found, and is small and licensed."""

import wave

import pytest

import resources


def test_path_finds_a_shipped_file() -> None:
    """A name relative to the package leads to a file."""
    assert resources.path("theme/tokens.json").is_file()


def test_path_names_what_is_missing() -> None:
    """A missing file is an error that says which one."""
    with pytest.raises(FileNotFoundError, match=r"icons/unicorn\.svg"):
        resources.path("icons/unicorn.svg")


@pytest.mark.parametrize("name", ["../pyproject.toml", "/etc/hostname", "icons/../../app"])
def test_path_stays_inside(name: str) -> None:
    """A name cannot lead out of the package."""
    with pytest.raises(ValueError, match="not a resource name"):
        resources.path(name)


def test_font_is_small_and_carries_its_licence() -> None:
    """The four weights stay under 2 MB and lie beside the Open Font License."""
    assert sum(resources.path(file).stat().st_size for file in resources.FONT_FILES) < 2_000_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in resources.text("fonts/OFL.txt")


def test_beep_is_short() -> None:
    """The error beep ends before the next scan can come."""
    with wave.open(str(resources.path("sounds/error.wav"))) as sound:
        assert 0.1 < sound.getnframes() / sound.getframerate() < 0.3
