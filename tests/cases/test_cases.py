"""Situations that users of such tools have reported, each run as written: `cmd` in its folder, then what is right.

The folders stand beside the checkout (`shared/cases`); what each asks is in its `expected.md`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crowdselect.store import Workspace
from tests.cases.running import Ran, run_case

pytestmark = pytest.mark.slow
Run = Callable[..., Ran]


@pytest.fixture
def run(shared: Path, tmp_path: Path) -> Run:
    def run(number: str, also: str = "") -> Ran:
        [case] = (shared / "cases").glob(f"{number}-*")
        ran = run_case(case, tmp_path, also)
        assert "Traceback" not in ran.said
        assert "Unexpected" not in ran.said
        return ran

    return run


def line_with(ran: Ran, *parts: str) -> str:
    """The one printed line that holds all of `parts`."""
    found = [line for line in ran.said.splitlines() if all(part in line for part in parts)]
    assert len(found) == 1, ran.said
    return found[0]


def test_01_alpacas_input_is_not_dropped_in_silence(run: Run) -> None:
    ran = run("01")
    assert ran.reads() == {"alpaca.jsonl": (3, 0)}
    assert len(ran.rows("FROM instructions")) == 3
    line_with(ran, "input", "output")


def test_02_what_a_judge_thinks_is_not_its_answer(run: Run) -> None:
    ran = run("02", "python -m precompute ingest int_ids.jsonl --workspace OUT/other;"
              " python -m precompute run judge --models j.yaml --workspace OUT/other")  # fmt: skip
    for each in (ran, replace(ran, workspace=Workspace.of(ran.out / "other"))):
        assert each.rows("SELECT name, value, count(*) FROM response_signals GROUP BY ALL") == [
            ("direct_score", 5.0, 6)
        ]
        assert each.rejects() == []


def test_04_a_run_of_which_nothing_came_fails(run: Run) -> None:
    ran = run("04", "python -m precompute status --workspace WS")
    said = line_with(ran, "precompute: ")
    assert "generate bad_param: 0 of 2 answers; 2 refused" in said
    assert "Unsupported parameter: 'max_tokens'" in said
    assert Path(said.rpartition("see ")[2]).is_file()
    assert "rc=1" in ran.said
    assert len(ran.rejects()) == 2
    status = ran.said.partition("rc=1")[2]
    assert not re.search(r"bad_param.*\b(done|up to date)\b", status)
    assert ran.rows("FROM models") == []


def test_06_equal_texts_are_no_pair(run: Run) -> None:
    ran = run("06", "sed -i 's/size: 7/size: 5/' OUT/c6.yaml; python -m crowdselect select OUT/c6.yaml"
              " --out OUT/c6.jsonl --format preference --workspace WS")  # fmt: skip
    assert "5 of 7 instructions are eligible (2 have no pair of responses" in line_with(ran, "cannot be met")
    lines = ran.lines("c6.jsonl")
    assert len(lines) == 5
    for line in lines:
        chosen, rejected = (line[side][0]["content"].split() for side in ("chosen", "rejected"))
        assert chosen != rejected
        assert chosen
        assert line["prompt"][0]["content"] != "Add two and two."


def test_07_a_blank_answer_is_not_trained_on(run: Run) -> None:
    ran = run("07")
    answers = {
        turns[0]["content"]: turns[1]["content"] for turns in (line["messages"] for line in ran.lines("c7.jsonl"))
    }
    assert len(answers) == 7
    assert all(answer.strip() for answer in answers.values())
    assert answers["Name a sea."] == "The Baltic."
    assert "blank" in line_with(ran, "2 responses")


def test_09_every_file_of_a_folder_is_read_or_named(run: Run) -> None:
    ran = run("09")
    kept = ran.reads()
    uuids = {uuid for (uuid,) in ran.rows("SELECT uuid FROM instructions")}
    for file, ids in (("b.json", {"100", "101", "102"}), ("c.ndjson", {"200", "201", "202"})):
        assert (kept[file] == (3, 0) and ids <= uuids) if file in kept else line_with(ran, file)
    for file in ("d.tsv", "e.jsonl.zst", "more.jsonl"):
        assert any(file in line for line in ran.said.splitlines()), file
    assert "train.json" in ran.said


def test_12_a_locked_work_database_is_not_moved_away(run: Run) -> None:
    ran = run("12")
    assert re.search(
        r"work\.duckdb is open in another program \(process \d+\); close it", line_with(ran, "precompute: ")
    )
    assert "move" not in ran.said
    assert ran.code == 1


def test_13_a_build_that_is_open_elsewhere_is_named(run: Run) -> None:
    ran = run("13")
    said = [line for line in ran.said.splitlines() if line.startswith("crowdselect: ")]
    assert len(said) == 2
    for line in said:
        assert "0004" in line and "open in another program" in line and "0003 is used instead" in line  # noqa: PT018
    assert "rc=0" in ran.said
    assert len(ran.lines("c13.jsonl")) == 3


def test_14_a_uuid_is_an_id(run: Run) -> None:
    ran = run("14", "python -m precompute ingest duck.parquet --workspace WS")
    assert ran.reads() == {"uuidext.parquet": (2, 0), "zoo_uuid.parquet": (3, 1), "duck.parquet": (3, 0)}
    assert [reject["reason"] for reject in ran.rejects()] == ["m1: score rm is nan, not a finite number"]
    uuids = [uuid for (uuid,) in ran.rows("SELECT uuid FROM instructions")]
    assert {"00000000-0000-0000-0000-000000000001", "2a190b35-58be-49dd-9b17-9d955cc9fa9d"} <= set(uuids)


def test_16_a_map_is_an_object(run: Run) -> None:
    ran = run("16", "python -m precompute ingest duck_map.parquet --workspace WS")
    assert ran.reads()["map_scores.parquet"] == (4, 0)
    assert ran.reads()["duck_map.parquet"][1] == 0
    assert ran.rows("SELECT count(*) FROM scores")[0][0] >= 4


def test_17_nan_that_nobody_reads_is_missing(run: Run) -> None:
    assert run("17").reads() == {"nan_extra.parquet": (4, 0), "nanline.jsonl": (2, 0)}


def test_18_grouped_columns_name_the_models(run: Run) -> None:
    ran = run("18")
    assert ran.reads() == {"distilabel1x_grouped.jsonl": (2, 0)}
    assert ran.rows("SELECT model, response FROM responses ORDER BY model") == [("alpha", "Blue"), ("beta", "Red")]


def test_20_one_generation_and_loose_scores_are_taken_or_named(run: Run) -> None:
    ran = run("20")
    if ("Blue",) not in ran.rows("SELECT response FROM responses WHERE model = 'alpha'"):
        line_with(ran, "generation", "model_name")
    if not ran.rows("FROM scores"):
        line_with(ran, "score", "reward")


def test_21_a_file_is_what_it_holds(run: Run) -> None:
    ran = run("21")
    assert "name it with --format" not in ran.said
    # What a file repeats of those before it is refused as such: it was read all the same.
    read = {file: kept + rejected for file, (kept, rejected) in ran.reads().items()}
    assert {reject["reason"].split(" ")[0] for reject in ran.rejects()} == {"repeats"}
    assert read == {
        "array.jsonl": 4, "lines_array.jsonl": 6, "comma_lines.jsonl": 6, "pretty.json": 4, "single.json": 1,
        "wrapped.json": 4, "split.json": 6, "concat.jsonl": 6, "cr.jsonl": 4,
    }  # fmt: skip
    assert ran.reads()["lines_array.jsonl"] == (6, 0)


def test_25_columns_without_name_and_content_are_passed_over(run: Run) -> None:
    assert run("25").reads() == {"excel.csv": (2, 0)}


def test_28_reasoning_alone_costs_one_call(run: Run) -> None:
    ran = run("28")
    assert ran.calls == {"reason_null": 1}
    [reject] = ran.rejects()
    for part in ("reasoning_content", "reasoning parser", "max_tokens"):
        assert part in reject["reason"]


def test_30_an_error_inside_a_200_keeps_its_own_words(run: Run) -> None:
    batch = """
        python -m precompute batch write --models OUT/m30.yaml --job generate --out OUT/batch --workspace WS
        id=$(grep -oh '"custom_id": *"[^"]*"' OUT/batch/*.jsonl | tail -1 | cut -d'"' -f4)
        sed s/8187cf204908d0cde1acf034a54f3389359ab3b6/$id/ bres.jsonl > OUT/results.jsonl
        python -m precompute batch read OUT/results.jsonl --models OUT/m30.yaml --workspace WS
    """
    ran = run("30", batch)
    reasons = "\n".join(reject["reason"] for reject in ran.rejects())
    assert reasons.count("Provider returned error: model overloaded") >= 1
    assert "status 400: context too long" in reasons


def test_32_a_system_prompt_is_kept_or_said_to_be_left_out(run: Run) -> None:
    ran = run("32")
    if "Answer in French." not in str([line["messages"] for line in ran.lines("c32.jsonl")]):
        line_with(ran, "sys.jsonl: system in 6 rows", "not used")
        assert all("Answer in French." in extra for (extra,) in ran.rows("SELECT extra FROM instructions"))


def test_37_chats_are_read_or_the_formats_are_said(run: Run) -> None:
    ran = run("37")
    for file, seen in (("sharegpt.json", "conversations"), ("messages.jsonl", "messages")):
        if file not in ran.reads():
            said = line_with(ran, f"precompute: {file}") if f"precompute: {file}" in ran.said else line_with(ran, file)
            assert seen in said
            assert "instruction" in said


def test_39_every_reject_that_is_counted_is_kept(run: Run) -> None:
    ran = run("39")
    first, second = ran.said.split("modelA/model_outputs.json: read 4")
    [named] = re.findall(r"rejected 1 \(see (.*)\)", first)
    assert Path(named).name in first.splitlines()  # as `ls` has it
    assert Path(named).is_file()
    kept = [json.loads(line)["file"] for line in second.splitlines() if line.startswith("{")]
    assert kept.count("modelA/annot/annotations.json") == 1  # of the first folder, whose file this is too
    counted = [int(number) for number in re.findall(r"rejected (\d+) \(see", second)]
    assert len(kept) == 1 + sum(counted) == 4


def test_51_what_yaml_reads_as_something_else_is_refused(run: Run) -> None:
    ran = run("51")
    said = [line for line in ran.said.splitlines() if line.startswith("crowdselect: ")]
    for line, parts in zip(said, (("no.yaml", 'in quotes: "no"'), ("octal.yaml", 'in quotes: "0123"')), strict=True):
        assert all(part in line for part in parts), line
    line_with(ran, "this workspace has no source 'english'")
    assert [file.name for file in ran.out.glob("c51-*.jsonl")] == ["c51-typo.jsonl"]
