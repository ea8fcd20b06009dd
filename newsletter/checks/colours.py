"""Colours as CSS writes them, laid over each other, and the contrast between two (WCAG 2.2)."""

import re

#: Red, green and blue from 0 to 255, and how opaque it is from 0 to 1.
Colour = tuple[float, float, float, float]

WHITE: Colour = (255, 255, 255, 1)
BLACK: Colour = (0, 0, 0, 1)


def read_colour(text: str) -> Colour | None:
    """The colour that `text` names, or None where it is none that can be known, such as `inherit`."""
    from PIL import ImageColor

    text = text.strip().lower()
    if text == "transparent":
        return (0, 0, 0, 0)
    if parts := re.fullmatch(r"rgba?\(([^()]*)\)", text):
        return _from_numbers(re.split(r"[\s,/]+", parts[1].strip()))
    try:
        red, green, blue, *alpha = ImageColor.getrgb(text)
    except ValueError:
        return None
    return (red, green, blue, alpha[0] / 255 if alpha else 1)


def over(top: Colour, below: Colour) -> Colour:
    """What is seen where `top` lies over an opaque colour."""
    share = top[3]
    red, green, blue = (
        one * share + other * (1 - share) for one, other in zip(top[:3], below[:3], strict=True)
    )
    return (red, green, blue, 1)


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two opaque colours, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def shown(colour: Colour) -> str:
    """The colour as `#rrggbb`."""
    return "#" + "".join(f"{round(part):02x}" for part in colour[:3])


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    # The bound that sRGB itself has; WCAG's 0.03928 gives the same for all of the 256 steps.
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _from_numbers(parts: list[str]) -> Colour | None:
    try:
        numbers = [float(part.rstrip("%")) * (2.55 if part.endswith("%") else 1) for part in parts[:3]]
        share = (
            float(parts[3].rstrip("%")) / (100 if parts[3].endswith("%") else 1) if len(parts) > 3 else 1.0
        )
        red, green, blue = (min(max(number, 0.0), 255.0) for number in numbers)
    except ValueError:
        return None
    return (red, green, blue, min(max(share, 0.0), 1.0))
