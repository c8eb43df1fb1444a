"""Marks of direction in a name, as a browser draws them: the words beside it stand where they would without."""

import random

import pytest
from playwright.sync_api import Browser

from crowdselect.bidi import isolated

pytestmark = pytest.mark.slow

# Whether the letters of START and END stand from left to right, whatever is between them.
IN_ORDER = """text => {
  document.body.innerHTML = "<p style='white-space: nowrap'></p>"
  document.querySelector("p").textContent = text
  const letters = document.querySelector("p").firstChild
  const left = (at) => {
    const range = document.createRange()
    range.setStart(letters, at)
    range.setEnd(letters, at + 1)
    return range.getBoundingClientRect().left
  }
  const end = text.lastIndexOf("END")
  const places = [0, 1, 2, 3, 4, end, end + 1, end + 2].map(left)
  return places.every((place, nth) => !nth || places[nth - 1] < place)
}"""


def test_what_stands_beside_a_name_is_not_turned(browser: Browser) -> None:
    draw = random.Random(1)
    alphabet = "ab \u202e\u202b\u2069\u2067\u2068\u202c\u200f\u061c1,("
    names = ["".join(draw.choice(alphabet) for _ in range(8)) for _ in range(100)]
    page = browser.new_page()
    turned = [name for name in names if not page.evaluate(IN_ORDER, f"START {name} END")]
    assert len(turned) > 10  # the check sees what a mark can do
    assert [name for name in names if not page.evaluate(IN_ORDER, f"START {isolated(name)} END")] == []
    page.close()
