"""Bodies travel packed, and unpack within bounds."""

import sys

import pytest

from sync.protocol import packing

BODY = b"a sale of two coffees " * 5_000


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_what_is_packed_unpacks_again_in_any_pieces(encoding: str, size: int) -> None:
    """The network cuts where it likes."""
    packed = packing.pack(encoding, BODY)
    assert len(packed) < len(BODY) / 10
    unpacker = packing.unpacker(encoding, len(BODY))
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    assert b"".join(map(unpacker.feed, pieces)) == BODY
    assert unpacker.finished


def test_a_zstd_stream_can_be_unpacked_as_it_comes() -> None:
    """Each piece is flushed: the receiver need not wait for the next."""
    stream, unpacker = packing.ZstdStream(), packing.unpacker("zstd", 100)
    assert unpacker.feed(stream.pack(b"first ", last=False)) == b"first "
    assert not unpacker.finished
    assert unpacker.feed(stream.pack(b"last", last=True)) == b"last"
    assert unpacker.finished


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_stays_small(encoding: str) -> None:
    """However much a piece would unpack to, no more than the bound and one byte comes out."""
    bomb = packing.pack(encoding, bytes(50_000_000))
    assert len(packing.unpacker(encoding, 1_000).feed(bomb)) == 1_001


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_what_is_cut_or_garbled_is_noticed(encoding: str) -> None:
    """A cut body is not finished, a garbled one is damaged."""
    unpacker = packing.unpacker(encoding, len(BODY))
    unpacker.feed(packing.pack(encoding, BODY)[:-4])
    assert not unpacker.finished
    with pytest.raises(packing.Damaged):
        packing.unpacker(encoding, 1_000).feed(b"something else entirely")


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("zstd, gzip", "zstd"),
        ("gzip;q=1.0, ZSTD;q=0.5", "zstd"),
        ("gzip, zstd;q=0", "gzip"),
        ("br, deflate", ""),
        ("", ""),
    ],
)
def test_the_best_that_both_know_is_chosen(accepted: str, chosen: str) -> None:
    """zstd before gzip, and nothing that was refused."""
    assert packing.best(accepted) == chosen


def test_without_the_library_only_gzip_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is optional."""
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    assert packing.known() == ("gzip",)
    assert packing.best("zstd, gzip") == "gzip"
    with pytest.raises(packing.UnknownEncoding):
        packing.unpacker("zstd", 1_000)
