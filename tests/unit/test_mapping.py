"""The map's arrays: order, bytes, masks, scales and colours."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.mapping.order import draw_order, step
from crowdselect.mapping.palettes import THEMES, category_colours, ramp_colours
from crowdselect.mapping.scales import LEVELS, MOST_CATEGORIES, NONE, categories, numbers
from crowdselect.mapping.wire import (
    NOWHERE,
    as_mask,
    encode_bytes,
    encode_points,
    message,
    pack_gaps,
    pack_mask,
    shortest,
)

BACKGROUND = {"light": "#ffffff", "dark": "#11141b"}


@given(st.integers(0, 3000))
def test_every_row_has_one_place_and_the_browser_can_compute_it(n: int) -> None:
    order = draw_order(n)
    assert sorted(order) == list(range(n))
    assert [place * step(n) % max(n, 1) for place in range(n)] == order.tolist()


@pytest.mark.parametrize("n", [60, 136, 805, 1000, 2000, 4096, 100_000])
def test_the_first_points_are_an_even_sample(n: int) -> None:
    first = np.sort(draw_order(n)[: n // 10])
    assert np.diff(first).max() <= 3 * 10  # no gap of more than three times the mean distance


@given(st.lists(st.booleans(), max_size=200))
def test_a_packed_mask_holds_the_rows_of_the_mask(bits: list[bool]) -> None:
    mask = np.array(bits, dtype=bool)
    packed = pack_mask(mask)
    assert len(packed) == -(-len(bits) // 8)
    places = [place for place in range(len(bits)) if packed[place >> 3] >> (place & 7) & 1]
    assert sorted(draw_order(len(bits))[places]) == np.flatnonzero(mask).tolist()


def test_points_go_in_drawing_order_and_one_without_a_place_goes_far_away() -> None:
    points = np.arange(14, dtype=np.float32).reshape(7, 2)
    points[3] = np.nan
    sent = np.frombuffer(encode_points(points), "<f4").reshape(-1, 2)
    order = draw_order(7)
    assert (sent[order != 3] == points[order[order != 3]]).all()
    assert (sent[order == 3] == NOWHERE).all()
    assert np.isfinite(sent).all()
    assert encode_bytes(np.arange(7)) == bytes(order.tolist())


def test_rows_and_masks_are_both_taken() -> None:
    assert as_mask(np.array([1, 3]), 5).tolist() == [False, True, False, True, False]
    mask = np.array([True, False])
    assert as_mask(mask, 2) is mask


@given(st.dictionaries(st.text(), st.text() | st.integers(), max_size=5), st.binary(max_size=20))
def test_a_message_can_be_taken_apart_again(header: dict, rest: bytes) -> None:
    sent = message(header, rest)
    end = 4 + int.from_bytes(sent[:4], "little")
    assert json.loads(sent[4:end]) == header
    assert sent[end:] == rest


def test_categories_go_by_size_and_a_row_without_one_has_its_own_code() -> None:
    scale = categories(np.array([5, 5, 2, -1, 5, 2, 9]), {5: "five", 2: "two"})
    assert scale.names == ("five", "two", "9")
    assert scale.codes.tolist() == [0, 0, 1, NONE, 0, 1, 2]
    ordered = categories(np.array([5, 5, 2]), {5: "five", 2: "two"}, keep_order=True)
    assert ordered.names == ("two", "five")


@given(st.lists(st.integers(-1, 90), max_size=300))
def test_a_legend_never_grows_too_long_and_every_row_is_under_its_own_label(labels: list[int]) -> None:
    values = np.array(labels, dtype=np.int64)
    scale = categories(values, {})
    assert len(scale.names) == len(scale.groups) <= MOST_CATEGORIES
    for label, code in zip(labels, scale.codes.tolist(), strict=True):
        assert code == NONE if label < 0 else label in scale.groups[code]


@given(st.lists(st.floats(allow_infinity=False), max_size=200))
def test_a_higher_number_never_gets_a_lower_code(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64) % 1e6
    scale = numbers(array)
    there = ~np.isnan(array)
    assert (scale.codes[~there] == NONE).all()
    assert (scale.codes[there] < LEVELS).all()
    ranked = scale.codes[there][np.argsort(array[there], kind="stable")].astype(int)
    assert (np.diff(ranked) >= 0).all()


def test_numbers_span_the_scale_and_say_where_they_are_clipped() -> None:
    scale = numbers(np.append(np.linspace(0, 1, 1001), 1e9))
    assert scale.codes.min() == 0
    assert scale.codes.max() == LEVELS - 1
    assert 0 < scale.low < 0.05
    assert 0.95 < scale.high <= 1.0
    assert scale.most == 1e9
    assert numbers(np.full(4, 3.5)).codes.tolist() == [0] * 4
    assert numbers(np.full(4, np.nan)).codes.tolist() == [NONE] * 4


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_colours_can_be_seen_and_told_apart(theme: str) -> None:
    colours = category_colours(MOST_CATEGORIES, theme)
    assert len(set(colours)) == MOST_CATEGORIES
    assert min(contrast(colour, BACKGROUND[theme]) for colour in colours) > 1.8
    rgb = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in colours[:12]], dtype=float)
    apart = np.linalg.norm(rgb[:, None] - rgb[None], axis=2) + np.eye(12) * 999
    assert apart.min() > 25
    ramp = [contrast(colour, BACKGROUND[theme]) for colour in ramp_colours(theme)]
    assert ramp == sorted(ramp)  # what is high stands out


@given(st.lists(st.integers(0, 70_000), max_size=40), st.integers(70_001, 80_000))
def test_gaps_are_the_mask(rows: list[int], n: int) -> None:
    mask = as_mask(np.array(rows, dtype=int), n)
    packed = pack_gaps(mask)
    found, place, number, shift = [], -1, 0, 0
    for byte in packed:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            place += number + 1
            found.append(place)
            number = shift = 0
    assert found == np.flatnonzero(mask[draw_order(n)]).tolist()


@pytest.mark.parametrize(("share", "kind"), [(0.01, "gaps"), (0.6, "bits"), (0.0, "gaps"), (1.0, "bits")])
def test_a_mask_goes_the_shorter_way(share: float, kind: str) -> None:
    mask = np.arange(100_000) < 100_000 * share
    found, packed = shortest(mask)
    assert found == kind
    assert len(packed) <= 12_500 * (0.2 if kind == "gaps" else 1)
