"""The demo pool: distinct, labelled, the same for a seed, and its metrics mean what they say."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import spearmanr

from crowdselect.errors import UserError
from precompute import demo_scores, demo_texts
from precompute.demo import write_demo

RECIPE = demo_texts.demo_recipe()
REWARD_MODELS = list(RECIPE["reward_models"])
MODELS = [name for family in RECIPE["families"].values() for name in family["models"]]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    return pq.read_table(write_demo(tmp_path_factory.mktemp("demo") / "zoo.parquet", 2000, 42))


def scores(demo: pa.Table, reward_model: str) -> np.ndarray:
    return np.array([demo[name].combine_chunks().field(reward_model).to_numpy() for name in MODELS])


def test_columns_are_those_of_the_zoo(demo: pa.Table) -> None:
    assert demo.column_names == ["uuid", "instruction", "source", *MODELS]
    assert len(MODELS) == 19
    assert [field.name for field in demo.schema.field(MODELS[0]).type] == ["content", *REWARD_MODELS]
    assert demo.num_rows == len(set(demo["uuid"].to_pylist())) == 2000


def test_everything_is_labelled_synthetic(demo: pa.Table) -> None:
    sources = set(demo["source"].to_pylist())
    assert sources == {f"synthetic/{domain}" for domain in RECIPE["domains"]}
    assert len(sources) == 12
    for name in MODELS:
        assert all(a["content"].startswith(f"[synthetic answer by {name}] ") for a in demo[name][:200].to_pylist())


def test_every_template_reads_as_a_sentence_with_all_slots_filled(demo: pa.Table) -> None:
    for text in demo["instruction"].to_pylist():
        assert not set("{}") & set(text)
        assert text[0].isupper()
        assert text[-1] in ".?"
        assert "  " not in text
        assert 6 <= len(text.split()) <= 45


def test_a_hundred_thousand_instructions_are_distinct() -> None:
    made = demo_texts.instructions(100_000, np.random.default_rng(0))
    assert len(set(made.texts)) == 100_000


def test_slots_are_all_used_and_values_are_distinct() -> None:
    for domain in RECIPE["domains"].values():
        used = {slot for template in domain["templates"] for slot in demo_texts.SLOT.findall(template)}
        assert used == set(domain["slots"])
        assert all(len(values) == len(set(values)) for values in domain["slots"].values())


def test_the_same_bytes_for_a_seed(tmp_path: Path) -> None:
    one, two, other = (write_demo(tmp_path / str(n), 50, seed).read_bytes() for n, seed in enumerate((1, 1, 2)))
    assert one == two != other
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize("rows", [1, 2, 19])
def test_few_rows(tmp_path: Path, rows: int) -> None:
    assert pq.read_metadata(write_demo(tmp_path / "zoo.parquet", rows, 0)).num_rows == rows


@pytest.mark.parametrize("rows", [0, -1, 100_001])
def test_impossible_sizes_are_user_errors(tmp_path: Path, rows: int) -> None:
    with pytest.raises(UserError, match="choose 1 to 100,000"):
        write_demo(tmp_path / "zoo.parquet", rows, 0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("reward_model", REWARD_MODELS)
def test_the_bigger_model_of_a_family_is_better_on_average(demo: pa.Table, reward_model: str) -> None:
    mean = dict(zip(MODELS, scores(demo, reward_model).mean(axis=1), strict=True))
    for family in RECIPE["families"].values():
        by_size = [mean[name] for name in sorted(family["models"], key=family["models"].get)]
        assert by_size == sorted(by_size)


def test_reward_models_differ_in_scale_and_agree_in_part(demo: pa.Table) -> None:
    first, second, third = (scores(demo, name) for name in REWARD_MODELS)
    assert first.min() < -20
    assert first.max() > 20
    assert 0 < third.min() < third.max() < 0.25
    for one, other in ((first, second), (first, third), (second, third)):
        assert 0.6 < spearmanr(-one.mean(axis=0), -other.mean(axis=0)).statistic < 0.999
        assert 0.3 < spearmanr(one.var(axis=0), other.var(axis=0)).statistic < 0.999


def test_metrics_vary_and_are_not_one_metric(demo: pa.Table) -> None:
    first = scores(demo, REWARD_MODELS[0])
    difficulty, separability = -first.mean(axis=0), first.var(axis=0)
    assert len(np.unique(separability.round(6))) > 1900
    assert np.quantile(separability, 0.9) > 3 * np.quantile(separability, 0.1)
    assert abs(spearmanr(difficulty, separability).statistic) < 0.4
    sizes = RECIPE["families"]["Qwen2.5"]["models"]
    ladder = np.array([first[MODELS.index(name)] for name in sizes])
    stability = np.array([spearmanr(list(sizes.values()), column).statistic for column in ladder.T])
    assert (stability > 0.8).mean() > 0.3, "on many items the bigger model answers better"
    assert (stability < 0).mean() > 0.05, "on some it does not"


def test_metrics_mirror_what_is_true_of_the_items() -> None:
    rng = np.random.default_rng(9)
    domains = rng.integers(0, len(RECIPE["domains"]), 1500)
    models = demo_scores.crowd(RECIPE, rng)
    items = demo_scores.items(domains, RECIPE, rng)
    quality, ability = demo_scores.quality(items, domains, models, rng)
    for name in REWARD_MODELS:
        made = demo_scores.scores(quality, models, name, RECIPE, rng)
        assert spearmanr(-made.mean(axis=0), items.difficulty).statistic > 0.8
        assert spearmanr(made.var(axis=0), items.discrimination).statistic > 0.3
        slope = (made * (models.size - models.size.mean())[:, None]).sum(axis=0)
        assert spearmanr(slope, items.growth).statistic > 0.5
    lengths = demo_scores.sentences(ability, rng)
    assert spearmanr(ability.ravel(), lengths.ravel()).statistic > 0.3
