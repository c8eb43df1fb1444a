"""Recipes: read, refused, written and read again."""

from pathlib import Path

import pytest

from crowdselect.errors import UserError
from crowdselect.recipe import Recipe

WHOLE = """
name: crowdselect-1k
pool:
  reward_model: Skywork-Reward-Llama-3.1-8B
  missing: complete
  ties: average
  where: [{field: n_words, min: 5, max: 800}, {field: tag, in: [coding]}]
select:
  strategy: weighted
  size: 1000
  weights: {difficulty: 1, separability: 1, stability: 1.5}
  normalize: quantile
  clusters: {name: kmeans-30, quota: equal}
  seed: 42
response: {choose: best}
export: {format: messages}
"""


def test_the_documented_recipe_round_trips() -> None:
    recipe = Recipe.from_yaml(WHOLE)
    assert recipe.select.weights["stability"] == 1.5
    assert recipe.pool.where[1].any_of == ("coding",)
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe


def test_an_empty_recipe_has_every_default() -> None:
    recipe = Recipe.from_yaml("")
    assert (recipe.select.strategy, recipe.select.size, recipe.export.format) == ("weighted", 1000, "records")


def test_a_strategy_has_its_own_parameters() -> None:
    recipe = Recipe.from_yaml("select: {strategy: reward, by: min, direction: bottom}")
    assert recipe.select.parameters == {"by": "min", "direction": "bottom"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select: {siez: 3}", "unknown key 'siez'; strategy 'weighted' has these of its own: none"),
        ("pool: {rewardmodel: x}", "unknown key 'pool.rewardmodel'"),
        ("select: {strategy: best}", "unknown strategy 'best'; choose one of weighted, difficulty"),
        ("select: {strategy: reward, by: median}", "by: Input should be 'max', 'mean' or 'min', not 'median'"),
        ("select: {strategy: random, direction: top}", "unknown key 'direction'"),
        ("select: {size: 0}", "select.size: .*greater than or equal to 1 .not 0"),
        ("select: {size: many}", "select.size: .*'many'"),
        ("select: {normalize: log}", "unknown normalize 'log'; choose one of quantile"),
        ("select: {clusters: {name: k, quota: even}}", "unknown quota 'even'; choose one of equal"),
        ("select: {weights: {difficulty: .inf}}", "select.weights.difficulty: .*finite"),
        ("pool: {ties: random}", "pool.ties: .*'average' or 'original'"),
        ("pool: {where: [{field: n_words}]}", "give min, max, in, not_in, contains, inside or outside"),
        ("pool: {where: [{field: source, contains: x}]}", "contains goes with field: text"),
        ("response: {choose: model}", "name .* goes with choose: model"),
        ("response: {choose: best, k: 3}", "k goes with choose: top_k_random"),
        ("export: {format: csv}", "unknown format 'csv'; choose one of records"),
        ("- a list", "A recipe is a mapping .* not list"),
        ("select: [", "The recipe is not YAML"),
        ("name: !!python/object/apply:os.system [true]", "The recipe is not YAML"),
        ("x: " + "y" * 1_000_001, "at most 1,000,000"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as failure:
        Recipe.from_yaml(text)
    assert "\n" not in str(failure.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Cannot read the recipe"):
        Recipe.read(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"name: \xe9")
    with pytest.raises(UserError, match="not UTF-8"):
        Recipe.read(tmp_path / "latin.yaml")
