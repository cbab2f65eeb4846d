"""Bitmaps of the units of a text that equal a given unit, as 64-bit words.

polars writes the result of a comparison directly as bits, three times as fast as comparing and
packing in numpy. The bits are read by the Arrow C data interface, which is stable across versions
(https://arrow.apache.org/docs/format/CDataInterface.html); numpy alone cannot read booleans from
it.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Words = NDArray[np.uint64]
"""Bits, 64 to a word, the lowest bit first. Bits past the last unit are zero."""


class _Array(ctypes.Structure):
    """`struct ArrowArray`."""


_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.c_void_p),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))),
    ("private_data", ctypes.c_void_p),
]


class _Stream(ctypes.Structure):
    """`struct ArrowArrayStream`."""


_Stream._fields_ = [
    ("get_schema", ctypes.c_void_p),
    (
        "get_next",
        ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array)),
    ),
    ("get_last_error", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]

_pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]


class _Borrowed:
    """Memory that polars owns; it is released when no array uses it any more."""

    def __init__(self, array: _Array, words: int) -> None:
        self._array = array
        self.__array_interface__ = {
            "data": (array.buffers[1], True),
            "shape": (words,),
            "typestr": "<u8",
            "version": 3,
        }

    def __del__(self) -> None:
        self._array.release(ctypes.byref(self._array))


def bits_equal_to(units: pl.Series, unit: int) -> Words:
    """A bit for each (non-null) unit that equals `unit`. Read-only."""
    return bits_of(units == unit)


def bits_of(flags: pl.Series) -> Words:
    """A bit for each (non-null) flag that is set. Read-only. Raises RuntimeError if polars returns
    anything other than one bitmap, which would be a defect."""
    capsule: Any = flags.__arrow_c_stream__()
    stream = ctypes.cast(
        _pointer_of(capsule, b"arrow_array_stream"), ctypes.POINTER(_Stream)
    ).contents
    array = _Array()
    failed = stream.get_next(ctypes.byref(stream), ctypes.byref(array))
    if failed or not array.release:
        raise RuntimeError(f"polars returned no bits for {len(flags)} units (error {failed})")
    if array.length != len(flags) or array.offset or array.n_buffers != 2:
        array.release(ctypes.byref(array))
        raise RuntimeError(f"polars returned {array.length} bits for {len(flags)} units")
    whole = np.asarray(_Borrowed(array, len(flags) // 64))
    return whole if len(flags) % 64 == 0 else _with_last_word(array, whole)


def _with_last_word(array: _Array, whole: Words) -> Words:
    """A copy of `whole` with the last, incomplete word. The memory after its last bit must not be
    read. (`whole` keeps the memory of the array alive.)"""
    words = np.zeros(len(whole) + 1, np.uint64)
    words[:-1] = whole
    rest = ctypes.string_at(array.buffers[1] + whole.nbytes, -(-(array.length % 64) // 8))
    words[-1] = int.from_bytes(rest, "little") & ((1 << array.length % 64) - 1)
    return words
