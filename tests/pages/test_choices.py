"""The choices that all pages share: filters from a link, undo, redo, reset, and a recipe that is loaded."""

from pathlib import Path
from typing import Annotated

import pytest
import streamlit as st
from pydantic import Field
from streamlit.testing.v1 import AppTest

from crowdselect.candidates import Candidates
from crowdselect.recipe import Recipe, SelectSpec
from crowdselect.selection import select
from crowdselect.store import load_pool, open_build
from crowdselect.strategies import STRATEGIES
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.single_metric import difficulty
from pages._ui.apply import apply_recipe
from tests.pages.builds import EDGES, plain, publish, signalled
from tests.pages.conftest import Open, failures, numbers

SHORT = '[{"field":"n_words","max":%d}]'
PAGES = ("tune", "map", "browse", "correlations", "compare", "trust", "export")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("plain"), plain(200, 9)).path


def chips(app: AppTest) -> list[str]:
    return [
        button.label for button in app.button if (button.key or "").startswith("drop_") and button.key != "drop_all"
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_links_choices_hold_on_every_page(page: str, open_page: Open, workspace: Path) -> None:
    where = '[{"field":"cluster","in":["kmeans-5:1","kmeans-5:2"]},{"field":"difficulty","min":-100}]'
    app = open_page(page, workspace, {"size": "23", "w_stability": "-0.5", "where": where})
    assert failures(app) == []
    assert len(chips(app)) == 2
    assert (app.number_input(key="size").value, app.slider(key="w_stability").value) == (23, -0.5)


def test_a_filtered_selection_is_the_librarys(open_page: Open, workspace: Path) -> None:
    where = [{"field": "cluster", "in": ["kmeans-5:1", "kmeans-5:2"]}, {"field": "stability", "min": 0}]
    link = {"size": "20", "where": str(where).replace("'", '"'), "clusters": "None"}
    app = open_page("tune", workspace, link)
    pool = load_pool(open_build(publish(workspace.parent / "again", plain(200, 9))))
    recipe = Recipe.parse({"pool": {"reward_model": "rm-large", "where": where}, "select": {"size": 20}})
    assert app.dataframe[0].value["uuid"].tolist() == select(pool, recipe).uuids.tolist()


def test_what_a_link_cannot_mean_is_said(open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace, {"where": "[{]", "size": "many"})
    assert failures(app) == []
    said = [caption.value for caption in app.caption if "not possible" in caption.value]
    assert len(said) == 1
    assert "where" in said[0]
    assert "size" in said[0]


@pytest.mark.parametrize("edge", [name for name in EDGES if name not in ("no reward model", "no instruction")])
@pytest.mark.parametrize("page", PAGES)
def test_a_filter_that_nothing_meets_leaves_a_page_that_says_so(
    page: str, edge: str, open_page: Open, tmp_path: Path
) -> None:
    app = open_page(page, publish(tmp_path, EDGES[edge]).path, {"where": SHORT % -1})
    assert failures(app) == []
    assert len(chips(app)) == 1


def test_a_filter_on_what_is_not_there_can_be_taken_away(open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace, {"where": '[{"field":"tag","in":["no such tag"]}]'})
    assert failures(app)
    assert "no such tag" in " ".join(text.value for text in app.text)
    app.button(key="drop_0").click().run()
    assert failures(app) == []


def test_undo_redo_and_reset(open_page: Open, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages._ui.undo.PAUSE", 0.0)
    app = open_page("tune", workspace)
    assert app.button(key="undo").disabled
    first = numbers(app)
    app.slider(key="w_stability").set_value(-1.0).run()
    second = numbers(app)
    app.selectbox(key="strategy").set_value("random").run()
    third = numbers(app)
    assert first != second != third
    app.button(key="undo").click().run()
    assert (app.selectbox(key="strategy").value, numbers(app)) == ("weighted", second)
    app.button(key="undo").click().run()
    assert (app.slider(key="w_stability").value, numbers(app)) == (1.5, first)
    assert app.button(key="undo").disabled
    app.button(key="redo").click().run()
    app.button(key="redo").click().run()
    assert numbers(app) == third
    assert app.button(key="redo").disabled
    app.button(key="reset").click().run()
    assert numbers(app) == first
    app.button(key="undo").click().run()
    assert numbers(app) == third


def test_quick_moves_are_one_step_back(open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace)
    for value in (1.4, 1.3, 1.2):
        app.slider(key="w_stability").set_value(value).run()
    app.button(key="undo").click().run()
    assert app.slider(key="w_stability").value == 1.5


def test_a_filter_is_undone_too(open_page: Open, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages._ui.undo.PAUSE", 0.0)
    app = open_page("tune", workspace, {"where": SHORT % 500})
    app.button(key="drop_0").click().run()
    assert chips(app) == []
    app.button(key="undo").click().run()
    assert len(chips(app)) == 1
    assert "500" in chips(app)[0]


def odd(candidates: Candidates, spec: SelectSpec, *, digits: Annotated[str, Field(pattern="^[0-9]+$")] = "1") -> Choice:
    """A strategy with a parameter that its widget, free text, cannot hold to its bounds."""
    return difficulty(candidates, spec)


@pytest.mark.parametrize("page", ["tune", "map"])
def test_a_choice_that_makes_no_recipe_can_be_taken_back(
    page: str, open_page: Open, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STRATEGIES, "odd", odd)
    app = open_page(page, workspace, {"strategy": "Odd"})
    app.text_input(key="odd.digits").set_value("two").run()
    assert failures(app)
    assert "digits" in " ".join(text.value for text in app.text)
    app.text_input(key="odd.digits").set_value("2").run()
    assert failures(app) == []
    assert not any("digits" in text.value for text in app.text)


def test_parameters_are_choices_of_what_there_is(open_page: Open, tmp_path: Path) -> None:
    """Weights show where the score is their sum; a number keeps to its bounds; embeddings are named."""
    workspace = publish(tmp_path, signalled()).path
    app = open_page("tune", workspace, {"strategy": "MMR"})
    assert failures(app) == []
    assert app.selectbox(key="mmr.score").value == "weighted"
    assert "ifd" in app.selectbox(key="mmr.score").options
    assert app.slider(key="w_stability").value == 1.5
    app.selectbox(key="mmr.score").set_value("direct_score").run()
    assert [slider.key for slider in app.slider] == []
    assert (app.number_input(key="mmr.trade_off").min, app.number_input(key="mmr.trade_off").max) == (0.0, 1.0)
    embeddings = app.selectbox(key="mmr.embeddings")
    assert embeddings.options[0] == "Automatic"
    embeddings.set_value(embeddings.options[1]).run()
    assert failures(app) == []
    app.selectbox(key="strategy").set_value("k_center").run()
    assert "k_center.score" not in [box.key for box in app.selectbox]
    app.number_input(key="k_center.score_weight").set_value(0.5).run()
    assert app.selectbox(key="k_center.score").value == "weighted"
    assert failures(app) == []


def test_a_recipe_with_what_is_not_here_says_so(tmp_path: Path) -> None:
    st.session_state.clear()
    pool = load_pool(open_build(publish(tmp_path, signalled())))
    embedder = pool.embeddings[0].rpartition("/")[0]
    for select_keys, note in (
        ({"strategy": "deita", "score": "elegance"}, ["For score it says 'elegance', which is not in this workspace."]),
        (
            {"strategy": "mmr", "embeddings": "word2vec"},
            ["For embeddings it says 'word2vec', which is not in this workspace."],
        ),
        ({"strategy": "mmr", "embeddings": embedder}, []),
    ):
        assert apply_recipe(Recipe.parse({"select": {"size": 10, **select_keys}}), pool) == note
    assert st.session_state["mmr.embeddings"] == pool.embeddings[0]
