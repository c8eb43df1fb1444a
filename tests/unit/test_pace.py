"""Rates and times in words: slow work is not told as nothing a second."""

import pytest

from crowdselect.pace import pace, time_left


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (1234.6, "1,235 a second"),
        (10, "10 a second"),
        (0.3, "18 a minute"),
        (0.1, "360 an hour"),
    ],
)
def test_pace(rate: float, said: str) -> None:
    assert pace(rate) == said


def test_pace_with_a_unit() -> None:
    assert pace(0.5, "rows") == "30 rows a minute"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (89, "89 s"), (90, "2 min"), (3_600, "60 min"), (12_000, "3 h 20 min")]
)
def test_time_left(seconds: float, said: str) -> None:
    assert time_left(seconds) == said
