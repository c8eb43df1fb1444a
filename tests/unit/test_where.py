"""Filters in an address: read back as written, and nothing that an address holds raises."""

from hypothesis import given
from hypothesis import strategies as st

from crowdselect.recipe import Filter
from pages._ui.where import LONGEST, MOST, read, write

NUMBERS = st.floats(-1e9, 1e9)
FILTERS = st.one_of(
    st.builds(lambda name, low: Filter(field=name, min=low), st.sampled_from(["n_words", "difficulty"]), NUMBERS),
    st.builds(
        lambda names: Filter.model_validate({"field": "tag", "not_in": names}),
        st.lists(st.text(max_size=9), max_size=3),
    ),
    st.builds(lambda words: Filter(field="text", contains=words), st.text(min_size=1, max_size=30)),
    st.builds(
        lambda corners: Filter(field="tsne", inside=(tuple(corners),)),
        st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=6),
    ),
)


@given(st.lists(FILTERS, max_size=5))
def test_an_address_is_read_back(some: list[Filter]) -> None:
    assert read(write(some)) == tuple(some)


@given(st.text(max_size=80) | st.sampled_from(["{}", "[[]]", "[1]", "null", '[{"field":"x"}]', "[" * 5000]))
def test_nothing_in_an_address_raises(text: str) -> None:
    found = read(text)
    assert found is None or all(isinstance(one, Filter) for one in found)


def test_what_is_no_list_of_filters_is_refused() -> None:
    one = Filter(field="n_words", min=1)
    assert read("{}") is None
    assert read('[{"field":"n_words","min":"many"}]') is None
    assert read('[{"field":"n_words","min":1,"extra":1}]') is None
    assert read(write([one] * (MOST + 1))) is None
    assert read(" " * (LONGEST + 1)) is None
    assert read("") == ()
