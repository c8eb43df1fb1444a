"""The command `compare`: what it prints and writes, and what it says of what cannot be done."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from crowdselect.baselines import BASELINES
from crowdselect.cli import main
from crowdselect.compare.report import FILES
from tests.pages.builds import HOSTILE, plain, publish, signalled

pytestmark = pytest.mark.slow

RECIPE = "{pool: {reward_model: rm-large}, select: {size: 20}}"
OTHER = "{pool: {reward_model: rm-small}, select: {size: 20, strategy: stability}}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two recipes in the working directory, and the workspace of a pool that has every signal."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(RECIPE)
    Path("b.yaml").write_text(OTHER)
    return ["--workspace", str(publish(tmp_path / "workspace", signalled(120)).path)]


def rows_of(file: str) -> list[dict[str, str]]:
    with Path(file).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_a_table_on_the_terminal(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "a.yaml", "b.yaml", *place]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Selection")
    assert [line.split()[0] for line in lines[1:3]] == ["a", "b"]


@pytest.mark.parametrize("ending", ["csv", "tex", "json"])
def test_the_same_recipe_gives_the_same_bytes(ending: str, place: list[str]) -> None:
    for name in ("one", "two"):
        assert main(["compare", "a.yaml", "b.yaml", "--out", f"{name}.{ending}", *place]) == 0
    assert Path(f"one.{ending}").read_bytes() == Path(f"two.{ending}").read_bytes()
    if ending == "csv":
        assert [row["selection"] for row in rows_of("one.csv")] == ["a", "b"]
    if ending == "json":
        assert json.loads(Path("one.json").read_text())["recipes"]["b"]["select"]["strategy"] == "stability"


def test_a_report_of_all_baselines_with_robustness(place: list[str]) -> None:
    arguments = ["compare", "a.yaml", "b.yaml", "--baselines", "all", "--clusters", "kmeans-5", "--robustness"]
    assert main([*arguments, "--report", "report", *place]) == 0
    assert {each.name for each in Path("report").iterdir()} == {*FILES, "report.md"}
    table = rows_of("report/table.csv")
    assert [row["selection"] for row in table] == ["a", "b", *(each.title for each in BASELINES.values())]
    assert all(0 <= float(row["robustness_low"]) <= float(row["robustness"]) <= 1 for row in table)
    assert all(row["redundancy"] for row in table)
    moved = rows_of("report/moved.csv")
    for row in table[1:]:
        out = [each for each in moved if each["selection"] == row["selection"] and each["moved"] == "out"]
        assert len(out) == 20 - int(row["shared"])


def test_a_missing_signal_is_named_and_the_others_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(RECIPE)
    place = ["--workspace", str(publish(tmp_path / "bare", plain(120)).path)]
    assert main(["compare", "a.yaml", "--baselines", "all", "--report", "report", *place]) == 0
    said = capsys.readouterr().err
    assert "IFD is left out: There is no signal 'ifd' in this workspace: run `python -m precompute run ifd`" in said
    page = Path("report/report.md").read_text()
    assert "## Left out" in page
    assert set(json.loads(Path("report/report.json").read_text())["left_out"]) >= {"IFD", "InsTag", "Direct score"}
    assert "Random" in [row["selection"] for row in rows_of("report/table.csv")]


def test_hostile_names_stay_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = plain(60)
    named = replace(
        data, clusters={"c": data.clusters["kmeans-5"]}, models=[(f"={HOSTILE} {m}", None, None) for m in range(6)]
    )
    place = ["--workspace", str(publish(tmp_path / "hostile", named).path)]
    Path("a.yaml").write_text(
        json.dumps(
            {
                "name": HOSTILE.replace("\0", ""),
                "pool": {"reward_model": "rm-large"},
                "select": {"strategy": "random", "size": 9},
            }
        )
    )
    assert main(["compare", "a.yaml", "--baselines", "random,reward", "--report", "report", *place]) == 0
    for file in Path("report").glob("*.csv"):
        cells = [cell for row in csv.reader(file.open(newline="")) for cell in row]
        assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@"))]
    page = Path("report/report.md").read_text()
    assert "<script>" not in page
    assert "](javascript" not in page


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("compare", 2, "Missing argument"),
        ("compare a.yaml", 2, "there is one selection to compare; give another recipe, or --baselines all"),
        ("compare a.yaml b.yaml --out t.xlsx", 2, "--out takes a name that ends in .csv, .tex, .json; not 't.xlsx'"),
        ("compare a.yaml none.yaml", 1, "Cannot read the recipe none.yaml"),
        ("compare a.yaml --baselines best", 1, "Unknown baseline 'best'; choose all, or from random"),
        ("compare a.yaml b.yaml --clusters k9", 1, "Unknown clustering 'k9'; this workspace has kmeans-5"),
        ("compare a.yaml b.yaml --projection x", 1, "Unknown projection 'x'; this workspace has pca, tsne"),
        ("compare a.yaml large.yaml", 1, "large: Size 5,000 cannot be met: 120 of 120"),
    ],
)
def test_failures_are_one_line(
    arguments: str, code: int, said: str, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("large.yaml").write_text("{pool: {reward_model: rm-large}, select: {size: 5000}}")
    assert main([*arguments.split(), *place]) == code
    output = capsys.readouterr()
    assert said in output.err
    assert output.err.count("\n") == 1
