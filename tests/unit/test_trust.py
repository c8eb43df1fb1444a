"""Robustness, leave-one-out and the core: what they mean, and that they are the same every time."""

import csv
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from crowdselect.candidates import Candidates
from crowdselect.cli import main
from crowdselect.core_spec import CoreSpec
from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, select
from crowdselect.trust import core_of, leave_one_out, redraw, robustness
from crowdselect.trust.again import crowd_rows, select_again
from crowdselect.trust.draws import draws
from crowdselect.trust.halves import halves
from crowdselect.trust.robustness import FEWEST
from crowdselect.trust.sentences import ONE_JUDGE, in_words
from tests.pages.builds import plain, publish
from tests.unit.pools import make_pool


def crowd(rows: int = 200, judges: int = 2) -> Pool:
    rng = np.random.default_rng(5)
    scores = rng.normal(size=(5, rows)) + rng.normal(size=rows)
    pool = make_pool(scores, clusters=rng.integers(0, 4, rows))
    others = {f"rm{nth}": scores + rng.normal(size=scores.shape) for nth in range(1, judges)}
    return replace(pool, scores={**pool.scores, **others})


def selection(pool: Pool | None = None, judge: str = "rm", **keys: object) -> Selection:
    return select(pool or crowd(), Recipe.parse({"pool": {"reward_model": judge}, "select": {"size": 40, **keys}}))


def alike(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one | other)


@pytest.mark.parametrize("over", [("models",), ("families", "weights"), ("models", "reward-models")])
def test_the_numbers_are_those_of_the_selections_made_again(over: tuple[str, ...]) -> None:
    chosen = selection()
    found = robustness(chosen, resamples=30, seed=3, over=over)
    pool, recipe = chosen.candidates.pool, chosen.recipe
    drawn = draws(pool, recipe, crowd_rows(pool, recipe, "reward-models" in over), over, 30, 3, 0.1)
    again = [set(select_again(pool, recipe, draw).rows.tolist()) for draw in drawn]
    mine = set(chosen.rows.tolist())
    assert found.pairs.tolist() == pytest.approx([alike(one, other) for one, other in pairwise(again)])
    split = halves(pool, recipe, crowd_rows(pool, recipe, "reward-models" in over), over, FEWEST, 3, 0.1)
    parts = [[set(select_again(pool, recipe, half).rows.tolist()) for half in pair] for pair in split]
    assert found.halves.tolist() == pytest.approx([alike(*pair) for pair in parts if all(pair)])
    assert found.halves_empty == FEWEST - len(found.halves)
    assert (found.low, found.high) == pytest.approx(sorted((found.halves.mean(), found.pairs.mean())))
    inclusion = [sum(row in each for each in again) / 30 for row in range(len(pool))]
    assert found.inclusion.tolist() == pytest.approx(inclusion)
    assert found.core.tolist() == sorted(row for row in mine if inclusion[row] >= 0.9)
    assert found.depends


def test_threads_decide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    two = robustness(selection(), resamples=20, over=("models", "weights"))
    monkeypatch.setattr(redraw, "THREADS", 1)
    one = robustness(selection(), resamples=20, over=("models", "weights"))
    assert np.array_equal(one.pairs, two.pairs)
    assert np.array_equal(one.halves, two.halves)
    assert np.array_equal(one.inclusion, two.inclusion)
    assert not np.array_equal(one.pairs, robustness(selection(), resamples=20, seed=1).pairs)


