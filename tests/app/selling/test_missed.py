"""What is said of goods that were not found."""

from app.selling.missed import MISSED_MAX, add_missed, missed_question, missed_words


def test_the_newest_comes_first_and_pieces_count() -> None:
    """`3*` before a scan misses three; half a piece, or one given back, is one."""
    codes = add_missed((), "1", None)
    codes = add_missed(codes, "2", 3000)
    codes = add_missed(codes, "3", -1000)
    assert codes == ("3", "2", "2", "2", "1")
    assert missed_words(codes) == "5 not found. Last: 3."


def test_many_are_counted_and_few_are_named() -> None:
    """The strip and the question stay short, whatever was scanned."""
    codes = tuple(str(number) for number in range(5))
    assert missed_words(codes) == "5 not found. Last: 0."
    assert missed_words(("7" * 60,)) == f"Not found: {'7' * 39}…."
    for _ in range(300):
        codes = add_missed(codes, "9", None)
    assert len(codes) == MISSED_MAX


def test_the_question_advises_to_go_back() -> None:
    """Charging without takes a word of its own."""
    asked = missed_question(("1",), "Charge €3.00")
    assert (asked.title, asked.yes, asked.main) == (
        "1 item was not found",
        "Charge €3.00 without",
        False,
    )
