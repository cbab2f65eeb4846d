"""Units that convert into each other, by their exact definitions.

Sources: the SI Brochure, 9th edition; NIST Special Publication 811 (2008), appendix B.8, whose
exact factors are the international yard and pound of 1959 (1 yd = 0.9144 m, 1 lb = 0.45359237 kg)
and the US gallon of 231 cubic inches; for imperial volumes the British Units of Measurement
Regulations 1995 (1 gal = 4.54609 l).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from core.file_format import UnitSystem


class Dimension(StrEnum):
    MASS = "mass"
    LENGTH = "length"
    VOLUME = "volume"


@dataclass(frozen=True, slots=True)
class Unit:
    dimension: Dimension
    factor: Fraction
    """In grams, metres or litres."""


_FOOT, _INCH = Fraction("0.3048"), Fraction("0.0254")
_POUND = Fraction("453.59237")
_CUBIC_INCH = (_INCH * 10) ** 3
_GALLON = {UnitSystem.US: 231 * _CUBIC_INCH, UnitSystem.IMPERIAL: Fraction("4.54609")}
_FLUID_OUNCES = {UnitSystem.US: 128, UnitSystem.IMPERIAL: 160}
"""In a gallon."""

_MASS = {
    "µg μg mcg microgram micrograms": Fraction(1, 10**6),
    "mg milligram milligrams milligramm": Fraction(1, 1000),
    "g gram grams gramm grammes": Fraction(1),
    "kg kgs kilo kilos kilogram kilograms kilogramm kilogrammes": Fraction(1000),
    "t tonne tonnes tonnen": Fraction(10**6),
    "oz ounce ounces": _POUND / 16,
    "lb lbs pound pounds": _POUND,
    "st stone": _POUND * 14,
}
_LENGTH = {
    "µm μm": Fraction(1, 10**6),
    "mm millimeter millimeters millimetre millimetres": Fraction(1, 1000),
    "cm centimeter centimeters centimetre centimetres zentimeter": Fraction(1, 100),
    "dm": Fraction(1, 10),
    "m meter meters metre metres": Fraction(1),
    "km kilometer kilometers kilometre kilometres": Fraction(1000),
    "in inch inches zoll \" ″ '' ′′": _INCH,
    "ft foot feet ' ′": _FOOT,
    "yd yard yards": _FOOT * 3,
    "mi mile miles": _FOOT * 5280,
}
_VOLUME = {
    "ml milliliter milliliters millilitre millilitres cm3 cm³ cc": Fraction(1, 1000),
    "cl centiliter centilitre": Fraction(1, 100),
    "dl": Fraction(1, 10),
    "l liter liters litre litres dm3 dm³": Fraction(1),
    "hl": Fraction(100),
    "m3 m³": Fraction(1000),
    "in3 in³": _CUBIC_INCH,
    "ft3 ft³": _CUBIC_INCH * 1728,
}
_OF_BOTH_SYSTEMS = {
    "gal gallon gallons": Fraction(1),
    "qt quart quarts": Fraction(1, 4),
    "pt pint pints": Fraction(1, 8),
}
"""In gallons."""
_FLUID = ("fl oz", "floz", "fluid ounce", "fluid ounces")


def _spelled(dimension: Dimension, units: Mapping[str, Fraction]) -> dict[str, Unit]:
    return {
        name: Unit(dimension, factor) for names, factor in units.items() for name in names.split()
    }


def _of_system(system: UnitSystem) -> dict[str, Unit]:
    gallon = _GALLON[system]
    units = {names: share * gallon for names, share in _OF_BOTH_SYSTEMS.items()}
    ounce = Unit(Dimension.VOLUME, gallon / _FLUID_OUNCES[system])
    return _spelled(Dimension.VOLUME, units) | dict.fromkeys(_FLUID, ounce)


_UNITS = {
    **_spelled(Dimension.MASS, _MASS),
    **_spelled(Dimension.LENGTH, _LENGTH),
    **_spelled(Dimension.VOLUME, _VOLUME),
}
_BY_SYSTEM = {system: _of_system(system) for system in UnitSystem}


def unit_named(text: str, system: UnitSystem | None) -> Unit | None:
    """The unit that a text means, in any case, as suppliers write them; None for others, and for
    those of two systems if neither is given."""
    name = _plain(text)
    return _UNITS.get(name) or (_BY_SYSTEM[system].get(name) if system else None)


def is_of_two_systems(text: str) -> bool:
    return _plain(text) in _BY_SYSTEM[UnitSystem.US]


def _plain(text: str) -> str:
    """`Fl. Oz.` as `fl oz`. Nothing here is sold in two units that differ in case alone."""
    return " ".join(text.replace(".", " ").lower().split())
