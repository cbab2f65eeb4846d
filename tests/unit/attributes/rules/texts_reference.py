"""Which characters of a text are kept, character by character: part of `rules_reference`."""


def trim(text: str | None) -> str:
    text = text or ""
    while text and (text[0].isspace() or text[0] == "\ufeff"):
        text = text[1:]
    while text and (text[-1].isspace() or text[-1] == "\ufeff"):
        text = text[:-1]
    return text


def within(character: str, *ranges: tuple[int, int]) -> bool:
    return any(first <= ord(character) <= last for first, last in ranges)


def is_unspaced(c: str) -> bool:
    """Thai, Lao, Tibetan, Burmese, Khmer, Tai."""
    return within(
        c, (0xE00, 0xEFF), (0xF00, 0x109F), (0x1780, 0x17FF), (0x1950, 0x19DF), (0x1A20, 0x1AAF)
    )


def is_joining(c: str) -> bool:
    """A letter or sign of a script in which joiners mean something."""
    return is_unspaced(c) or within(
        c,
        *((0x620, 0x6DC), (0x6DE, 0x7FF), (0x840, 0x8E1), (0x8E3, 0xDFF), (0x1800, 0x180D)),
        *((0x180F, 0x18AF), (0x1B00, 0x1CFF), (0xA800, 0xAAFF), (0xABC0, 0xABFF)),
        *((0xFB50, 0xFDFF), (0xFE70, 0xFEFC), (0x10A00, 0x10FFF), (0x11000, 0x11FFF)),
        (0x1E900, 0x1E95F),
    )


def is_right_to_left(c: str) -> bool:
    return within(
        c,
        *((0x590, 0x5FF), (0x620, 0x6DC), (0x6DE, 0x8E1), (0x8E3, 0x8FF), (0xFB1D, 0xFDFF)),
        (0xFE70, 0xFEFC),
    )


def is_emoji(c: str) -> bool:
    return (
        c in "\u00a9\u00ae\u203c\u2049\u2122\u2139\u24c2\u2934\u2935\u3030\u303d\u3297\u3299"
        or within(
            c,
            *((0x2194, 0x21AA), (0x231A, 0x23FF), (0x25AA, 0x25FE), (0x2600, 0x27BF)),
            *((0x2B05, 0x2B55), (0x1F000, 0x1FAFF)),
        )
    )


def is_tag(c: str) -> bool:
    return within(c, (0xE0020, 0xE007F))


def is_selector(c: str) -> bool:
    """Shows the emoji before it as a text or as a picture."""
    return c in "\ufe0e\ufe0f"


def ends_picture(before: str) -> bool:
    """An emoji, perhaps with a selector or a colour of skin, and perhaps with tags."""
    while before and is_tag(before[-1]):
        before = before[:-1]
    while before and (within(before[-1], (0x1F3FB, 0x1F3FF)) or before[-1] in "\ufe0e\ufe0f"):
        if is_emoji(before[-1]):
            return True
        before = before[:-1]
    return bool(before) and is_emoji(before[-1])


def means_something(text: str, at: int) -> bool:
    """Of the character there: does it show, or change what shows?"""
    c, before, after = text[at], text[:at], text[at + 1 :]
    if c in "\u200c\u200d":
        beside = [*before[-1:], *after[:1]]
        joins = c == "\u200d" and ends_picture(before) and after != "" and is_emoji(after[0])
        return joins or any(map(is_joining, beside))
    if c == "\u200b":
        return before != "" and after != "" and is_unspaced(before[-1]) and is_unspaced(after[0])
    if is_tag(c):
        return ends_picture(before)
    if is_selector(c):
        is_on_a_key = before != "" and before[-1] in "0123456789#*" and after[:1] == "\u20e3"
        return is_on_a_key or (not is_tag(before[-1:] or " ") and ends_picture(before))
    if c in "\u061c\u200e\u200f" or within(c, (0x202A, 0x202E), (0x2066, 0x2069)):
        return any(map(is_right_to_left, text))
    return c not in "\u00ad\u180e\ufeff\U000e0001" and not within(
        c, (0x2060, 0x2064), (0x206A, 0x206F), (0xFFF9, 0xFFFB)
    )


def tidy(text: str | None) -> str:
    text = text or ""
    return trim("".join(c for at, c in enumerate(text) if means_something(text, at)))
