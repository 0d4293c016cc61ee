"""How bodies travel packed: gzip always, zstd where both sides have it."""

import gzip
import zlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from backports.zstd import ZstdDecompressor

GZIP, ZSTD = "gzip", "zstd"
GZIP_LEVEL = ZSTD_LEVEL = 1
GZIP_WBITS = 31
ZSTD_WINDOW_LOG_MAX = 23
"""8 MiB, what every decoder must have (RFC 8878): the memory that a frame may ask for."""
BEYOND_END = "something follows the end"


class Damaged(Exception):
    """What arrived was not packed as it claims."""


class UnknownEncoding(Exception):
    """Packed in a way that is not known here."""


def known() -> tuple[str, ...]:
    """What this installation can pack and unpack, the best first."""
    try:
        import backports.zstd  # noqa: F401
    except ImportError:
        return (GZIP,)
    return (ZSTD, GZIP)


def best(accepted: str) -> str:
    """The best encoding that an Accept-Encoding header allows; empty for none."""
    allowed = {
        name.strip().lower()
        for name, _, quality in (one.partition(";") for one in accepted.split(","))
        if quality.strip() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    }
    return next((encoding for encoding in known() if encoding in allowed), "")


def pack(encoding: str, body: bytes) -> bytes:
    """The body in one of the ``known`` encodings."""
    if encoding == ZSTD:
        from backports import zstd

        return zstd.compress(body, ZSTD_LEVEL)
    return gzip.compress(body, compresslevel=GZIP_LEVEL, mtime=0)


class Unpacker(Protocol):
    """Unpacks piece by piece."""

    @property
    def finished(self) -> bool:
        """Whether nothing is missing."""
        ...

    def feed(self, piece: bytes) -> bytes:
        """What a piece brings, at most one byte beyond the bound; raises Damaged."""
        ...


def unpacker(encoding: str, bytes_max: int) -> Unpacker:
    """For a body of that Content-Encoding and that size at most; raises UnknownEncoding.

    A piece unpacks to little more than ``bytes_max``, so that a small bomb cannot fill memory; who
    feeds it stops when the sum is above that.
    """
    if encoding in ("", "identity"):
        return _Plain()
    if encoding == GZIP:
        return _Gzip(bytes_max + 1)
    if encoding in known():
        return _Zstd(bytes_max + 1)
    raise UnknownEncoding(encoding)


class ZstdStream:
    """Packs an answer piece by piece; only where zstd is ``known``."""

    def __init__(self) -> None:
        from backports import zstd

        self._compressor = zstd.ZstdCompressor(ZSTD_LEVEL)

    def pack(self, piece: bytes, *, last: bool) -> bytes:
        """What to send for a piece; the receiver can unpack all of it at once."""
        compressor = self._compressor
        packed = compressor.compress(piece)
        return packed + compressor.flush(compressor.FLUSH_FRAME if last else compressor.FLUSH_BLOCK)


class _Plain:
    finished = True

    def feed(self, piece: bytes) -> bytes:
        return piece


class _Gzip:
    def __init__(self, piece_max: int) -> None:
        self._piece_max = piece_max
        self._inflate = zlib.decompressobj(GZIP_WBITS)

    @property
    def finished(self) -> bool:
        return self._inflate.eof

    def feed(self, piece: bytes) -> bytes:
        if piece and self._inflate.eof:
            raise Damaged(BEYOND_END)
        try:
            unpacked = self._inflate.decompress(piece, self._piece_max)
        except zlib.error as error:
            raise Damaged(str(error)) from error
        if self._inflate.unused_data:
            raise Damaged(BEYOND_END)
        return unpacked


class _Zstd:
    def __init__(self, piece_max: int) -> None:
        self._piece_max = piece_max
        self._unpack = _zstd_decompressor()

    @property
    def finished(self) -> bool:
        return self._unpack.eof

    def feed(self, piece: bytes) -> bytes:
        from backports import zstd

        if self._unpack.eof:
            if piece:
                raise Damaged(BEYOND_END)
            return b""
        try:
            unpacked = self._unpack.decompress(piece, self._piece_max)
        except zstd.ZstdError as error:
            raise Damaged(str(error)) from error
        if self._unpack.unused_data:
            raise Damaged(BEYOND_END)
        return unpacked


def _zstd_decompressor() -> "ZstdDecompressor":
    from backports import zstd

    window_log_max: int = zstd.DecompressionParameter.window_log_max
    return zstd.ZstdDecompressor(options={window_log_max: ZSTD_WINDOW_LOG_MAX})
