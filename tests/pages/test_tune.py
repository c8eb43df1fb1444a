"""Tune: what the widgets say is what is selected, shown and linked to."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import load_pool, open_build
from crowdselect.strategies import STRATEGIES
from tests.pages.builds import plain, publish, signalled
from tests.pages.conftest import Open, failures, numbers, responses_shown


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("plain"), plain(200, 9)).path


@pytest.fixture(scope="module")
def with_signals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("signalled"), signalled()).path


def test_a_weight_moves_the_numbers(open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace)
    before = numbers(app)
    app.slider(key="w_stability").set_value(-2.0).run()
    assert failures(app) == []
    after = numbers(app)
    assert float(after["Stability"].replace("−", "-")) < float(before["Stability"].replace("−", "-"))
    assert after["Selected"] == before["Selected"] == "50"


def said_below(app: AppTest) -> dict[str, str]:
    """The number cards: label -> the words below the value."""
    return {metric.label: metric.delta for metric in app.metric}


def test_fewer_rows_than_asked_for_are_said(open_page: Open, workspace: Path) -> None:
    where = '[{"field":"cluster","in":["kmeans-5:1"]}]'
    app = open_page("tune", workspace, {"size": "100", "where": where})
    assert int(numbers(app)["Selected"]) < 100
    assert said_below(app)["Selected"] == "100 asked for"
    app.button(key="drop_0").click().run()
    assert (numbers(app)["Selected"], said_below(app)["Selected"]) == ("100", "of 200 rows")


def test_weights_that_are_all_0_are_said(open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace, {"w_difficulty": "0", "w_separability": "0", "w_stability": "0"})
    assert said_below(app)["Cut-off"] == "all weights are 0"
    app.slider(key="w_stability").set_value(1.0).run()
    assert said_below(app)["Cut-off"] == "score of the last row"


def test_the_table_is_the_selection(open_page: Open, workspace: Path, tmp_path: Path) -> None:
    app = open_page("tune", workspace, {"strategy": "Difficulty", "size": "20", "clusters": "None"})
    pool = load_pool(open_build(publish(tmp_path, plain(200, 9))))
    recipe = Recipe.parse({"pool": {"reward_model": "rm-large"}, "select": {"strategy": "difficulty", "size": 20}})
    assert app.dataframe[0].value["uuid"].tolist() == select(pool, recipe).uuids.tolist()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_can_be_chosen(strategy: str, open_page: Open, with_signals: Path) -> None:
    app = open_page("tune", with_signals)
    app.selectbox(key="strategy").set_value(strategy).run()
    assert failures(app) == []
    assert numbers(app)["Selected"] == "50"


def test_a_link_opens_the_same_view(open_page: Open, workspace: Path) -> None:
    link = {"w_stability": "-1.25", "size": "30", "rm": "rm-small", "clusters": "None", "missing": "Available"}
    app = open_page("tune", workspace, link)
    assert app.slider(key="w_stability").value == -1.25
    assert app.number_input(key="size").value == 30
    assert app.selectbox(key="rm").value == "rm-small"
    assert numbers(app)["Selected"] == "30"


@pytest.mark.parametrize(
    "query",
    [{"w_stability": "9"}, {"w_stability": "much"}, {"size": "0"}, {"size": "1e9"}, {"rm": "nobody"}, {"strategy": "x"},
     {"seed": "-1"}, {"clusters": "../../etc"}, {"quota": "fair"}, {"metrics": "nothing"}, {"view": "mars"}],
)  # fmt: skip
def test_a_value_that_cannot_be_is_left_out_and_said(query: dict[str, str], open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace, query)
    assert failures(app) == []
    assert numbers(app)["Selected"] == "50"
    key = next(iter(query))
    assert any(key.replace("_", "\\_") in caption.value for caption in app.caption)


def test_a_clean_link_needs_no_note(open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace, {"w_stability": "2", "strategy": "Weighted"})
    assert not any("not possible" in caption.value for caption in app.caption)


def test_reset_brings_every_default_back(open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace)
    start = numbers(app)
    app.slider(key="w_difficulty").set_value(-2.0)
    app.number_input(key="size").set_value(10)
    app.run()
    assert numbers(app) != start
    app.button(key="reset").click().run()
    assert numbers(app) == start


def test_more_than_there_is_gives_all_there_is(open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace, {"size": "200"})
    assert numbers(app)["Selected"] == "200"
    assert failures(app) == []


def test_a_row_of_the_address_is_opened(open_page: Open, workspace: Path) -> None:
    uuid = "00000007-0000-4000-8000-000000000000"
    app = open_page("tune", workspace, {"row": uuid})
    assert "How do I solve problem 7 " in " ".join(code.value for code in app.code)
    assert len([text for *_, text in responses_shown(app) if text.startswith("Response number 7/")]) == 9


def test_a_new_build_shows_at_the_next_rerun(open_page: Open, tmp_path: Path) -> None:
    publish(tmp_path, plain(40))
    app = open_page("tune", tmp_path)
    assert "of 40 rows" in [metric.delta for metric in app.metric]
    publish(tmp_path, plain(80), "0002")
    app.run()
    assert "of 80 rows" in [metric.delta for metric in app.metric]


def test_concordance_is_named_with_its_parameters(open_page: Open, workspace: Path) -> None:
    link = {"metrics": ["Concordance"], "w_concordance": "1", "min_gap": "0.05", "shrink": "3", "missing": "Available",
            "min_scores": "4"}  # fmt: skip
    app = open_page("tune", workspace, link)
    assert failures(app) == []
    label = app.slider(key="w_concordance").label.replace("\\", "")
    assert label == "Concordance (gaps from 0.05, +3)"
    assert "gaps from 0.05, +3" in app.slider(key="w_concordance").help
    assert label in {name.replace("\\", "") for name in numbers(app)}
    assert app.number_input(key="min_scores").value == 4
    app = app.switch_page("correlations.py").run()
    assert failures(app) == []
    pairs = app.dataframe[0].value
    assert label in {*pairs["First"], *pairs["Second"]}
