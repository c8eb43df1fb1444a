"""Every page over every strange pool: it shows what there is, says what there is not, and never fails."""

import re
from pathlib import Path

import pytest

from tests.pages.builds import EDGES, HOSTILE, Data, publish
from tests.pages.conftest import Open, failures, numbers
from tests.unit.test_bidi import turned

PAGES = ("tune", "overview")
MARKUP = re.compile(r"(?<!\\)(<script|<img|!\[x|\[a\]|\$.sum|:red)")  # unescaped


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("page", PAGES)
def test_page_stands(page: str, edge: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page(page, publish(tmp_path, EDGES[edge]).path)
    assert failures(app) == []
    assert numbers(app) or "ingest" in app.code[0].value


@pytest.mark.parametrize("page", PAGES)
def test_empty_workspace_says_what_to_do(page: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page(page, tmp_path)
    assert failures(app) == []
    assert [button.label for button in app.button] == ["Build the demo"]
    assert "ingest" in " ".join(code.value for code in app.code)


@pytest.mark.parametrize(
    ("edge", "selected", "left_out"),
    [("plain", "15", "0"), ("one row", "1", "0"), ("no scores", "0", "20"),
     ("all scores equal", "0", "20"), ("one model", "0", "60"),
     ("hostile text", "3", "0")],
)  # fmt: skip
def test_numbers_say_how_many(edge: str, selected: str, left_out: str, open_page: Open, tmp_path: Path) -> None:
    cards = numbers(open_page("tune", publish(tmp_path, EDGES[edge]).path))
    assert (cards["Selected"], cards["Left out"]) == (selected, left_out)


@pytest.mark.parametrize(
    ("edge", "size", "change"), [("one row", "1 row × 6 models", "no change"), ("one model", "60 rows × 1 model", "–")]
)
def test_one_is_said_as_one(edge: str, size: str, change: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page("tune", publish(tmp_path, EDGES[edge]).path)
    assert any(f"{size}]" in element.value for element in app.markdown)
    said = {metric.label: (metric.delta, metric.proto.direction) for metric in app.metric}
    off = said["Selected"][1]  # a note has no arrow
    assert said["Separability"] == (change, off)


def test_instructions_alone_say_what_brings_responses(open_page: Open, tmp_path: Path) -> None:
    app = open_page("overview", publish(tmp_path, Data(["Instruction"], [], {})).path)
    assert failures(app) == []
    assert sum("ingest" in code.value for code in app.code) == 3  # models, scores, reward models
    assert numbers(app)["Models"] == "0"


@pytest.mark.parametrize("page", PAGES)
def test_hostile_text_is_never_markup(page: str, open_page: Open, tmp_path: Path) -> None:
    workspace = publish(tmp_path, EDGES["hostile text"])
    app = open_page(page, workspace.path, {"row": f"{HOSTILE}-00".strip()})
    marked = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.header, *app.subheader)]
    labels = [metric.label for metric in app.metric] + [expander.label for expander in app.expander]
    for text in [*marked, *labels]:
        assert not MARKUP.search(text)


@pytest.mark.parametrize("page", ["tune", "overview", "browse", "export", "compare"])
def test_marks_of_direction_turn_nothing_beside_them(page: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page(page, publish(tmp_path, EDGES["hostile text"]).path, {"row": f"{HOSTILE}-00".strip()})
    marked = [element.value for element in (*app.markdown, *app.caption, *app.text, *app.title, *app.subheader)]
    labels = [element.label for element in (*app.metric, *app.button, *app.slider, *app.toggle, *app.selectbox)]
    options = [option for element in (*app.selectbox, *app.multiselect) for option in element.options]
    for text in [*marked, *labels, *options]:
        assert not turned(text), text
    if page == "export":
        assert "\\u202e" in " ".join(code.value for code in app.code)


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "1e999", "0x1F", "²"])
def test_a_number_in_the_address_may_be_anything(number: str, open_page: Open, tmp_path: Path) -> None:
    workspace = publish(tmp_path, EDGES["plain"]).path
    keys = open_page("tune", workspace).session_state["_shown"]
    where = f'[{{"field":"n_words","min":{number}}}]'
    asked = dict.fromkeys([*keys, "row"], number) | {"where": where, "constraints": f'{{"budget":{{"max":{number}}}}}'}
    app = open_page("tune", workspace, asked)
    assert failures(app) == []
    assert numbers(app)["Selected"] != "0"


def test_damaged_build_is_named(open_page: Open, tmp_path: Path) -> None:
    workspace = publish(tmp_path, EDGES["plain"])
    workspace.build("0001").write_bytes(b"not a database")
    app = open_page("tune", workspace.path)
    assert failures(app) == ["Something needs your attention"]
    assert "Build 0001" in app.text[0].value


@pytest.mark.parametrize("page", ["tune", "map", "correlations", "compare", "trust", "browse", "export"])
def test_choices_that_make_no_selection_are_said_once(page: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page(page, publish(tmp_path, EDGES["plain"]).path, {"strategy": "IFD"})
    assert failures(app) == ["Something needs your attention"]
    assert [text.value for text in app.text if "python -m precompute run ifd" in text.value] == [app.text[0].value]
    assert app.selectbox(key="strategy").value == "ifd"  # and can be changed


def test_without_any_stability_its_weight_is_the_remedy(open_page: Open, tmp_path: Path) -> None:
    path = publish(tmp_path, EDGES["one model"]).path
    said = [caption.value for caption in open_page("tune", path).caption]
    assert any("Stability: no row has a value. Set the weight to 0" in one for one in said)
    assert numbers(open_page("tune", path, {"w_stability": "0"}))["Selected"] != "0"
