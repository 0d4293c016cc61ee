"""Lists are read page by page, and written to a file whole."""

from collections.abc import Sequence

from app.kit.listing import EXPORT_PAGE, PAGE, Cell, Column, Listing, ListPresenter, fitting

HAVE = EXPORT_PAGE + 250


def numbers(reads: list[tuple[str, int | None, int]]) -> Listing[int]:
    """So many numbers, found by their digits; notes how they were read."""

    def read(text: str, number: int, after: int | None, limit: int) -> Sequence[int]:
        reads.append((text, after, limit))
        found = [n for n in range(HAVE) if text in str(n) and (number == 0 or n % 2)]
        return [n for n in found if after is None or n > after][:limit]

    return Listing(
        title="Numbers",
        columns=(Column("Number"),),
        cells=lambda n: (Cell(str(n)),),
        read=read,
        types=frozenset(),
        hint="Digits",
        empty="No numbers.",
        filters=("All", "Odd"),
    )


def presenter(reads: list[tuple[str, int | None, int]]) -> ListPresenter[int]:
    """A list that nobody looks at."""
    return ListPresenter(numbers(reads), lambda _state: None, lambda _n: None)


def test_one_page_is_read_at_first_and_the_next_from_the_last_row_on() -> None:
    """What is not looked at is never read; refreshing reads what was there."""
    reads: list[tuple[str, int | None, int]] = []
    shown = presenter(reads)
    shown.open()
    shown.more()
    shown.refresh()
    assert reads == [("", None, PAGE), ("", PAGE - 1, PAGE), ("", None, 2 * PAGE)]
    assert [row[0].text for row in shown.state.rows] == [str(n) for n in range(2 * PAGE)]
    assert "first 200" in shown.state.count


def test_the_end_is_the_end() -> None:
    """A page that is not full is the last: nothing more is asked for."""
    reads: list[tuple[str, int | None, int]] = []
    shown = presenter(reads)
    shown.search("99")
    assert (shown.state.count, shown.state.has_more) == (f"{len(shown.found)} entries", False)
    shown.more()
    assert len(reads) == 1


def test_nothing_found_is_said_in_the_words_that_fit() -> None:
    """For a text, for a filter, and for none at all."""
    shown = presenter([])
    shown.search("x")
    assert shown.state.empty == "Nothing found for “x”."
    shown.choose_filter(1)
    shown.search("")
    assert (shown.state.empty, shown.found[:2]) == ("", (1, 3))


def test_a_file_has_all_that_is_searched_and_not_only_what_is_shown() -> None:
    """Also when something else is searched while it is written."""
    shown = presenter([])
    shown.open()
    everything = shown.everything()
    shown.search("99")
    assert list(everything) == list(range(HAVE))
    assert len(list(shown.everything())) == sum("99" in str(n) for n in range(HAVE))


def test_a_few_records_are_found_by_their_words() -> None:
    """Without regard to case, and after one of them."""
    words = ["Bread", "Brioche", "Milk"]
    assert fitting(words, "br", None, 5, str) == ["Bread", "Brioche"]
    assert fitting(words, "br", "Bread", 5, str) == ["Brioche"]
    assert fitting(words, "", "gone", 5, str) == []
