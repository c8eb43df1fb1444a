"""Numbers of thousands of digits, in every place that takes one: a line that says so, or a row that is not there."""

from pathlib import Path

import pytest

from crowdselect.bounds import refuse_huge, whole_number
from crowdselect.cli import main
from precompute.cli import main as precompute
from tests.pages.builds import plain, publish

DIGITS, HEX = "9" * 5000, "0x" + "f" * 5000
BODY = "pool: {reward_model: rm-large}\nselect: {strategy: difficulty, size: 2}\n"
RECIPES = [
    template.replace("N", number)
    for number in (DIGITS, HEX)
    for template in (
        "pool: {reward_model: rm-large}\nselect: {size: N}\n",
        "pool: {reward_model: rm-large}\nselect: {strategy: random, size: 2, seed: N}\n",
        "pool: {reward_model: rm-large}\nselect: {size: 2, weights: {difficulty: N}}\n",
        "pool: {reward_model: rm-large, where: [{field: n_words, min: N}]}\n",
        "pool: {reward_model: rm-large, where: [{field: cluster, in: ['kmeans-5:N']}]}\nselect: {size: 2}\n",
        "pool: {reward_model: rm-large, where: [{field: cluster, in: ['kmeans-5:²']}]}\nselect: {size: N}\n",
        BODY + "constraints: {budget: {max: N, unit: words, of: pair}}\n",
        BODY + "response: {choose: top_k_random, k: N}\n",
        BODY + "pairs: {rejected: kth, k: N}\n",
        "select: {strategy: matched_random, size: 2, like: 'deita threshold=N'}\n",
    )
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("bounds"), plain(20, 3)).path


@pytest.mark.parametrize("recipe", RECIPES, ids=range(len(RECIPES)))
def test_a_recipe_says_which_number_is_too_large(
    recipe: str, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe)
    assert main(["select", str(file), "--out", str(tmp_path / "o.jsonl"), "--workspace", str(workspace)]) == 1
    said = capsys.readouterr().err
    assert "Unexpected" not in said
    assert len(said) < 600


@pytest.mark.parametrize("option", ["--sizes", "--seeds"])
@pytest.mark.parametrize("number", [DIGITS, "²", "-1", "1e3"])
def test_a_series_takes_plain_numbers(
    option: str, number: str, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text(BODY)
    arguments = ["select", str(file), f"{option}={number}", "--out", str(tmp_path / "o.jsonl")]
    assert main([*arguments, "--workspace", str(workspace)]) == 2
    assert "takes whole numbers" in capsys.readouterr().err


@pytest.mark.parametrize("number", [DIGITS, HEX])
def test_a_parameter_of_a_job_is_a_usage_error(number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert precompute(["run", "cluster", "--set", f"cluster.k={number}", "--workspace", str(tmp_path / "w")]) == 2
    assert "Unexpected" not in capsys.readouterr().err


def test_plain_numbers_are_read() -> None:
    assert [whole_number(text) for text in ("7", "-7", "007")] == [7, -7, 7]
    assert [whole_number(text) for text in ("", "7.0", "٧", "²", "1_000", " 7", "+7", DIGITS)] == [None] * 8
    shared: list = [1]
    refuse_huge({"a": [2**63 - 1, -(2**63) + 1, shared, shared, True, 1e300], 5: "x"})
    with pytest.raises(ValueError, match="64 bits"):
        refuse_huge([{"a": {2**63: 1}}])
