"""Colours for points on a light and on a dark page. The accent's hue is left to what is selected.

Made in OKLCH (B. Ottosson, "A perceptual color space for image processing", 2020), where equal steps look equal.
"""

import math
from typing import Literal

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

ACCENT_HUE = 270.0  # degrees; no category lies within CLEARANCE of it
CLEARANCE = 35.0
GOLDEN = (math.sqrt(5) - 1) / 2
# Lightness and chroma of three rounds, so that neighbouring hues differ in a second way.
ROUNDS = {
    "light": ((0.62, 0.135), (0.50, 0.11), (0.74, 0.105)),
    "dark": ((0.73, 0.12), (0.60, 0.12), (0.85, 0.085)),
}
# Numbers: warm, against the accent's blue; what is high stands out from the page.
RAMPS = {
    "light": ((0.90, 0.055, 95.0), (0.80, 0.115, 78.0), (0.68, 0.150, 55.0), (0.54, 0.160, 32.0), (0.38, 0.115, 18.0)),
    "dark": ((0.36, 0.055, 20.0), (0.48, 0.115, 28.0), (0.62, 0.150, 45.0), (0.77, 0.140, 72.0), (0.93, 0.085, 98.0)),
}


def category_colours(count: int, theme: Theme) -> list[str]:
    """`count` colours as #rrggbb, each far from those before it."""
    rounds = ROUNDS[theme]
    room = 360 - 2 * CLEARANCE
    return [
        to_hex(*rounds[place % len(rounds)], ACCENT_HUE + CLEARANCE + room * ((0.36 + place * GOLDEN) % 1))
        for place in range(count)
    ]


def ramp_colours(theme: Theme) -> list[str]:
    """The stops of the ramp for numbers, low to high, at equal distances."""
    return [to_hex(*stop) for stop in RAMPS[theme]]


def to_hex(lightness: float, chroma: float, hue: float) -> str:
    """An OKLCH colour (lightness 0 to 1, hue in degrees) as #rrggbb, clipped to sRGB."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(min(max(part, 0.0), 1.0))):02x}" for part in linear)


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
