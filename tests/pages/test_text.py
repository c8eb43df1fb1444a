"""Untrusted text: cut, escaped, on one line."""

import re

from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages._ui.text import count, literal, one_line


@given(st.text(max_size=400))
def test_literal_escapes_every_mark(name: str) -> None:
    shown = literal(name)
    assert "\n" not in shown
    for place, character in enumerate(shown):
        if character in "<[!`$*_#:|~>":
            assert shown[place - 1] == "\\"


@given(st.text(max_size=2000))
def test_one_line_is_one_short_line(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 120
    assert line == " ".join(line.split()) or line.endswith("…")


def test_one_is_not_many() -> None:
    assert [count(n, "row") for n in (0, 1, 2000)] == ["0 rows", "1 row", "2,000 rows"]
    assert [count(n, "family", "families") for n in (1, 2)] == ["1 family", "2 families"]


def test_a_long_text_is_cut_until_asked() -> None:
    def page() -> None:
        from pages._ui.text import show_text

        show_text("x" * 50_000, "whole")

    app = AppTest.from_function(page).run()
    assert len(app.code[0].value) == 20_000
    app.toggle(key="whole").set_value(True).run()
    assert len(app.code[0].value) == 50_000


def test_an_address_in_a_name_is_no_link() -> None:
    """What Markdown with GitHub's additions makes a link of, once the escapes are read."""
    linked = re.compile(r"(?i)https?://|www\.|[-.\w+]+@[-\w]+\.")
    for name in ("http://evil.test/a.png", "See HTTPS://evil.test", "www.evil.test", "me@evil.test"):
        assert linked.search(name)
        assert not linked.search(literal(name).replace("\\", ""))
