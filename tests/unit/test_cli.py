"""The command line: exit codes, and one line for every failure."""

from pathlib import Path

import pytest

from crowdselect.cli import main
from tests.pages.builds import plain, publish


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return publish(tmp_path / "workspace", plain()).path


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("select", 2, "Missing argument"),
        ("select recipe.yaml", 2, "Missing option '--out'"),
        ("choose", 2, "No such command 'choose'"),
        ("metrics --out m.parquet --ties random", 2, "'random' is not one of"),
        ("select recipe.yaml --out o.jsonl --format csv", 2, "unknown format 'csv'; choose one of records"),
        ("select none.yaml --out o.jsonl", 1, "Cannot read the recipe none.yaml"),
        ("select wrong.yaml --out o.jsonl", 1, "wrong.yaml: Recipe: unknown key 'sizes'"),
        ("select large.yaml --out o.jsonl", 1, "Size 1,000 cannot be met: 60 of 60"),
        ("select recipe.yaml --out /proc/none/o.jsonl", 1, "Cannot write /proc/none/o.jsonl"),
        (
            "metrics --out m.parquet",
            1,
            "Name a reward model (pool.reward_model); this workspace has rm-large, rm-small",
        ),
        ("replay none.manifest.json", 1, "Cannot read the manifest none.manifest.json"),
        ("replay recipe.yaml", 1, "recipe.yaml is not a manifest"),
    ],
)
def test_failures_are_one_line(
    arguments: str,
    code: int,
    said: str,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(workspace)
    Path("recipe.yaml").write_text("{pool: {reward_model: rm-large}, select: {size: 5}}")
    Path("large.yaml").write_text("{pool: {reward_model: rm-large}}")
    Path("wrong.yaml").write_text("sizes: 3")
    words = arguments.split()
    place = [] if words[0] == "choose" else ["--workspace", str(workspace)]
    assert main([*words, *place]) == code
    output = capsys.readouterr()
    assert said in output.err
    assert output.err.count("\n") == 1
    assert not Path("o.jsonl").exists()


def test_an_empty_workspace_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "--out", str(tmp_path / "m.parquet"), "--workspace", str(tmp_path)]) == 1
    assert "run `python -m precompute demo`" in capsys.readouterr().err


def test_a_selection_is_written_and_replayed(workspace: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("{pool: {reward_model: ensemble}, select: {size: 5, clusters: {name: kmeans-5}}}")
    out, place = tmp_path / "out.jsonl", ["--workspace", str(workspace)]
    assert main(["select", str(recipe), "--out", str(out), *place]) == 0
    assert len(out.read_bytes().splitlines()) == 5
    assert main(["replay", str(tmp_path / "out.manifest.json"), *place]) == 0
    out.unlink()
    assert main(["replay", str(tmp_path / "out.manifest.json"), *place]) == 0
