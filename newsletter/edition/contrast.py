"""How well two colours can be told apart (WCAG 2.2), and the nearest colour that can be."""

import functools
import math
import re
from collections.abc import Sequence

#: What WCAG 2.2 AA asks of text (1.4.3), and of what must be seen to be understood (1.4.11).
TEXT, SHAPE = 4.5, 3.0
_STEPS = 200
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

Triple = tuple[float, float, float]


def is_colour(text: str) -> bool:
    """Whether `text` is a colour as mail programs all read it: '#' and six hexadecimal digits."""
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white), as WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@functools.lru_cache(maxsize=1024)
def luminance(colour: str) -> float:
    """Relative luminance of '#rrggbb', from 0 to 1."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def nearest_passing(colour: str, others: Sequence[tuple[str, float]]) -> str:
    """The colour of the same hue, as near in lightness as can be, that stands out from all `others`.

    Each of these comes with the contrast that it asks for. '' where no lightness will do.
    """
    lightness, *chroma = _oklab(colour)
    for step in range(1, _STEPS + 1):
        for tried in (lightness - step / _STEPS, lightness + step / _STEPS):
            if not 0 <= tried <= 1:
                continue
            found = _in_gamut((tried, chroma[0], chroma[1]))
            if all(contrast(found, other) >= wanted for other, wanted in others):
                return found
    return ""


def _linear(colour: str) -> Triple:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return _to_linear(red), _to_linear(green), _to_linear(blue)


def _to_linear(part: float) -> float:
    # 0.04045 as in sRGB itself; WCAG's older 0.03928 gives the same for eight bits.
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _from_linear(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _oklab(colour: str) -> Triple:
    """Lightness and the two axes of colour (Björn Ottosson's Oklab), in which equal steps look equal."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _in_gamut(lab: Triple) -> str:
    """'#rrggbb' of an Oklab colour, greyer where screens cannot show it as it is."""
    lightness, a, b = lab
    for keep in range(20, -1, -1):
        parts = _from_oklab((lightness, a * keep / 20, b * keep / 20))
        if all(-0.001 <= part <= 1.001 for part in parts):
            break
    return "#" + "".join(f"{round(min(max(_from_linear(part), 0), 1) * 255):02x}" for part in parts)


def _from_oklab(lab: Triple) -> Triple:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
