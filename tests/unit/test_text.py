"""Words are counted exactly as str.split() does."""

import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowdselect import text
from crowdselect.text import count_words

SPACES = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
texts = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.sampled_from([*SPACES, "a", "é", "–", "。", "\u200b", "\u180e", "\U0001f600"])),
)


def expected(values: list[str | None]) -> list[int | None]:
    return [None if value is None else len(value.split()) for value in values]


@settings(deadline=None)
@given(st.lists(texts), st.integers(0, 3), st.sampled_from([pa.string(), pa.large_string()]))
def test_equals_str_split(values: list[str | None], skip: int, kind: pa.DataType) -> None:
    array = pa.array(values, kind)
    assert count_words(array).to_pylist() == expected(values)
    assert count_words(array.slice(skip)).to_pylist() == expected(values[skip:])


@pytest.mark.parametrize("block", [1, 7, 64])
def test_blocks_do_not_change_the_count(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(text, "BLOCK", block)
    values = ["", " a", "b ", "", "c  d\u3000e", None, "", "f\u2003g" * 40, "\u00a0", "h"]
    assert count_words(pa.array(values)).to_pylist() == expected(values)


def test_every_code_point_separates_or_not_as_in_python() -> None:
    values = [f"a{chr(code)}b" for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    assert np.array_equal(count_words(pa.array(values, pa.large_string())).to_numpy(), expected(values))


def test_nothing_to_count() -> None:
    assert count_words(pa.array([], pa.string())).to_pylist() == []
    assert count_words(pa.array([None, None], pa.string())).to_pylist() == [None, None]
    assert count_words(pa.array([None], pa.null())).to_pylist() == [None]
