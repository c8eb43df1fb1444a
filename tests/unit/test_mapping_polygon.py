"""Who is inside a polygon, against the slow definition."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from crowdselect.mapping.polygon import inside

COARSE = st.integers(-6, 6).map(float)  # many points and corners at equal heights
FINE = st.floats(-1e4, 1e4, width=32)


def slow(points: np.ndarray, polygon: np.ndarray) -> list[bool]:
    """The definition: a ray to the right crosses an odd number of edges."""
    found = []
    for x, y in points.astype(np.float64).tolist():
        crossings = 0
        for place, (x1, y1) in enumerate(polygon.tolist()):
            x2, y2 = polygon[(place + 1) % len(polygon)].tolist()
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                crossings += 1
        found.append(crossings % 2 == 1)
    return found


def pairs(elements: st.SearchStrategy[float], dtype: type, least: int = 0) -> st.SearchStrategy[np.ndarray]:
    return st.integers(least, 30).flatmap(lambda n: arrays.arrays(dtype, (n, 2), elements=elements))


@given(pairs(COARSE, np.float32), pairs(COARSE, np.float64, 3))
def test_it_is_the_definition_where_many_heights_are_equal(points: np.ndarray, polygon: np.ndarray) -> None:
    assert inside(points, polygon).tolist() == slow(points, polygon)


@given(pairs(FINE, np.float32), pairs(FINE, np.float64, 3))
def test_it_is_the_definition_anywhere(points: np.ndarray, polygon: np.ndarray) -> None:
    assert inside(points, polygon).tolist() == slow(points, polygon)


def test_a_star_that_crosses_itself_has_a_hole() -> None:
    turns = np.arange(5) * 2 * 2 * np.pi / 5
    star = np.column_stack([np.sin(turns), np.cos(turns)])
    assert inside(np.array([[0.0, 0.0], [0.0, 0.9], [0.9, 0.9]]), star).tolist() == [False, True, False]


@pytest.mark.parametrize(
    "polygon", [np.empty((0, 2)), np.zeros((2, 2)), np.zeros((5, 2)), np.array([[0, 1], [3, 1], [5, 1.0]])]
)
def test_what_holds_no_area_holds_no_point(polygon: np.ndarray) -> None:
    assert not inside(np.array([[0, 0], [1, 1], [np.nan, np.nan]]), polygon).any()


def test_a_point_without_a_place_is_outside() -> None:
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])
    assert inside(np.array([[1, 1], [np.nan, 1], [1, np.nan]]), square).tolist() == [True, False, False]


@pytest.mark.slow
def test_a_million_points_and_a_hundred_corners_take_no_time() -> None:
    draw = np.random.default_rng(0)
    points = draw.normal(size=(1_000_000, 2)).astype(np.float32)
    turns = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    polygon = np.column_stack([np.cos(turns), np.sin(turns)]) * (2.5 + 0.4 * np.sin(9 * turns))[:, None]
    inside(points[:1000], polygon)
    start = time.perf_counter()
    inside(points, polygon)
    assert time.perf_counter() - start < 0.6  # twice the goal: other processes share this machine
