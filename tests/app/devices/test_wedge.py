"""Telling a scanner from a person, on characters and times alone."""

import pytest

from app.devices.wedge import GS, LENGTH_MAX, Scan, Verdict, Wedge, spelled

CODE = "4006381333931"


def send(wedge: Wedge, text: str, gap_ms: float, start_ms: float = 1000.0) -> float:
    """Send characters evenly; the time of the last one."""
    at_ms = start_ms
    for number, character in enumerate(text):
        at_ms = start_ms + number * gap_ms
        wedge.character(character, at_ms)
    return at_ms


@pytest.mark.parametrize("gap_ms", [0, 5, 30])
def test_a_fast_burst_is_a_scan(gap_ms: float) -> None:
    """Thirteen characters up to 30 ms apart, then Enter, are a scan with one character leaked."""
    wedge = Wedge()
    last_ms = send(wedge, CODE, gap_ms)
    assert wedge.end(last_ms + gap_ms) == Scan(CODE, leaked=1)


@pytest.mark.parametrize("gap_ms", [31, 60, 99])
def test_a_quick_typist_is_no_scanner(gap_ms: float) -> None:
    """Over 30 ms a character on average is a person, whatever follows."""
    wedge = Wedge()
    last_ms = send(wedge, CODE, gap_ms)
    assert wedge.end(last_ms + 10) is None


def test_five_characters_are_no_scan() -> None:
    """A PIN typed fast, then Enter, stays a PIN."""
    wedge = Wedge()
    last_ms = send(wedge, "12345", 5)
    assert wedge.end(last_ms + 5) is None


def test_one_slow_gap_is_forgiven_when_the_average_is_fast() -> None:
    """A scanner that hesitates once for 90 ms still scans; what leaked meanwhile is counted."""
    wedge = Wedge()
    send(wedge, "4", 0, 1000)
    last_ms = send(wedge, CODE[1:], 5, 1090)
    assert wedge.end(last_ms + 5) == Scan(CODE, leaked=4)


def test_a_gap_over_100_ms_starts_anew() -> None:
    """What was typed well before a scan is not part of it."""
    wedge = Wedge()
    last_ms = send(wedge, "3*", 40)
    last_ms = send(wedge, CODE, 5, last_ms + 101)
    assert wedge.end(last_ms + 5) == Scan(CODE, leaked=1)


@pytest.mark.parametrize("number_ms", [40, 99, 101, 400])
@pytest.mark.parametrize("star_ms", [1, 5, 29, 30, 31, 60, 99, 100, 400])
def test_a_multiplier_typed_just_before_is_no_part_of_the_code(
    number_ms: float, star_ms: float
) -> None:
    """`3`, `*`, then a scan at once: the code is the scan's, and the star is still typed."""
    wedge = Wedge()
    text = ""
    for character, at_ms in (("3", 0), ("*", number_ms)):
        text += character if wedge.character(character, 1000 + at_ms) is Verdict.PASS else ""
    last_ms = send(wedge, CODE, 5, 1000 + number_ms + star_ms)
    scan = wedge.end(last_ms + 5)
    assert scan is not None
    assert scan.code == CODE
    assert text == "3*"
    assert scan.typed in ("", "*")


def test_the_stars_of_code_39_belong_to_the_code() -> None:
    """A scanner that sends them pauses nowhere."""
    wedge = Wedge()
    last_ms = send(wedge, "*S01-T01-000001*", 5)
    assert wedge.end(last_ms + 5) == Scan("*S01-T01-000001*", leaked=1)


def test_a_late_enter_ends_no_scan() -> None:
    """Enter over 100 ms after the last character was pressed by a person."""
    wedge = Wedge()
    last_ms = send(wedge, CODE, 5)
    assert wedge.end(last_ms + 101) is None


def test_two_scans_without_a_pause_are_two() -> None:
    """The second of two fast scans is a code of its own."""
    wedge = Wedge()
    last_ms = send(wedge, CODE, 2)
    first = wedge.end(last_ms + 2)
    last_ms = send(wedge, "96385074", 2, last_ms + 4)
    assert (first, wedge.end(last_ms + 2)) == (Scan(CODE, 1), Scan("96385074", 1))


def test_the_first_character_is_delivered_at_once() -> None:
    """Typing is never late: only what follows too fast is withheld."""
    wedge = Wedge()
    assert wedge.character("4", 1000) is Verdict.PASS
    assert wedge.character("0", 1005) is Verdict.HOLD
    assert wedge.character("0", 1080) is Verdict.PASS


def test_a_configured_prefix_scans_short_and_slow_codes() -> None:
    """Between a prefix and Enter anything is a code, also two characters at 50 ms."""
    wedge = Wedge(prefix="~")
    last_ms = send(wedge, "~12", 50)
    assert wedge.end(last_ms + 50) == Scan("12", leaked=0)


def test_a_configured_suffix_needs_no_enter() -> None:
    """A scanner that ends with its own character is done with it."""
    wedge = Wedge(suffix="#")
    send(wedge, f"{CODE}#", 5)
    assert wedge.suffix_seen() == Scan(CODE, leaked=1)


def test_a_stuck_key_is_no_code() -> None:
    """A burst longer than any barcode is given up."""
    wedge = Wedge()
    last_ms = send(wedge, "7" * (LENGTH_MAX + 3), 5)
    assert wedge.end(last_ms + 5) is None


def test_a_separator_inside_a_burst_belongs_to_the_code() -> None:
    """GS comes as a chord between fast characters; alone it is somebody's Ctrl+]."""
    wedge = Wedge()
    assert not wedge.expects(GS)
    send(wedge, "0104", 5, 1000)
    assert wedge.expects(GS)
    assert not wedge.expects("\x03")


def test_control_characters_may_frame_a_code() -> None:
    """STX and ETX, named in the settings, are what a scanner puts around a short code."""
    wedge = Wedge(spelled("<STX>"), spelled("<ETX>"))
    assert wedge.expects("\x02")
    assert not wedge.expects("\x03")
    send(wedge, "\x02P7", 60, 1000)
    assert wedge.expects("\x03")
    wedge.character("\x03", 1180)
    assert wedge.suffix_seen() == Scan("P7", leaked=0)
