"""The texts that benchmark files are made of. All of them exist in cp1252, so that every encoding
the import reads can carry them.
"""

from __future__ import annotations

from itertools import combinations

from tests.bench.draws import mixed

BRANDS = ("Nordlicht", "Fjellrev", "Ätna Works", "Blue Heron", "Río Bravo", "Alpenglühen", "Sørvær")
CATEGORIES = ("Tents", "Sleeping bags", "Backpacks", "Stoves", "Clothing", "Lighting", "Climbing")
COLORS = ("Black", "Forest green", "Glacier blue", "Rust", "Sand", "Signal yellow")
COLOR_CELLS = tuple("; ".join(some) for count in (1, 2, 3) for some in combinations(COLORS, count))
TRAITS = ("Light", "Warm", "Robust", "Compact", "Waterproof", "Breathable", "Quiet", "Windproof")
NAMES = tuple(
    f"{thing} {line} {size}"
    for thing in ("tent", "backpack", "stove", "jacket", "headlamp", "sleeping bag", "mat")
    for line in ("Cirrus", "Kestrel", "Émile", "Tarn", "Boréal", "Skua")
    for size in (1, 2, 3, 30, 45, 60)
)
FILES = tuple(
    f"{thing}-{line}-{size}"
    for thing in ("tent", "backpack", "stove", "jacket", "headlamp")
    for line in ("cirrus", "kestrel", "tarn", "skua")
    for size in ("small", "medium", "large")
)
MATERIALS = (
    "Polyester, 68D, ripstop",
    "Nylon 6.6, silicone coated on both sides",
    "Merino wool 80 %, polyamide 20 %",
    "Aluminium 7075-T9",
    "Titanium",
    "Goose down, 850 cuin, certified",
)
NOTES = (
    "Wash by hand at 30 °C",
    "Do not tumble dry",
    "Dry well before it is stored",
    "Keep away from open fire",
)
_SENTENCES = (
    "Packs down to the size of a bottle, and weighs less than one",
    "Made for nights that are colder than the forecast said",
    'The poles are of aluminium; a 12" sleeve to mend one comes along',
    "Its seams are taped, its zips are covered, and its floor is that of a boat",
    "Sewn in a small factory whose people we know",
    "Two doors, two vestibules, room for boots and rucksacks",
    "The fabric breathes, so that it stays dry inside when you do not",
    "Every part can be replaced: ask us, we send it",
    "A favourite of those who walk until it is dark",
    "Developed with mountain guides from Chamonix to Åre",
    "Tested for 300 nights, in rain, snow and sand",
    'Called "the quiet one" by those who sleep beside it',
)
VARIANTS = 2_048


def _paragraph(number: int, joint: str) -> str:
    """Three to five different sentences."""
    bits = mixed(number)
    left = list(_SENTENCES)
    chosen = [left.pop((bits >> (8 * k + 8)) % len(left)) for k in range(3 + bits % 3)]
    return joint.join(f"{sentence}." for sentence in chosen)


DESCRIPTIONS = tuple(_paragraph(number, " ") for number in range(VARIANTS))


def multi_line_descriptions(line_end: str) -> tuple[str, ...]:
    """The same texts, a sentence a line; with a blank line where a list begins."""
    return tuple(_paragraph(number, f"{line_end}{line_end}- ") for number in range(VARIANTS))
