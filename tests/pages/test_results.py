"""Results: every published run once, under one name, whatever is in the workspace."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from crowdselect.errors import UserError
from crowdselect.figures.results import hover, run_dots
from crowdselect.published import runs
from crowdselect.results import GROUPS, INPUTS_FILE, METHODS, every_run, sizes
from tests.pages.builds import EDGES, publish
from tests.pages.conftest import Open, failures, numbers


@pytest.mark.parametrize("edge", [*EDGES, None])
def test_stands_over_every_pool_and_none(edge: str | None, open_page: Open, tmp_path: Path) -> None:
    workspace = publish(tmp_path, EDGES[edge]).path if edge else tmp_path
    app = open_page("results", workspace)
    assert failures(app) == []
    assert numbers(app)["Qwen2.5-3B-Instruct"] == "85.2 %"


def test_every_run_stands_once() -> None:
    found = every_run()
    keys = Counter((run.base_model, run.tuning, run.method) for run in found)
    assert len(found) == 128
    assert set(keys.values()) == {1}
    assert {METHODS[run.method].group for run in found} == set(GROUPS)


def test_the_two_sheets_agree_where_both_have_a_run() -> None:
    """So the names are joined rightly: the difficulty of the second sheet has its older sign."""
    ours = {(run.base_model, run.method): run for run in runs()}
    with INPUTS_FILE.open(newline="") as lines:
        full = [row for row in csv.DictReader(lines) if row["tuning"] == "full"]
    for theirs, method in (("difficulty_1k_bottom", "diff_top"), ("length_1k_top", "Len."), ("tags_1k", "Instag")):
        rows = [row for row in full if row["method"] == theirs]
        assert len(rows) == 4
        for row in rows:
            run = ours[row["base_model"], method]
            assert (float(row["mt_bench"]), float(row["arena_hard"])) == (
                pytest.approx(run.mt_bench, abs=0.01),
                pytest.approx(run.arena_hard, abs=0.05),
            )


@pytest.mark.parametrize(
    ("query", "rows", "kind"),
    [({}, 56, "Full"), ({"tuning": "LoRA", "group": "Opposite end"}, 20, "LoRA"),
     ({"base": "Qwen2.5-3B", "group": "CrowdSelect"}, 1, "Full")],
)  # fmt: skip
def test_filters_are_in_the_link(query: dict[str, str], rows: int, kind: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page("results", tmp_path, query)
    table = app.dataframe[-1].value
    assert len(table) == rows
    assert set(table["Tuning"]) == {kind}


def test_no_choice_means_all_and_no_run_says_so(open_page: Open, tmp_path: Path) -> None:
    app = open_page("results", tmp_path, {"tuning": "LoRA", "group": "CrowdSelect"})
    assert failures(app) == []
    assert any("No published run" in caption.value for caption in app.caption)
    for key in ("tuning", "group"):
        app.segmented_control(key=key).set_value([])
    app.run()
    assert len(app.dataframe[-1].value) == 128


def test_intervals_are_drawn_and_said() -> None:
    best = next(run for run in runs() if run.base_model == "Llama-3.2-3B-Instruct" and run.method == "Multi.")
    assert hover(best, "arena_hard").endswith("Arena-Hard 85.5 %, 95 % interval 84.7 to 86.6")
    chart = run_dots([best])
    bars = [trace.error_x for trace in chart.data if trace.error_x.array is not None]
    assert [(bar.arrayminus, bar.array) for bar in bars] == [((0.8,), (1.1,))]


def test_sizes_ascend_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    found = [size.thousand_pairs for size in sizes()]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (0.1, 10)
    broken = tmp_path / "sizes.csv"
    broken.write_text("thousand_pairs,mt_bench\n1,x\n")
    with pytest.raises(UserError, match=r"sizes\.csv cannot be read"):
        sizes(broken)
