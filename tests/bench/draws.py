"""Numbers that look random and depend on nothing but seed, stream and row.

A counter goes through the mixer of SplitMix64, so the value of a row is the same whatever was
drawn before it: blocks of any size, in any order, give the same file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_MASK = (1 << 64) - 1


def mixed(value: int) -> int:
    """SplitMix64's finaliser, for one number."""
    value &= _MASK
    value = ((value ^ (value >> 30)) * _FACTORS[0]) & _MASK
    value = ((value ^ (value >> 27)) * _FACTORS[1]) & _MASK
    return value ^ (value >> 31)


def _mixed_all(values: Integers) -> Integers:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(_FACTORS[0])
    values = (values ^ (values >> np.uint64(27))) * np.uint64(_FACTORS[1])
    return values ^ (values >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of one column for some rows."""

    seed: int
    column: int
    rows: Integers
    """Row numbers, from 0."""

    def _bits(self, stream: int) -> Integers:
        key = mixed(mixed(self.seed * _GOLDEN + self.column + 1) + stream + 1)
        return _mixed_all(self.rows * np.uint64(_GOLDEN) + np.uint64(key))

    def below(self, stream: int, limit: int) -> npt.NDArray[np.int64]:
        """Whole numbers from 0 up to `limit`, itself excluded."""
        return (self._bits(stream) % np.uint64(limit)).astype(np.int64)

    def happens(self, stream: int, share: float) -> npt.NDArray[np.bool_]:
        """True in that share of the rows."""
        return (self._bits(stream) >> np.uint64(11)).astype(np.float64) / 2.0**53 < share
