"""Browse: what is searched is what is listed, one row is open, and why it is in or out agrees with the selection."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import load_pool, open_build
from tests.pages.builds import EDGES, HOSTILE, plain, publish
from tests.pages.conftest import Open, failures, responses_shown

MARKUP = re.compile(r"(?<!\\)(<script|<img|!\[x|\[a\]|\$.sum|:red)")  # unescaped
READABLE = [name for name in EDGES if name not in ("no reward model", "no instruction")]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("plain"), plain(200, 9)).path


def listed(app: AppTest) -> list[str]:
    return app.dataframe[0].value["uuid"].tolist()


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def uuid(row: int) -> str:
    return f"{row:08d}-0000-4000-8000-000000000000"


@pytest.mark.parametrize("edge", READABLE)
def test_page_stands(edge: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page("browse", publish(tmp_path, EDGES[edge]).path)
    assert failures(app) == []
    assert len(listed(app)) == len(EDGES[edge].instructions)
    assert any(text in code.value for code in app.code for text in EDGES[edge].instructions)


@pytest.mark.parametrize("edge", ["no reward model", "no instruction"])
def test_nothing_to_browse_says_what_to_do(edge: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page("browse", publish(tmp_path, EDGES[edge]).path)
    assert failures(app) == []
    assert "ingest" in app.code[0].value


def test_empty_workspace_says_what_to_do(open_page: Open, tmp_path: Path) -> None:
    app = open_page("browse", tmp_path)
    assert failures(app) == []
    assert [button.label for button in app.button] == ["Build the demo"]


def test_hostile_text_is_never_markup(open_page: Open, tmp_path: Path) -> None:
    workspace = publish(tmp_path, EDGES["hostile text"])
    link = {"row": f"{HOSTILE}-03".strip(), "search": "alert", "in_clusters": "1"}
    app = open_page("browse", workspace.path, link)
    assert failures(app) == []
    marked = [element.value for element in (*app.markdown, *app.caption)]
    labels = [button.label for button in app.button] + [expander.label for expander in app.expander]
    helps = [str(widget.help) for widget in (*app.multiselect, *app.button)]
    for text in [*marked, *labels, *helps]:
        assert not MARKUP.search(text)


def test_words_are_all_held(open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"search": "PROBLEM 17 solve"})
    assert set(listed(app)) == {uuid(row) for row in (17, 117, *range(170, 180))}
    assert f"**{len(listed(app))}** of 200" in captions(app)


def test_the_list_goes_by_rank(open_page: Open, workspace: Path, tmp_path: Path) -> None:
    app = open_page("browse", workspace)
    app.number_input(key="size").set_value(30)
    app.selectbox(key="clusters").set_value("none").run()
    frame = app.dataframe[0].value
    assert frame["rank"].tolist() == list(range(1, 201))
    pool = load_pool(open_build(publish(tmp_path, plain(200, 9))))
    recipe = Recipe.parse({"pool": {"reward_model": "rm-large"}, "select": {"size": 30}})
    assert listed(app)[:30] == select(pool, recipe).uuids.tolist()
    assert (frame["in"] == "✓").sum() == 30


@pytest.mark.parametrize(("side", "rows", "mark"), [("Selected", 50, "✓"), ("Not selected", 150, "")])
def test_either_side_of_the_selection(side: str, rows: int, mark: str, open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"side": side})
    assert app.dataframe[0].value["in"].tolist() == [mark] * rows
    assert not any("not possible" in caption.value for caption in app.caption)


def test_filters_narrow_the_list_and_a_chip_takes_one_away(open_page: Open, workspace: Path) -> None:
    third = '[{"field":"cluster","in":["kmeans-5:3"]},{"field":"n_words","min":3}]'
    app = open_page("browse", workspace, {"search": "topic 3", "where": third})
    everyone = len(plain(200, 9).instructions)
    few = len(listed(app))
    assert 0 < few < everyone
    assert "Cluster is" in app.button(key="drop_0").label
    app.button(key="drop_0").click().run()
    assert failures(app) == []
    assert len(listed(app)) > few
    assert app.text_input(key="search").value == "topic 3"


def test_a_search_can_be_kept_as_a_filter(open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"search": "topic 3"})
    found = set(listed(app))
    app.button(key="keep_search").click().run()
    assert failures(app) == []
    assert app.text_input(key="search").value == ""
    assert "topic 3" in app.button(key="drop_0").label
    assert set(listed(app)) == found
    assert "contains" in str(app.query_params["where"])


def test_a_row_that_a_filter_leaves_out_says_which(open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"row": uuid(7), "where": '[{"field":"text","contains":"problem 17"}]'})
    assert failures(app) == []
    said = "".join(text.value for text in app.markdown)
    assert "does not meet the filter" in said
    assert "problem 17" in said


def test_nothing_found_says_so(open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"search": "zebra"})
    assert failures(app) == []
    assert "Nothing was found" in captions(app)


def test_too_many_words_is_a_sentence(open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"search": " ".join("abcdefghijklmnopqrstuvwxyz")})
    assert failures(app) == ["Something needs your attention"]
    assert "at most 20 words" in app.text[0].value


def test_meaning_without_embeddings_names_the_command(open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"search": "cooking", "search_by": "Meaning"})
    assert failures(app) == []
    assert "python -m precompute run embed" in [code.value for code in app.code]


def test_the_addressed_row_is_open_and_its_neighbours_follow(open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"clusters": "None"})
    order = listed(app)
    app.query_params["row"] = order[5]
    app.run()
    assert f"problem {int(order[5][:8])} " in app.code[1].value + app.code[0].value
    app.button(key="next").click().run()
    assert app.query_params["row"] in ([order[6]], order[6])
    app.button(key="previous").click().run()
    app.button(key="previous").click().run()
    assert app.query_params["row"] in ([order[4]], order[4])
    assert failures(app) == []


def test_responses_stand_by_score(open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"row": uuid(7)})
    app.selectbox(key="rm").set_value("rm-small").run()
    models = [model for _, model, *_ in responses_shown(app)]
    scores = plain(200, 9).scores["rm-small"][:, 7]
    names = [name for name, _, _ in plain(200, 9).models]
    assert models == [names[place] for place in (-scores).argsort()]


def test_a_long_response_is_cut_until_asked(open_page: Open, tmp_path: Path) -> None:
    workspace = publish(tmp_path, replace(plain(20, 3), response="x" * 30_000))
    app = open_page("browse", workspace.path, {"row": uuid(7)})
    assert [len(text) for *_, text in responses_shown(app)] == [20_000] * 3
    second = responses_shown(app)[1][1]
    [toggle] = [toggle for toggle in app.toggle if second in toggle.key]
    assert "30,004 characters of family" in toggle.label
    toggle.set_value(True).run()
    assert [len(text) for *_, text in responses_shown(app)] == [20_000, 30_004, 20_000]
    assert failures(app) == []


def test_a_turning_weight_turns_it(open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"side": "Not selected"})
    opened = listed(app)[0]
    app.query_params["row"] = opened
    app.query_params["side"] = "All"
    app.run()
    assert "Why it is out" in "".join(text.value for text in app.markdown)
    app.button(key="turning").click().run()
    turns = [button for button in app.button if (button.key or "").startswith("turn_")]
    assert turns
    assert not any("-" in button.label for button in turns)  # a true minus
    turns[0].click().run()
    assert failures(app) == []
    assert "Why it is in" in "".join(text.value for text in app.markdown)


def test_numbers_of_a_column_have_the_same_decimals_and_colours_are_not_faded(workspace: Path, open_page: Open) -> None:
    app = open_page("browse", workspace)
    columns = json.loads(app.dataframe[0].proto.columns)
    forms = [columns[name]["type_config"]["format"] for name in ("score", "m_difficulty", "m_stability")]
    assert all(re.fullmatch(r"%\.\df", form) for form in forms)
    assert any(":blue[●] :gray[counts in the score]" in element.value for element in app.markdown)
    assert ":blue[" not in captions(app)
