"""Nothing is dropped in silence: what is not used is kept and counted, what is left out is named."""

import json
import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from crowdselect.importers.labels import label
from crowdselect.store import Workspace, open_build
from pages._ui.data_look import look
from precompute.cli import main


class Taken:
    """A workspace of its own, and what the command line says of files that are put into it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys, self.workspace = folder, capsys, Workspace(folder / "w")

    def ingest(self, *paths: Path, code: int = 0) -> list[str]:
        assert main(["ingest", *map(os.fsdecode, paths), "--workspace", str(self.workspace.path)]) == code
        out, err = self.capsys.readouterr()
        return (out + err).splitlines()

    def lines(self, name: str, *rows: dict[str, Any]) -> list[str]:
        (self.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        return self.ingest(self.folder / name)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        build = open_build(self.workspace)
        try:
            return build.query(sql).to_pylist()
        finally:
            build.close()

    def rejects(self) -> list[dict[str, Any]]:
        """What the files in rejects/ hold."""
        return [orjson.loads(line) for file in sorted(self.workspace.rejects.iterdir()) for line in file.open()]


@pytest.fixture
def taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Taken:
    return Taken(tmp_path, capsys)


def test_a_task_with_another_input_is_another_instruction(taken: Taken) -> None:
    said = taken.lines(
        "alpaca.jsonl",
        {"instruction": "Translate to French.", "input": "Good morning", "output": "Bonjour"},
        {"instruction": "Translate to French.", "input": "Thank you", "output": "Merci"},
        {"instruction": "Name a colour.", "input": "", "output": "Blue"},
    )
    assert said[0] == "alpaca.jsonl: read 3 = kept 3 + rejected 0"
    assert said[1] == "alpaca.jsonl: input in 3 rows, output in 3 rows kept in extra, not used"
    assert "differ in input are different instructions, but models are asked without it" in said[2]
    extras = [json.loads(row["extra"]) for row in taken.rows("SELECT extra FROM instructions ORDER BY line")]
    assert [extra["output"] for extra in extras] == ["Bonjour", "Merci", "Blue"]
    repeat = {"instruction": "Translate to French.", "input": "Thank you", "output": "Gracias"}
    again = taken.lines("again.jsonl", repeat, {"instruction": "Name a bird."})
    assert "rejected 1" in again[0]
    assert taken.rejects()[0]["reason"] == "repeats alpaca.jsonl line 2; not used, and so left out: output"


def test_one_id_has_one_prompt(taken: Taken) -> None:
    row = {"id": 5, "instruction": "Translate.", "response": "x"}
    taken.lines(
        "a.jsonl",
        row | {"model": "a", "input": "One"},
        row | {"model": "b", "input": "One"},
        row | {"model": "c", "input": "Two"},
        row | {"model": "d"},
    )
    reason = "id 5 stands for the same instruction with another input since line 1"
    assert [(one["line"], one["reason"]) for one in taken.rejects()] == [(3, reason), (4, reason)]


def test_what_a_later_row_says_is_kept_with_its_response(taken: Taken) -> None:
    zoo = {"instruction": "Q", "topic": "a", "source": "one", "m": {"content": "x", "rm": 1.0, "note": "n"}}
    taken.lines("a.jsonl", zoo)
    taken.lines("b.jsonl", {"instruction": "Q", "topic": "b", "source": "two", "k": {"content": "y", "rm": 1.0}})
    said = taken.lines("c.jsonl", zoo | {"topic": "c", "m": {"content": "x", "rm2": 2.0, "note": "o", "new": "p"}})
    assert said[1] == "c.jsonl: new in 1 row, note in 1 row, topic in 1 row kept in extra, not used"
    assert json.loads(taken.rows("SELECT extra FROM instructions")[0]["extra"]) == {"topic": "a"}
    extras = {row["model"]: json.loads(row["extra"]) for row in taken.rows("SELECT model, extra FROM responses")}
    assert extras == {
        "k": {"topic": "b", "source": "two"},
        "m": {"note": "n", "topic": "c", "note (2)": "o", "new": "p"},
    }


def test_ids_that_name_responses_are_noticed(taken: Taken) -> None:
    rows = [
        {"id": f"{q}-{m}", "instruction": f"Q {q}", "model": f"m{m}", "response": "x"}
        for q in range(3)
        for m in range(2)
    ]
    said = taken.lines("a.jsonl", *rows)
    assert "3 instructions stand under 6 ids, each with the answer of one model" in said[1]
    assert any(
        "3 instructions stand under 6 ids" in remark
        for remark in look(taken.folder / "a.jsonl", "auto", None)["remarks"]
    )
    fine = [row | {"id": row["instruction"]} for row in rows] + [{"id": "twin", "instruction": "Q 1"}]
    assert not any("stand under" in line for line in taken.lines("b.jsonl", *fine))


def test_a_look_says_what_the_import_says(taken: Taken) -> None:
    folder = taken.folder / "in"
    folder.mkdir()
    rows = [{"instruction": "Q", "system": "s", "m": {"content": "x", "note": "n"}}, {"instruction": "R", "x": 1}]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "b.txt").write_text("notes")
    found = look(folder, "auto", None)
    said = taken.ingest(folder)
    assert [f"a.jsonl: {remark}" for remark in found["remarks"]] == [
        line for line in said if "extra" in line or "asked" in line
    ]
    (left,) = found["left_out"]
    assert f"left out: {left['file']} ({left['reason']})" == said[0]


def test_a_folder_names_what_it_leaves_out(taken: Taken) -> None:
    folder = taken.folder / "in"
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    row = '{"instruction": "%s?"}\n'
    for name in ("a.jsonl", "c.ndjson", "sub/d.JSONL", "sub/deep/e.jsonl"):
        (folder / name).write_text(row % name)
    (folder / "b.json").write_text("[" + row % "b" + "]")
    (folder / "t.tsv").write_text("instruction\tsource\ntab?\ts\n")
    (folder / "z.jsonl.zst").write_bytes(b"\x28\xb5\x2f\xfdrest")
    (folder / "s.jsonl.xz").write_bytes(b"\xfd7zXZ\x00rest")
    (folder / "notes.txt").write_text("hello")
    (folder / "config.json").write_text('{"layers": 3}')
    (folder / ".part.jsonl").write_text(row % "hidden")
    (folder / "gone.jsonl").symlink_to("nowhere.jsonl")
    (folder / "sub" / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.jsonl")
    for name in ("families.csv", "models.csv", "sub/families.csv"):
        (folder / name).write_text("model,family,params_b\n")
    (folder / "saved").mkdir()
    (folder / "saved" / "dataset_dict.json").write_text("{}")
    said = taken.ingest(folder)
    left = {line.split()[2]: line for line in said if line.startswith("left out: ")}
    for name, reason in {
        "z.jsonl.zst": "compressed with zstd", "s.jsonl.xz": "compressed with xz", "notes.txt": "ending is none of",
        "config.json": "Cannot tell the format", ".part.jsonl": "hidden", ".hidden": "a hidden folder",
        "gone.jsonl": "a broken link to nowhere.jsonl", "sub/loop": "a link to a folder that is read already",
        "pipe.jsonl": "no plain file", "models.csv": "--families", "sub/families.csv": "--families",
        "saved": "load_from_disk",
    }.items():  # fmt: skip
        assert reason in left.pop(name)
    assert left == {}
    assert "total: read 6 = kept 6 + rejected 0" in said
    assert len(taken.rows("FROM instructions")) == 6


def test_a_saved_data_set_is_named(taken: Taken) -> None:
    folder = taken.folder / "saved"
    folder.mkdir()
    for name in ("state.json", "dataset_info.json", "data-00000-of-00001.arrow"):
        (folder / name).write_text("{}")
    (said,) = taken.ingest(folder, code=1)
    assert "load_from_disk" in said


NAMES = [
    b"a\xff.jsonl",
    b"b\nc.jsonl",
    b"d\x1b[31m.jsonl",
    "e\u202eflow.jsonl".encode(),
    b"f g.jsonl",
    b"f_g.jsonl",
    b"-h.jsonl",
]


def test_names_of_files_harm_nobody(taken: Taken) -> None:
    folder = taken.folder / "in"
    folder.mkdir()
    for place, name in enumerate(NAMES):
        path = os.path.join(os.fsencode(folder), name)
        with open(path, "wb") as file:
            file.write(b'{"instruction": "Q %d?"}\n{"bad"\n' % place)
    (folder / os.fsdecode(b"left\xfe\n.txt")).write_text("x")
    said = taken.ingest(folder)
    assert all(line.isprintable() for line in said)
    assert sum(line.endswith(".jsonl)") and "read 2 = kept 1 + rejected 1" in line for line in said) == len(NAMES)
    rejects = taken.rejects()
    assert sorted(one["file"] for one in rejects) == sorted(label(os.fsdecode(name)) for name in NAMES)
    assert len(list(taken.workspace.rejects.iterdir())) == len(NAMES)
    assert json.dumps(look(folder, "auto", None)).isascii()
    for name in (b"a\xff.jsonl", b"b\nc.jsonl"):  # named one by one, too
        assert "ingested before" in taken.ingest(folder / os.fsdecode(name))[0]


def test_names_of_attached_files_harm_nobody(taken: Taken) -> None:
    taken.lines("a.jsonl", {"id": "q", "instruction": "Q"})
    path = taken.folder / os.fsdecode(b"m\xff\n.csv")
    path.write_text("id,quality\nq,1\nnobody,2\n")
    assert main(["attach", "metric", str(path), "--column=quality", "--workspace", str(taken.workspace.path)]) == 0
    assert [one["file"] for one in taken.rejects()] == [r"m\xff\n.csv (signals:quality)"]


def test_every_reject_that_is_counted_stands_in_the_file_that_is_named(taken: Taken) -> None:
    model = taken.folder / "res" / "model A"
    (model / "judge").mkdir(parents=True)
    answers = [{"instruction": f"T {i}?", "output": f"o {i}", "generator": "model A"} for i in range(3)]
    notes = [
        {
            "instruction": f"T {i}?",
            "output_2": f"o {i}",
            "generator_2": "model A",
            "preference": preference,
            "why": f"w {i}",
        }
        for i, preference in enumerate((1.5, 7, None))
    ]
    (model / "model_outputs.json").write_text(json.dumps([*answers, "no answer"]))
    (model / "judge" / "annotations.json").write_text(json.dumps([*notes, {"instruction": ""}]))
    (taken.folder / "res" / "README.md").write_text("about")
    said = taken.ingest(taken.folder / "res")
    assert said[0].startswith("left out: README.md (")
    assert "read 5 = kept 2 + rejected 3 (see " in said[1]
    assert Path(said[1].split("(see ")[1].removesuffix(")")).is_file()
    assert {(one["file"], one["line"]) for one in taken.rejects()} == {
        ("model A/judge/annotations.json", 4), ("model A/model_outputs.json", 2), ("model A/model_outputs.json", 4),
    }  # fmt: skip
    assert said[2] == "model A/model_outputs.json: judge/why in 2 rows kept in extra, not used"


def test_rows_of_no_format_are_named_with_the_way_out(taken: Taken) -> None:
    turn = [{"role": "user", "content": "Hi"}]
    (taken.folder / "x.jsonl").write_text(json.dumps({"prompt": turn, "chosen": turn, "rejected": turn}))
    (said,) = taken.ingest(taken.folder / "x.jsonl", code=1)
    assert "seen: prompt, chosen, rejected" in said
    assert 'write a line a response: {"instruction": the prompt' in said


@pytest.mark.parametrize("field", ["messages", "conversations"])
def test_conversations_are_named_with_the_way_out(taken: Taken, field: str) -> None:
    (taken.folder / "x.json").write_text(json.dumps([{field: [{"role": "user", "content": "Hi"}]}]))
    (said,) = taken.ingest(taken.folder / "x.json", code=1)
    assert f"conversations ({field})" in said
    assert "alpacaeval, distilabel, long, magpie_zoo, ultrafeedback" in said
    assert '{"instruction": the user\'s turn' in said