@pytest.mark.parametrize("keys", [{"strategy": "random"}, {"strategy": "length", "of": "instruction"}])
def test_a_strategy_without_a_crowd_says_so(keys: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = selection(**keys)
    monkeypatch.setattr(Candidates, "best", no_more_than(2, Candidates.best))
    found = robustness(chosen, resamples=50)
    assert not found.depends
    assert (found.low, found.high, len(found.core)) == (1.0, 1.0, 40)


def no_more_than(times: int, function):  # type: ignore[no-untyped-def]
    """It is not asked 50 times what one answer tells."""
    left = [times]

    def counted(*arguments: object, **keys: object) -> object:
        left[0] -= 1
        assert left[0] >= 0
        return function(*arguments, **keys)

    return counted


def test_the_length_of_the_best_response_depends_on_who_is_best() -> None:
    pool = crowd()
    words = np.random.default_rng(0).integers(1, 99, pool.response_words.shape).astype(np.int32)
    found = robustness(selection(replace(pool, response_words=words), strategy="length"), resamples=10)
    assert found.depends
    assert found.high < 1


def test_weights_alone_move_only_the_weighted_strategy() -> None:
    assert robustness(selection(), resamples=10, over=("weights",)).high < 1
    still = robustness(selection(strategy="reward"), resamples=10, over=("weights",))
    assert (still.low, still.high, still.depends) == (1.0, 1.0, False)
    none = robustness(selection(), resamples=10, over=("weights",), jitter=0.0)
    assert (none.low, none.high) == (1, 1)


@pytest.mark.parametrize("judge", ["rm", "ensemble"])
def test_leave_one_out_is_a_pool_without_it(judge: str) -> None:
    pool = crowd(judges=3)
    chosen = selection(pool, judge)
    movers = leave_one_out(chosen, ("models", "families", "reward-models", "weights"))
    assert [mover.distance for mover in movers] == sorted((mover.distance for mover in movers), reverse=True)
    found = {(mover.source, mover.name): mover for mover in movers}
    assert len(found) == 5 + 2 + (3 if judge == "ensemble" else 2) + 3
    for place, model in enumerate(pool.models):
        rest = np.arange(5) != place
        without = replace(
            pool,
            models=tuple(np.array(pool.models, dtype=object)[rest]),
            scores={name: scores[rest] for name, scores in pool.scores.items()},
            response_words=pool.response_words[rest],
        )
        rows = select(without, chosen.recipe).rows
        mover = found["models", model.name]
        assert mover.gone.tolist() == sorted(set(chosen.rows) - set(rows))
        assert mover.came.tolist() == sorted(set(rows) - set(chosen.rows))
        assert mover.distance == pytest.approx(2 * len(mover.gone) / (40 + len(mover.gone)))
    name = "rm1"
    other = {one: scores for one, scores in pool.scores.items() if one != name}
    judged = replace(pool, scores=other if judge == "ensemble" else {"rm": pool.scores[name]})
    mover = found["reward-models", name]
    assert mover.gone.tolist() == sorted(set(chosen.rows) - set(select(judged, chosen.recipe).rows))


def test_one_of_a_kind_cannot_be_left_out() -> None:
    lone = make_pool(np.random.default_rng(0).normal(size=(1, 50)))
    assert leave_one_out(selection(lone, strategy="reward")) == []
    assert robustness(selection(lone, strategy="reward"), resamples=5).high == 1


def test_one_reward_model_cannot_be_drawn_anew_and_that_is_said() -> None:
    chosen = selection(crowd(judges=1))
    found = robustness(chosen, resamples=5, over=("reward-models",))
    assert (found.low, found.high) == (1, 1)
    assert ONE_JUDGE in in_words(chosen, found, 0.9)
    two = selection(crowd(judges=2))
    assert ONE_JUDGE not in in_words(two, robustness(two, resamples=5, over=("reward-models",)), 0.9)


def test_what_does_not_exist_cannot_be_drawn() -> None:
    with pytest.raises(UserError, match="Unknown source 'rows' to draw anew; choose from models, families"):
        robustness(selection(), over=("rows",))


def test_the_core_is_what_its_recipe_selects() -> None:
    chosen = selection()
    spec = CoreSpec(resamples=40, over=("models", "weights"), share=0.5)
    core = core_of(chosen, spec)
    assert 0 < len(core) < len(chosen)
    again = select(chosen.candidates.pool, Recipe.parse(core.recipe.document()))
    assert again.rows.tolist() == core.rows.tolist()
    assert [row for row in chosen.rows if row in set(core.rows)] == core.rows.tolist()
    assert "core" not in chosen.recipe.document()


def test_the_command_line_writes_all_of_it_and_the_core_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = str(publish(tmp_path / "workspace", plain()).path)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("{pool: {reward_model: rm-large}, select: {size: 15}}")
    paths = {name: str(tmp_path / name) for name in ("t.csv", "core.jsonl", "m.csv", "a.csv", "am.csv")}
    arguments = ["trust", str(recipe), "--resamples", "20", "--share", "0.5", "--workspace", workspace]
    files = ["--out", paths["t.csv"], "--core", paths["core.jsonl"], "--movers", paths["m.csv"]]
    assert main([*arguments, *files]) == 0
    said = capsys.readouterr().out
    assert "15 rows, 20 resamples of the models." in said
    rows = table(paths["t.csv"])
    assert len(rows) == 60
    assert sum(row["selected"] == "1" for row in rows) == 15
    core = sum(row["core"] == "1" for row in rows)
    assert core == len(Path(paths["core.jsonl"]).read_text().splitlines()) > 0
    assert main(["replay", str(tmp_path / "core.manifest.json"), "--workspace", workspace]) == 0
    assert "byte-identical" in capsys.readouterr().out
    assert {row["left_out"] for row in table(paths["m.csv"])} >= {"models", "weights"}
    assert main(["trust", str(recipe), "--over", "rows", "--workspace", workspace]) == 2
    both = ["--out", paths["a.csv"], "--models", paths["am.csv"], "--workspace", workspace]
    assert main(["agreement", *both]) == 0
    assert "rm-large and rm-small" in capsys.readouterr().out
    assert len(table(paths["a.csv"])) == 60


def table(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(Path(path).read_text().splitlines()))
