"""Checks that a text is valid in its encoding, block by block, in parallel to the record search.

A check receives every byte of the text in order, and records the first invalid one. Its result is
final after the last byte.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
import polars as pl

from core.imports.text.encodings import CP1252, LATIN_1, UTF_8, UTF_16, undefined_bytes

MIXED_SHARE = 20
"""A text that is not UTF-8 may by accident have one pair of bytes that is valid UTF-8 (`É` and a
no-break space, in French capitals) per this many bytes that are not. More pairs mean a mix of
encodings."""

WORTH_A_LOOK_BYTES = 4096
SURROGATES = 0xD800
"""The first of 0x800 units that are halves of a surrogate pair."""

_Decode = Callable[[bytes, str, bool], tuple[str, int]]


class TextCheck(Protocol):
    @property
    def bad_at(self) -> int | None:
        """Offset, from the first byte fed, of the first byte that is not valid in the encoding."""
        ...

    def feed(self, block: bytes) -> None: ...
    def finish(self) -> None:
        """Check the end of the text."""
        ...


class MultiByteCheck:
    """Strict UTF-8 and UTF-16. A code may span two blocks."""

    def __init__(self, encoding: str) -> None:
        decode: dict[str, _Decode] = {
            UTF_8: codecs.utf_8_decode,
            UTF_16[0]: codecs.utf_16_le_decode,
            UTF_16[1]: codecs.utf_16_be_decode,
        }
        self._decode = decode[encoding]
        self._ascii_is_itself = encoding == UTF_8
        self._unit = np.dtype("<u2" if encoding == UTF_16[0] else ">u2")
        self._carry = b""
        """The beginning of an incomplete code at the end of the fed bytes."""
        self._fed = 0
        self.bad_at: int | None = None

    def feed(self, block: bytes) -> None:
        if self.bad_at is None:
            if self._carry or not (self._ascii_is_itself and block.isascii()):
                self._check(self._carry + block, final=False)
            self._fed += len(block)

    def finish(self) -> None:
        if self.bad_at is None and self._carry:
            self._check(self._carry, final=True)

    def _check(self, data: bytes, final: bool) -> None:
        proven = 0 if final else self._proven(data)
        try:
            _, used = self._decode(data[proven:], "strict", final)
        except UnicodeDecodeError as error:
            self.bad_at = self._fed - len(self._carry) + proven + error.start
            return
        self._carry = data[proven + used :]

    def _proven(self, data: bytes) -> int:
        """The length of the prefix, in whole codes, that a faster check proves valid. The rest is
        decoded."""
        if len(data) < WORTH_A_LOOK_BYTES:
            return 0
        return self._proven_utf_8(data) if self._ascii_is_itself else self._proven_utf_16(data)

    def _proven_utf_8(self, data: bytes) -> int:
        # the last code may be incomplete, so it is left to the decoder
        end = next((at for at in range(len(data) - 1, -1, -1)[:4] if _begins(data[at])), 0)
        if end == len(data) - 1 and data[end] < 0x80:
            end += 1
        units = np.frombuffer(data, np.uint8, end)
        try:  # converted as one text, without copying its bytes
            pl.Series(units).implode().cast(pl.Binary).cast(pl.String)
        except pl.exceptions.ComputeError:
            return 0
        return end

    def _proven_utf_16(self, data: bytes) -> int:
        """Without surrogates every unit is a complete code."""
        units = np.frombuffer(data, self._unit, len(data) // 2)
        return 0 if (units ^ SURROGATES < 0x800).any() else len(units) * 2


def _begins(byte: int) -> bool:
    """Is it not a continuation byte of UTF-8?"""
    return byte & 0xC0 != 0x80


class SingleByteCheck:
    """A single-byte encoding: some bytes may have no character."""

    def __init__(self, encoding: str) -> None:
        self._undefined = undefined_bytes(encoding) or b""
        self._fed = 0
        self.bad_at: int | None = None

    def feed(self, block: bytes) -> None:
        if self.bad_at is None and self._undefined and not block.isascii():
            found = [at for at in (block.find(byte) for byte in self._undefined) if at >= 0]
            if found:
                self.bad_at = self._fed + min(found)
        self._fed += len(block)

    def finish(self) -> None:
        pass


class DetectingCheck:
    """For a text whose encoding is not given: UTF-8 as long as it is valid. Otherwise the evidence
    of the whole text decides, and the bytes before the first invalid one are read again. This is
    rare, and usually they are few."""

    def __init__(self, read_again: Callable[[int], Iterable[bytes]]) -> None:
        """`read_again(size)` returns the first `size` bytes of the fed text."""
        self._read_again = read_again
        self._fed = 0
        self._utf_8 = MultiByteCheck(UTF_8)
        self._undefined = SingleByteCheck(CP1252)
        self._decoder = codecs.getincrementaldecoder(UTF_8)("ignore")
        self._continued = 0
        """Continuation bytes of valid UTF-8 sequences: evidence for UTF-8."""
        self._lone = 0
        """Bytes outside valid sequences: evidence against UTF-8."""

    @property
    def bad_at(self) -> int | None:
        """The first byte that is not valid UTF-8."""
        return self._utf_8.bad_at

    @property
    def encoding(self) -> str | None:
        """The detected encoding, after `finish`; None for a mix of encodings."""
        if self.bad_at is None:
            return UTF_8
        if self._continued * MIXED_SHARE > self._lone:
            return None
        return CP1252 if self._undefined.bad_at is None else LATIN_1

    def feed(self, block: bytes) -> None:
        if self.bad_at is None:
            self._utf_8.feed(block)
            self._weigh_earlier()
        if self.bad_at is not None:
            self._weigh(block, final=False)
        self._fed += len(block)

    def finish(self) -> None:
        if self.bad_at is None:
            self._utf_8.finish()  # the last bytes may be an incomplete code
            self._weigh_earlier()
        if self.bad_at is not None:
            self._weigh(b"", final=True)

    def _weigh_earlier(self) -> None:
        if self.bad_at is not None:
            for block in self._read_again(self._fed):
                self._weigh(block, final=False)

    def _weigh(self, data: bytes, final: bool) -> None:
        self._undefined.feed(data)
        held = len(self._decoder.getstate()[0])
        valid = self._decoder.decode(data, final)
        used = held + len(data) - len(self._decoder.getstate()[0])
        valid_bytes = len(valid) if valid.isascii() else len(valid.encode())
        self._continued += valid_bytes - len(valid)
        self._lone += used - valid_bytes


def check_for(encoding: str) -> TextCheck:
    """The check for a text in a scannable encoding."""
    if encoding == UTF_8 or encoding in UTF_16:
        return MultiByteCheck(encoding)
    return SingleByteCheck(encoding)
